/// The reference's augmentations: each with its own switch and probability.
///
/// Defaults are those of the official code, which takes all but the probabilities of blur and
/// elastic deformation from albumentations 0.4.3. Lengths are pixels of a 224×224 reference and
/// scale with its size.
public struct AugmentationSettings: Sendable, Equatable {
  public var flip = Flip()
  public var rotate = Rotate()
  public var blur = Blur()
  public var elastic = Elastic()

  /// Each of them, in the order in which they are drawn and done: the official one.
  private static var order: [Place] {
    [Place(\.flip), Place(\.rotate), Place(\.blur), Place(\.elastic)]
  }

  public init() {}

  /// No augmentation at all: the baseline of the paper's ablation.
  public static var none: AugmentationSettings {
    var settings = AugmentationSettings()
    for place in order { place.disable(&settings) }
    return settings
  }

  package var all: [any Augmentation] { Self.order.map { $0.augmentation(self) } }

  private struct Place {
    let augmentation: (AugmentationSettings) -> any Augmentation
    let disable: (inout AugmentationSettings) -> Void

    init(_ field: WritableKeyPath<AugmentationSettings, some Augmentation>) {
      augmentation = { $0[keyPath: field] }
      disable = { $0[keyPath: field].enabled = false }
    }
  }
}
