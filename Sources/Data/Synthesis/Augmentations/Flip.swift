import Pictures
import Tensors

extension AugmentationSettings {
  /// Mirrors left and right.
  public struct Flip: Augmentation {
    package static let name = "flip"

    public var enabled = true
    public var probability: Float = 0.5

    public init() {}

    package func drawn(size: Int, using random: inout RandomStream) -> Drawn { Drawn() }

    package func validate() {}

    package struct Drawn: DrawnAugmentation {
      package func applied(to picture: Image) -> Image { picture.flippedHorizontally() }
    }
  }
}
