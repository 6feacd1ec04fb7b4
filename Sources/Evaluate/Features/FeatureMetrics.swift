import Foundation
import Tensors

/// Computes the metrics that compare features.
struct FeatureMetrics {
  let features: RunFeatures
  let inputs: FeatureInputs
  /// Under the mixture, of each case; nil when the quality score isn't wanted or cannot be had.
  let logLikelihoods: [Double]?

  init(features: RunFeatures, inputs: FeatureInputs) {
    self.features = features
    self.inputs = inputs
    let isWanted = inputs.selection.contains(.qualityScore)
    let matrix = isWanted ? features.matrix(.clip) : nil
    logLikelihoods = matrix.flatMap { inputs.mixture?.mixture.logLikelihoods($0) }
  }

  /// Those of the selection that can be computed, by name.
  ///
  /// - Throws: What is wrong with the numbers.
  func summaries() throws -> [MetricName: FeatureMetric] {
    var result: [MetricName: FeatureMetric] = [:]
    for name in inputs.selection.names {
      result[name] =
        switch name {
        case .clipFID: try frechet(.clip)
        case .inceptionFID: try frechet(.inception)
        case .kid: kernel(inputs.kidSpace)
        case .qualityScore: quality()
        case .clipScore: clipScore()
        case .background, .referenceSimilarity: nil
        }
    }
    return result
  }

  private func frechet(_ space: FeatureSpace) throws -> FeatureMetric? {
    guard let section = inputs.reference?.sections[space], let matrix = features.matrix(space),
      matrix.rows > 1
    else { return nil }
    let distance = try FrechetDistance(from: matrix, to: section.statistics)
    var metric = FeatureMetric(
      value: distance.value,
      ci95: distance.standardError.map { normalInterval(distance.value, standardError: $0) },
      protocol: "Frechet distance of \(section.encoder.identifier); \(referenceProtocol)",
      count: matrix.rows)
    metric.standardError = distance.standardError
    metric.referenceCount = section.statistics.count
    metric.interval =
      "normal, standard error of \(distance.resamples) bootstrap resamples of the cases"
    metric.warning = warning(matrix, section.statistics.count)
    return metric
  }

  private var referenceProtocol: String {
    "covariances n - 1, all cases; real pictures: \(inputs.reference?.preparation ?? "")"
  }

  /// Too few pictures on either side make a covariance of low rank and the distance too large.
  private func warning(_ matrix: Matrix, _ referenceCount: Int) -> String? {
    let dimension = matrix.columns
    let few = [(matrix.rows, "cases"), (referenceCount, "real pictures")]
      .filter { $0.0 <= dimension }.map { "\($0.0) \($0.1)" }
    guard !few.isEmpty else { return nil }
    return "\(few.joined(separator: " and ")) for \(dimension) dimensions: the covariance is "
      + "singular and the distance too large; compare only runs of equal counts"
  }

  private func kernel(_ space: FeatureSpace) -> FeatureMetric? {
    guard let section = inputs.reference?.sections[space], let matrix = features.matrix(space),
      matrix.rows > 1, section.sample.shape[0] > 1
    else { return nil }
    let distance = KernelDistance(matrix, Matrix(section.sample))
    var metric = FeatureMetric(
      value: distance.value,
      ci95: distance.standardError.map { normalInterval(distance.value, standardError: $0) },
      protocol: "KID of \(section.encoder.identifier): unbiased squared MMD, kernel (x.y/d + 1)^3, "
        + "all pairs (the mean over all subsets); real pictures: "
        + (inputs.reference?.preparation ?? ""),
      count: matrix.rows)
    metric.standardError = distance.standardError
    metric.referenceCount = section.sample.shape[0]
    metric.interval = "normal, standard error of the jackknife over cases and real pictures"
    return metric
  }

  private func quality() -> FeatureMetric? {
    guard let stored = inputs.mixture, let clip = inputs.clip, let likelihoods = logLikelihoods
    else { return nil }
    let scores = likelihoods.map { QualityScore.value($0) }
    var metric = FeatureMetric(
      value: mean(scores), ci95: bootstrapInterval(scores),
      protocol: "quality score: log-likelihood / 300 clipped to [0, 1] x 100, Gaussian mixture of "
        + "\(stored.mixture.componentCount) components over \(clip.identifier); all cases (official "
        + "drops those beyond a multiple of 50)",
      count: scores.count)
    metric.meanLogLikelihood = mean(likelihoods)
    metric.interval = Self.percentiles
    return metric
  }

  private func clipScore() -> FeatureMetric? {
    guard let clip = inputs.clip else { return nil }
    let scores = features.cases.compactMap(\.clipScore)
    guard !scores.isEmpty else { return nil }
    var metric = FeatureMetric(
      value: mean(scores), ci95: bootstrapInterval(scores),
      protocol: "CLIP score, official crop (mask == 255, end-exclusive; result resized as a tensor "
        + "without antialias, reference bicubic), 100 x cosine, \(clip.identifier)",
      count: scores.count)
    metric.interval = Self.percentiles
    return metric
  }

  static let percentiles = "percentiles of 10000 bootstrap resamples of the cases, seed 0"
}

/// The official quality score of one picture.
package enum QualityScore {
  /// - Parameter logLikelihood: Of the picture's features under the mixture of real pictures.
  /// - Returns: 0 to 100.
  /// - Source: eval_tool/gmm/gmm_score_coco.py of Paint-by-Example.
  package static func value(_ logLikelihood: Double) -> Double {
    100 * min(max(logLikelihood / 300, 0), 1)
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
