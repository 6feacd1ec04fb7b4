import Tensors

/// How likely each result is among real pictures: the official quality score.
public struct QualityScore: FeatureMetric {
  public let name = "quality_score"
  public let title = "quality score"
  public let explanation =
    "How likely each result is among real pictures, by a Gaussian mixture over CLIP's features; "
    + "0 to 100."
  public let needs: [MetricNeed] = [.encoder(.clip), .mixture]
  public let figures = [
    Figure("quality_score", title: "Quality score", places: 2, better: .higher)
  ]

  public init() {}

  /// The score of one picture, 0 to 100.
  ///
  /// - Parameter logLikelihood: Of the picture's features under the mixture of real pictures.
  /// - Source: eval_tool/gmm/gmm_score_coco.py of Paint-by-Example.
  package static func value(_ logLikelihood: Double) -> Double {
    100 * min(max(logLikelihood / 300, 0), 1)
  }

  public func features(_ given: GivenInputs) -> FeatureKind { .whole(.clip) }

  public func measure(_ features: RunFeatures) -> MeasuredMetric? {
    guard let mixture = features.inputs.mixture?.mixture, let clip = features.inputs.clip,
      let likelihoods = features.matrix(.clip).map(mixture.logLikelihoods)
    else { return nil }
    var result = MetricResult(
      likelihoods.map(Self.value),
      protocol: "quality score: log-likelihood / 300 clipped to [0, 1] x 100, Gaussian mixture of "
        + "\(mixture.componentCount) components over \(clip.identifier); all cases (official "
        + "drops those beyond a multiple of 50)")
    result.numbers["mean_log_likelihood"] = likelihoods.mean
    result.interval = MetricResult.percentiles
    let rows = zip(features.identifiers, likelihoods).filter { $1.isFinite }.map {
      ($0, ["quality_score": Self.value($1), "log_likelihood": $1])
    }
    return MeasuredMetric(result, rows: Dictionary(uniqueKeysWithValues: rows))
  }
}
