/// How much the result inside the mask looks like its reference to CLIP: the official CLIP score.
public struct CLIPScore: FeatureMetric {
  public let name = "clip_score"
  public let title = "CLIP score"
  public let explanation =
    "How much the result inside the mask's box looks like its reference to CLIP: 100 times the "
    + "cosine of their features."
  public let needs: [MetricNeed] = [.encoder(.clip)]
  public let figures = [Figure("clip_score", title: "CLIP score", places: 2, better: .higher)]

  public init() {}

  public func features(_ given: GivenInputs) -> FeatureKind { .regions }

  public func measure(_ features: RunFeatures) -> MeasuredMetric? {
    guard let clip = features.inputs.clip else { return nil }
    let scores = zip(features.identifiers, features.cases).compactMap { identifier, features in
      features.regions.map { (identifier, 100 * cosine($0.result, $0.reference)) }
    }
    guard !scores.isEmpty else { return nil }
    var result = MetricResult(
      scores.map(\.1),
      protocol: "CLIP score, official crop (mask == 255, end-exclusive; result resized as a tensor "
        + "without antialias, reference bicubic), 100 x cosine, \(clip.identifier)")
    result.interval = MetricResult.percentiles
    let rows = scores.map { ($0.0, ["clip_score": $0.1]) }
    return MeasuredMetric(result, rows: Dictionary(uniqueKeysWithValues: rows))
  }
}

/// The cosine of the angle between two vectors; 0 when one is zero.
package func cosine(_ a: [Float], _ b: [Float]) -> Double {
  func product(_ x: [Float], _ y: [Float]) -> Double {
    zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  let lengths = (product(a, a) * product(b, b)).squareRoot()
  return lengths > 0 ? product(a, b) / lengths : 0
}
