import Foundation

/// The measurements of one case, a line of `cases.jsonl`.
struct CaseRow: Codable, Sendable, Equatable {
  let id: String
  /// Digest of the pictures that the case consists of.
  let inputs: String
  let psnr: Double
  let ssim: Double
  let psnrInside: Double
  let own: Double
  let shuffled: Double
  /// Left out of the line, like the next two, where it was not measured.
  let clipScore: Double?
  let qualityScore: Double?
  let logLikelihood: Double?

  enum CodingKeys: String, CodingKey {
    case id, inputs, psnr, ssim, own, shuffled
    case psnrInside = "psnr_inside"
    case clipScore = "clip_score"
    case qualityScore = "quality_score"
    case logLikelihood = "log_likelihood"
  }

  init(
    _ score: CaseScore, _ similarity: (own: Double, shuffled: Double), _ features: FeatureScore?
  ) {
    id = score.benchCase.identifier
    inputs = score.inputsDigest
    psnr = score.background.psnr
    ssim = score.background.ssim
    psnrInside = score.inside
    (own, shuffled) = similarity
    clipScore = features?.clipScore
    qualityScore = features?.qualityScore
    logLikelihood = features?.logLikelihood
  }

  /// Nil for distances between sets, and where the case has none.
  func value(of metric: ReportedMetric) -> Double? {
    switch metric {
    case .clipFID, .inceptionFID, .kid: nil
    case .qualityScore: qualityScore
    case .clipScore: clipScore
    case .backgroundPSNR: psnr
    case .backgroundSSIM: ssim
    case .insidePSNR: psnrInside
    case .ownSimilarity: own
    case .similarityDifference: own - shuffled
    }
  }
}

extension EvaluationReport {
  /// In the bench's order.
  var caseRows: [CaseRow] {
    let similarities = ReferenceSimilarityMetric().similarities(scores.map(\.similarity))
    return zip(scores, similarities).map { score, similarity in
      CaseRow(score, similarity, featureScores[score.benchCase.identifier])
    }
  }

  func caseLines() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try caseRows.reduce(into: Data()) { data, row in
      data += try encoder.encode(row) + Data("\n".utf8)
    }
  }
}
