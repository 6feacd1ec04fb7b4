/// What `metrics.json` holds.
public struct EvaluationMetrics: Encodable, Sendable, Equatable {
  /// Cases scored.
  public let count: Int
  /// Cases in `id_list.npy`.
  public let listed: Int
  /// Cases that were asked for and could not be scored.
  public let problems: [Problem]
  public let settings: EvaluationSettings
  public let hashes: EvaluationHashes
  public let background: BackgroundMetric.Summary
  public let inside: InsideMetric.Summary
  public let referenceSimilarity: ReferenceSimilarityMetric.Summary

  enum CodingKeys: String, CodingKey {
    case count, listed, problems, settings, hashes, background, inside
    case referenceSimilarity = "reference_similarity"
  }

  /// Whether every case of the bench was scored.
  public var isComplete: Bool { count == listed }
}

/// A case that could not be scored, and why.
public struct Problem: Encodable, Sendable, Equatable, CustomStringConvertible {
  public let id: String
  public let problem: String

  public var description: String { "\(id): \(problem)" }
}

/// SHA-256 digests of what the numbers rest on.
public struct EvaluationHashes: Encodable, Sendable, Equatable {
  /// The scored cases' pictures.
  public let bench: String
  /// The scored results.
  public let results: String
  /// The model; nil for pictures made elsewhere.
  public let model: String?
}

/// How the numbers came about.
public struct EvaluationSettings: Encodable, Sendable, Equatable {
  public let bench: String
  public let results: String
  /// Only the list's first cases; nil for all.
  public let limit: Int?
  /// Size of the bench's pictures; several sizes are listed.
  public let benchSize: String
  /// Size of the results, at which everything is scored; several sizes are listed.
  public let resultSize: String
  /// How the bench was brought to the results' size; nil when it had it.
  public let resize: String?
  /// Written among these settings; nil for pictures made elsewhere.
  public let generation: GenerationSettings?

  enum CodingKeys: String, CodingKey {
    case bench, results, limit, resize
    case benchSize = "bench_size"
    case resultSize = "result_size"
  }

  public func encode(to encoder: any Encoder) throws {
    try generation?.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(bench, forKey: .bench)
    try container.encode(results, forKey: .results)
    try container.encodeIfPresent(limit, forKey: .limit)
    try container.encode(benchSize, forKey: .benchSize)
    try container.encode(resultSize, forKey: .resultSize)
    try container.encodeIfPresent(resize, forKey: .resize)
  }
}
