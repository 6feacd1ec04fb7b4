import Pictures
import Tensors

/// One way to alter a reference: its settings, what is random about it, and what it does.
///
/// Each is a file in this folder, named in ``AugmentationSettings``.
package protocol Augmentation: Sendable, Equatable {
  associatedtype Drawn: DrawnAugmentation

  /// As keys and messages name it.
  static var name: String { get }
  var enabled: Bool { get set }
  /// How often.
  var probability: Float { get }

  /// Draws what is random about it. How many numbers that takes may not depend on the settings.
  ///
  /// - Parameter size: side of the reference; lengths in the settings are for 224.
  func drawn(size: Int, using random: inout RandomStream) -> Drawn

  /// - Throws: ``SynthesisError/setting(key:found:expected:)`` for what it cannot be done with.
  func validate() throws(SynthesisError)
}

/// An augmentation whose random numbers are drawn.
package protocol DrawnAugmentation: Sendable, Equatable {
  func applied(to picture: Image) -> Image
}

/// What is done to one reference picture, in this order.
package struct AugmentationPlan: Sendable, Equatable {
  package var steps: [any DrawnAugmentation] = []

  /// Draws from `random` the same numbers whatever is switched on, so that an ablation without
  /// one augmentation differs in nothing else.
  ///
  /// - Parameter size: side of the reference.
  package init(
    _ augmentations: [any Augmentation], size: Int, using random: inout RandomStream
  ) {
    for augmentation in augmentations {
      let happens = random.chance(augmentation.probability)
      let step: any DrawnAugmentation = augmentation.drawn(size: size, using: &random)
      if happens && augmentation.enabled { steps.append(step) }
    }
  }

  /// The step of one kind, if it was drawn.
  package func step<Step: DrawnAugmentation>(_ kind: Step.Type) -> Step? {
    steps.lazy.compactMap { $0 as? Step }.first
  }

  package static func == (a: Self, b: Self) -> Bool {
    a.steps.count == b.steps.count && zip(a.steps, b.steps).allSatisfy { $0.isEqual(to: $1) }
  }
}

extension DrawnAugmentation {
  fileprivate func isEqual(to other: any DrawnAugmentation) -> Bool { self == other as? Self }
}

extension Image {
  /// The reference after its augmentation; 8 bits between the steps, as officially.
  package func augmented(by plan: AugmentationPlan) -> Image {
    plan.steps.reduce(self) { picture, step in step.applied(to: picture) }
  }
}
