/// What stands where a picture is transparent, for those that know no transparency: the networks.
public struct Ground: Sendable, Hashable {
  public let red: UInt8
  public let green: UInt8
  public let blue: UInt8

  public init(red: UInt8, green: UInt8, blue: UInt8) {
    (self.red, self.green, self.blue) = (red, green, blue)
  }

  /// Mid-grey, what the autoencoder sees in a hole: 0 in [−1, 1].
  public static let picture = Ground(red: 128, green: 128, blue: 128)

  /// The mean colour of CLIP's training pictures, which is 0 to the image encoder: of all grounds the
  /// one that says least about the object on it.
  public static let reference = Ground(red: 123, green: 117, blue: 104)
}

extension Image {
  /// The picture over a ground, as Pillow's `alpha_composite` has it on an opaque one. Where `opacity`
  /// is 0 the picture's colours play no part.
  ///
  /// - Parameters:
  ///   - ground: what is seen where nothing is.
  ///   - opacity: of the picture's size; 255 is opaque.
  public func composited(on ground: Ground, opacity: GrayImage) -> Image {
    composited(
      over: Image(width: width, height: height, fill: (ground.red, ground.green, ground.blue)),
      opacity: opacity)
  }

  /// The picture over another one of its size.
  public func composited(over below: Image, opacity: GrayImage) -> Image {
    precondition(opacity.width == width && opacity.height == height)
    precondition(below.width == width && below.height == height)
    var result = self
    for (i, opacity) in opacity.pixels.enumerated() where opacity < 255 {
      let share = Int(opacity)
      for k in 3 * i..<3 * i + 3 {
        let sum = Int(pixels[k]) * share + Int(below.pixels[k]) * (255 - share)
        result.pixels[k] = UInt8(divided255(sum))
      }
    }
    return result
  }

  /// The picture with the pixels of another one of its size where `mask` is 128 or more.
  package func replacing(_ other: Image, where mask: GrayImage) -> Image {
    precondition(other.width == width && other.height == height)
    precondition(mask.width == width && mask.height == height)
    var result = self
    for (i, level) in mask.pixels.enumerated() where level >= 128 {
      for k in 3 * i..<3 * i + 3 { result.pixels[k] = other.pixels[k] }
    }
    return result
  }
}

/// `value / 255`, rounded, for products of two 8-bit numbers and sums of such as weighted means.
func divided255(_ value: Int) -> Int {
  let sum = value + 128
  return (sum + sum >> 8) >> 8
}
