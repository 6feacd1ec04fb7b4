/// What features say about one case.
struct FeatureScore: Sendable {
  /// Nil where the mask spans no box, or the metric was not selected.
  let clipScore: Double?
  /// Nil where the metric was not selected, or the number is not finite.
  let logLikelihood: Double?

  var qualityScore: Double? { logLikelihood.map { QualityScore.value($0) } }
}

extension CaseFeatures {
  /// 100 times the cosine of the features inside the box and of the reference.
  var clipScore: Double? { pair.map { 100 * cosine($0.result, $0.reference) } }
}

extension FeatureMetrics {
  /// By the case's identifier.
  var caseScores: [String: FeatureScore] {
    var result: [String: FeatureScore] = [:]
    for (i, identifier) in features.identifiers.enumerated() {
      let likelihood = logLikelihoods?[i]
      result[identifier] = FeatureScore(
        clipScore: features.cases[i].clipScore,
        logLikelihood: likelihood?.isFinite == true ? likelihood : nil)
    }
    return result
  }
}
