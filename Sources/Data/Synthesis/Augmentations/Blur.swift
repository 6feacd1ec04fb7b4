import Pictures
import Tensors

extension AugmentationSettings {
  /// Averages over a square whose side is an odd number, uniform in `smallest`…`largest`.
  public struct Blur: Augmentation {
    package static let name = "blur"
    /// What ``smallest`` and ``largest`` may be.
    public static let sides = 1...99

    public var enabled = true
    public var probability: Float = 0.3
    /// Sides of the averaged square; odd.
    public var smallest = 3
    public var largest = 7

    public init() {}

    package func drawn(size: Int, using random: inout RandomStream) -> Drawn {
      let (smallest, largest) = (smallest / 2, largest / 2)
      let radius = Float(random.integer(smallest...max(smallest, largest)))
      return Drawn(radius: Int((radius * Float(size) / 224).rounded()))
    }

    package func validate() throws(SynthesisError) {
      let isPossible =
        [smallest, largest].allSatisfy { Self.sides.contains($0) && $0 % 2 == 1 }
        && smallest <= largest
      guard isPossible else {
        throw .setting(
          key: "augmentation.blur", found: "\(smallest) to \(largest)",
          expected: "two odd sides, \(Self.sides.lowerBound) to \(Self.sides.upperBound)")
      }
    }

    package struct Drawn: DrawnAugmentation {
      /// Pixels on each side of the middle one that are averaged.
      package let radius: Int

      package func applied(to picture: Image) -> Image { picture.blurred(radius: radius) }
    }
  }
}

extension Image {
  /// Mean of a square of side `2 · radius + 1`, mirrored at the border.
  ///
  /// - Source: OpenCV, `blur` with `BORDER_REFLECT_101`.
  package func blurred(radius: Int) -> Image {
    guard radius > 0 else { return self }
    let length = width * 3
    let side = 2 * radius + 1
    let sums = rowSums(radius: radius)
    var result = self
    var total = [UInt32](repeating: 0, count: length)
    let share = 1 / Float(side * side)
    for y in 0..<height {
      total.withUnsafeMutableBufferPointer { total in
        total.update(repeating: 0)
        for offset in -radius...radius {
          let start = mirrored(y + offset, height) * length
          sums.withUnsafeBufferPointer { sums in
            for i in 0..<length { total[i] &+= sums[start &+ i] }
          }
        }
        result.pixels.withUnsafeMutableBufferPointer { pixels in
          for i in 0..<length {
            pixels[y &* length &+ i] = UInt8(Float(total[i]) * share + 0.5)
          }
        }
      }
    }
    return result
  }

  /// For each sample the sum of those up to `radius` pixels to its left and right.
  private func rowSums(radius: Int) -> [UInt32] {
    let length = width * 3
    let places = (-radius..<width + radius).map { mirrored($0, width) * 3 }
    var padded = [UInt32](repeating: 0, count: places.count * 3)
    var sums = [UInt32](repeating: 0, count: pixels.count)
    for y in 0..<height {
      for (i, place) in places.enumerated() {
        for channel in 0..<3 {
          padded[i * 3 + channel] = UInt32(pixels[y * length + place + channel])
        }
      }
      sums.withUnsafeMutableBufferPointer { sums in
        padded.withUnsafeBufferPointer { padded in
          for shift in 0...2 * radius {
            for i in 0..<length { sums[y &* length &+ i] &+= padded[i &+ shift &* 3] }
          }
        }
      }
    }
    return sums
  }
}
