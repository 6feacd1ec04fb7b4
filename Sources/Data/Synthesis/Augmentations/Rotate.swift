import Pictures
import Tensors

extension AugmentationSettings {
  /// Turns about the centre by an angle uniform in ±`limit` degrees.
  public struct Rotate: Augmentation {
    package static let name = "rotate"
    /// What ``limit`` may be.
    public static let limits: ClosedRange<Float> = 0...180

    public var enabled = true
    public var probability: Float = 0.5
    /// Degrees.
    public var limit: Float = 20

    public init() {}

    package func drawn(size: Int, using random: inout RandomStream) -> Drawn {
      Drawn(degrees: random.uniform(-1, 1) * limit)
    }

    package func validate() throws(SynthesisError) {
      try SynthesisError.require(
        limit, in: Self.limits, "augmentation.rotate.limit", unit: "degrees")
    }

    package struct Drawn: DrawnAugmentation {
      /// Counter-clockwise.
      package let degrees: Float

      package func applied(to picture: Image) -> Image { picture.rotated(degrees: degrees) }
    }
  }
}

extension Image {
  /// Counter-clockwise about the centre, mirrored at the border.
  package func rotated(degrees: Float) -> Image {
    warped(
      by: .rotation(
        degrees: Double(degrees), aboutX: Double(width) / 2, y: Double(height) / 2))
  }
}
