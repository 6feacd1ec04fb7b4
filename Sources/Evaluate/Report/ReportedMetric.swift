/// A number by which runs are set against one another, named by its path in `metrics.json`.
public enum ReportedMetric: String, CaseIterable, Codable, Sendable {
  case clipFID = "clip_fid"
  case inceptionFID = "inception_fid"
  case kid
  case qualityScore = "quality_score"
  case clipScore = "clip_score"
  case backgroundPSNR = "background.psnr"
  case backgroundSSIM = "background.ssim"
  case insidePSNR = "inside.psnr"
  case ownSimilarity = "reference_similarity.own"
  case similarityDifference = "reference_similarity.mean_difference"

  /// The metrics that a name stands for: one's own, or all of a part of `metrics.json`, such as
  /// `background`.
  public static func named(_ name: String) -> [ReportedMetric] {
    allCases.filter { $0.rawValue == name || $0.section == name }
  }

  /// The part of `metrics.json` that holds it.
  var section: String { rawValue.split(separator: ".").first.map(String.init) ?? rawValue }

  /// Whether it compares sets of pictures and has no value for one case.
  public var isDistance: Bool {
    switch self {
    case .clipFID, .inceptionFID, .kid: true
    default: false
    }
  }

  /// Distances are better when lower, the rest when higher.
  public var isBetterWhenLower: Bool { isDistance }

  var direction: String {
    if self == .insidePSNR { return "higher is nearer to the ground truth" }
    return isBetterWhenLower ? "lower is better" : "higher is better"
  }

  /// With the unit, for tables and plots.
  var title: String {
    switch self {
    case .clipFID: "CLIP-FID"
    case .inceptionFID: "Inception FID"
    case .kid: "KID"
    case .qualityScore: "Quality score"
    case .clipScore: "CLIP score"
    case .backgroundPSNR: "Background PSNR, dB"
    case .backgroundSSIM: "Background SSIM"
    case .insidePSNR: "PSNR inside, dB"
    case .ownSimilarity: "Similarity to own reference"
    case .similarityDifference: "Own − shuffled similarity"
    }
  }

  /// A value with as many places as are worth reading.
  func text(_ value: Double) -> String { decimal(value, places) }

  private var places: Int {
    switch self {
    case .backgroundPSNR, .insidePSNR, .qualityScore, .clipScore, .inceptionFID: 2
    case .clipFID, .ownSimilarity, .similarityDifference: 3
    case .backgroundSSIM: 4
    case .kid: 5
    }
  }
}

/// What a run measured of one ``ReportedMetric``.
public struct ReportedValue: Encodable, Sendable, Equatable {
  public let value: Double
  /// The 95 % interval: low, high. Nil where there are too few cases for one.
  public let ci95: [Double]?
  public let `protocol`: String
  /// Cases that the number rests on.
  public let count: Int

  enum CodingKeys: String, CodingKey {
    case value, ci95, `protocol`, count
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(value, forKey: .value)
    try container.encode(ci95, forKey: .ci95)  // null where there is none
    try container.encode(`protocol`, forKey: .protocol)
    try container.encode(count, forKey: .count)
  }
}

extension EvaluationReport {
  /// Everything that was measured, with intervals.
  public var values: [ReportedMetric: ReportedValue] {
    var result: [ReportedMetric: ReportedValue] = [:]
    for metric in ReportedMetric.allCases { result[metric] = value(of: metric) }
    return result
  }

  private func value(of metric: ReportedMetric) -> ReportedValue? {
    if let name = MetricName(rawValue: metric.rawValue) {
      return metrics.features[name].map {
        ReportedValue(value: $0.value, ci95: $0.ci95, protocol: $0.protocol, count: $0.count)
      }
    }
    guard let name = protocolName(of: metric) else { return nil }
    let values = caseRows.compactMap { $0.value(of: metric) }
    return ReportedValue(
      value: mean(values), ci95: bootstrapInterval(values), protocol: name, count: values.count)
  }

  /// Of a metric that needs no features; nil when it was not selected.
  private func protocolName(of metric: ReportedMetric) -> String? {
    let selection = metrics.selection
    switch metric {
    case .backgroundPSNR, .backgroundSSIM:
      return selection.contains(.background) ? BackgroundMetric.protocolName : nil
    case .insidePSNR: return selection.contains(.background) ? InsideMetric.protocolName : nil
    case .ownSimilarity, .similarityDifference:
      return selection.contains(.referenceSimilarity) ? ReferenceSimilarityMetric.protocolName : nil
    case .clipFID, .inceptionFID, .kid, .qualityScore, .clipScore: return nil
    }
  }
}
