import Support

/// One place of a sweep: what differs from the other runs.
public struct SweepSetting: Sendable, Equatable {
  /// The guidance scale; nil where it isn't swept.
  public let scale: Float?
  /// Sampling steps; nil where they aren't swept.
  public let steps: Int?

  public init(scale: Float? = nil, steps: Int? = nil) {
    self.scale = scale
    self.steps = steps
  }

  /// Every scale with every number of steps; of an empty list nothing is said.
  ///
  /// - Returns: By steps, then by scale, in the order given.
  public static func grid(scales: [Float], stepCounts: [Int]) -> [SweepSetting] {
    if stepCounts.isEmpty { return scales.map { SweepSetting(scale: $0) } }
    if scales.isEmpty { return stepCounts.map { SweepSetting(steps: $0) } }
    return stepCounts.flatMap { steps in
      scales.map { SweepSetting(scale: $0, steps: steps) }
    }
  }

  /// `scale-3`, `steps-20`, `scale-3-steps-20`.
  public var folder: String { parts("-").joined(separator: "-") }

  /// `scale 3, steps 20`.
  public var label: String { parts(" ").joined(separator: ", ") }

  private func parts(_ separator: String) -> [String] {
    [
      scale.map { "scale\(separator)\($0.shortest)" },
      steps.map { "steps\(separator)\($0)" },
    ].compactMap { $0 }
  }
}

extension ModelMethod {
  /// The same model with another scale or number of steps.
  public func with(_ setting: SweepSetting) -> ModelMethod {
    var copy = self
    copy.model.scale = setting.scale ?? model.scale
    copy.model.steps = setting.steps ?? model.steps
    return copy
  }
}
