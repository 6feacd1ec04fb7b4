/// What `metrics.json` holds.
///
/// All of it is measured; what was not selected is not written.
public struct EvaluationMetrics: Encodable, Sendable, Equatable {
  /// Cases scored.
  public let count: Int
  /// Cases in `id_list.npy`.
  public let listed: Int
  /// Cases that were asked for and could not be scored, or not by one metric.
  public let problems: [Problem]
  /// How many of them could not be scored at all.
  public let unscored: Int
  /// Files that hold JPEG data, whatever their names: compression moves distances between sets.
  public let jpegFiles: [String]
  /// What pictures were read with, if anything is odd about them.
  public let pictureWarnings: [String]
  public let selection: MetricSelection
  /// By the metrics' names; those that cost nothing are there even if they were not selected.
  public let results: [String: MetricResult]
  public let settings: EvaluationSettings
  /// SHA-256 of what the numbers rest on: of the scored cases' pictures (`bench`), of the results,
  /// and, where there are such, of the model, of the encoders' weights (`clip`, `inception`) and of
  /// the files of `reference_statistics` and mixture (`gmm`).
  public let hashes: [String: String]

  /// Cases of COCOEE, the bench that published numbers are of.
  public static let fullCount = 3500

  /// Whether there are fewer cases than published numbers rest on, or the cases of one shard.
  public var isSubset: Bool { count < Self.fullCount || settings.shard != nil }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: NameKey.self)
    try container.encode(count, forKey: "count")
    try container.encode(listed, forKey: "listed")
    try container.encode(isSubset, forKey: "subset")
    try container.encode(problems, forKey: "problems")
    try container.encode(jpegFiles, forKey: "jpeg_files")
    if !pictureWarnings.isEmpty {
      try container.encode(pictureWarnings, forKey: "picture_warnings")
    }
    try container.encode(settings, forKey: "settings")
    try container.encode(hashes, forKey: "hashes")
    try container.encode(selection.leftOut, forKey: "left_out")
    for metric in selection.list.metrics where selection.contains(metric) {
      try container.encodeIfPresent(results[metric.name], forKey: NameKey(metric.name))
    }
  }

  /// What was found of a metric.
  public subscript(_ metric: any MetricDefinition) -> MetricResult? { results[metric.name] }

  /// Whether every case of the bench was scored.
  public var isComplete: Bool { count == listed }
}

/// A case that could not be scored, and why.
public struct Problem: Encodable, Sendable, Equatable, CustomStringConvertible {
  public let id: String
  public let problem: String

  public var description: String { "\(id): \(problem)" }
}

/// How the numbers came about.
public struct EvaluationSettings: Encodable, Sendable, Equatable {
  public let bench: String
  public let results: String
  /// Only the list's first cases; nil for all.
  public let limit: Int?
  /// Only this part of them; nil for all.
  public let shard: Shard?
  /// ``limit`` and ``shard`` in the words of whoever set them; not written.
  let part: [String]
  /// Size of the bench's pictures; several sizes are listed.
  public let benchSize: String
  /// Size of the results, at which everything is scored; several sizes are listed.
  public let resultSize: String
  /// How the bench was brought to the results' size; nil when it had it.
  public let resize: String?
  /// Written among these settings; nil for pictures made elsewhere.
  public let generation: GenerationSettings?

  enum CodingKeys: String, CodingKey {
    case bench, results, limit, shard, resize
    case benchSize = "bench_size"
    case resultSize = "result_size"
  }

  public func encode(to encoder: any Encoder) throws {
    try generation?.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(bench, forKey: .bench)
    try container.encode(results, forKey: .results)
    try container.encodeIfPresent(limit, forKey: .limit)
    try container.encodeIfPresent(shard, forKey: .shard)
    try container.encode(benchSize, forKey: .benchSize)
    try container.encode(resultSize, forKey: .resultSize)
    try container.encodeIfPresent(resize, forKey: .resize)
  }
}
