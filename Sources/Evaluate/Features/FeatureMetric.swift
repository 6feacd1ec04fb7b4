/// A number from features, as `metrics.json` holds it.
public struct FeatureMetric: Encodable, Sendable, Equatable {
  public let value: Double
  /// The 95 % interval: low, high. Nil where there are too few cases for one.
  public let ci95: [Double]?
  /// The procedure, as one would cite it beside the number.
  public let `protocol`: String
  /// Cases that the number rests on.
  public let count: Int
  public var standardError: Double?
  public var meanLogLikelihood: Double?
  /// Real pictures on the other side of a distance.
  public var referenceCount: Int?
  /// How the interval was found.
  public var interval: String?
  public var warning: String?

  public init(value: Double, ci95: [Double]?, protocol: String, count: Int) {
    self.value = value
    self.ci95 = ci95
    self.protocol = `protocol`
    self.count = count
  }

  enum CodingKeys: String, CodingKey {
    case value, ci95, `protocol`, count, interval, warning
    case standardError = "standard_error"
    case meanLogLikelihood = "mean_log_likelihood"
    case referenceCount = "reference_count"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(value, forKey: .value)
    try container.encode(ci95, forKey: .ci95)  // null where there is none
    try container.encode(`protocol`, forKey: .protocol)
    try container.encode(count, forKey: .count)
    try container.encodeIfPresent(standardError, forKey: .standardError)
    try container.encodeIfPresent(meanLogLikelihood, forKey: .meanLogLikelihood)
    try container.encodeIfPresent(referenceCount, forKey: .referenceCount)
    try container.encodeIfPresent(interval, forKey: .interval)
    try container.encodeIfPresent(warning, forKey: .warning)
  }
}

extension MetricName {
  /// What the number means, in a sentence for the reader of a report.
  public var explanation: String {
    switch self {
    case .clipFID:
      "How far the results, taken together, are from real pictures in CLIP's features (0 is equal). "
        + "The paper's \"FID\" is this, not Inception's."
    case .inceptionFID:
      "How far the results, taken together, are from real pictures in InceptionV3's features "
        + "(0 is equal): the FID of other papers. The resize is part of the name."
    case .kid:
      "How far the results are from real pictures by a kernel: unbiased, so that few pictures do, "
        + "and around 0 (also below) for equal sets."
    case .qualityScore:
      "How likely each result is among real pictures, by a Gaussian mixture over CLIP's features; "
        + "0 to 100."
    case .clipScore:
      "How much the result inside the mask's box looks like its reference to CLIP: 100 times the "
        + "cosine of their features."
    case .background: BackgroundMetric.explanation
    case .referenceSimilarity: ReferenceSimilarityMetric.explanation
    }
  }

  /// The name in a table.
  var title: String {
    switch self {
    case .clipFID: "CLIP-FID"
    case .inceptionFID: "Inception FID"
    case .kid: "KID"
    case .qualityScore: "quality score"
    case .clipScore: "CLIP score"
    case .background: "background"
    case .referenceSimilarity: "reference similarity"
    }
  }
}
