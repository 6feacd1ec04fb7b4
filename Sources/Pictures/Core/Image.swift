/// A picture of 8-bit RGB pixels, row by row from the top left, interleaved.
public struct Image: Raster, Equatable {
  public let width: Int
  public let height: Int
  /// `height × width × 3` values.
  public var pixels: [UInt8]

  public var channels: Int { 3 }

  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height * 3)
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A picture of one colour.
  public init(width: Int, height: Int, fill: (UInt8, UInt8, UInt8) = (0, 0, 0)) {
    let count = width * height * 3
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      for i in stride(from: 0, to: count, by: 3) {
        buffer[i] = fill.0
        buffer[i + 1] = fill.1
        buffer[i + 2] = fill.2
      }
      initialized = count
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  public func replacing(width: Int, height: Int, pixels: [UInt8]) -> Image {
    Image(width: width, height: height, pixels: pixels)
  }

  /// Luma as Pillow's `convert("L")`: ITU-R 601-2 in 16-bit fixed point.
  public func luma() -> GrayImage {
    let gray = [UInt8](unsafeUninitializedCapacity: width * height) { buffer, initialized in
      for i in 0..<width * height {
        let red = Int(pixels[3 * i]) * 19595
        let green = Int(pixels[3 * i + 1]) * 38470
        let blue = Int(pixels[3 * i + 2]) * 7471
        buffer[i] = UInt8((red + green + blue + 0x8000) >> 16)
      }
      initialized = width * height
    }
    return GrayImage(width: width, height: height, pixels: gray)
  }
}

/// A picture of one 8-bit channel; as a mask, 255 (white) marks what is to be repainted.
public struct GrayImage: Raster, Equatable {
  public let width: Int
  public let height: Int
  /// `height × width` values.
  public var pixels: [UInt8]

  public var channels: Int { 1 }

  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height)
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A picture of one grey level.
  public init(width: Int, height: Int, fill: UInt8) {
    self.init(
      width: width, height: height, pixels: [UInt8](repeating: fill, count: width * height))
  }

  public func replacing(width: Int, height: Int, pixels: [UInt8]) -> GrayImage {
    GrayImage(width: width, height: height, pixels: pixels)
  }

  /// The same picture with three equal channels.
  public func rgb() -> Image {
    let colour = [UInt8](unsafeUninitializedCapacity: pixels.count * 3) { buffer, initialized in
      for (i, value) in pixels.enumerated() {
        buffer[3 * i] = value
        buffer[3 * i + 1] = value
        buffer[3 * i + 2] = value
      }
      initialized = pixels.count * 3
    }
    return Image(width: width, height: height, pixels: colour)
  }
}
