import Foundation

/// `shard.json`: what a finished shard is part of and what it scored, for those who put shards
/// together.
struct ShardRecord: Codable, Sendable {
  let shard: Shard
  /// Of the run that the shard is a part of.
  let limit: Int?
  /// The bench's folder, as given.
  let bench: String
  /// Digest of the bench's list.
  let list: String
  /// The folder of pictures made elsewhere; nil for pictures in `results` beside this file.
  let results: String?
  let generation: GenerationSettings?
  /// By the name of their ``FeatureSpace``.
  let encoders: [String: StoredIdentity]
  /// The cases that could be scored, by identifier.
  let scored: [String: CaseDigests]

  struct StoredIdentity: Codable, Sendable, Equatable {
    let identifier: String
    let hash: String
    let dimension: Int
  }

  static func file(in output: URL) -> URL { output.appending(path: "shard.json") }

  /// - Throws: ``ShardingError/notAShard(folder:reason:)``.
  init(in folder: URL) throws {
    let file = Self.file(in: folder)
    func refuse(_ reason: String) -> ShardingError {
      .notAShard(folder: folder.relativePath, reason: reason)
    }
    guard FileManager.default.fileExists(atPath: folder.relativePath) else {
      throw refuse("there is no such folder")
    }
    guard let data = try? Data(contentsOf: file) else {
      let hasResults = FileManager.default.fileExists(
        atPath: folder.appending(path: "results/settings.json").relativePath)
      throw refuse(
        hasResults
          ? "it has no shard.json, which is written at the end. Run its command again, with --shard "
            + "i/n, until it finishes."
          : "it has no shard.json")
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch {
      throw refuse("shard.json is not what pbe-eval wrote")
    }
  }

  init(
    _ shard: Shard, limit: Int?, bench: Bench, results: URL?, generation: GenerationSettings?,
    features: FeatureInputs, scores: [CaseScore]
  ) {
    self.shard = shard
    self.limit = limit
    self.bench = bench.folder.relativePath
    list = bench.listDigest
    self.results = results?.relativePath
    self.generation = generation
    encoders = Dictionary(
      uniqueKeysWithValues: features.encoders.map { space, encoder in
        (
          space.rawValue,
          StoredIdentity(
            identifier: encoder.identifier, hash: encoder.contentHash,
            dimension: encoder.dimension)
        )
      })
    scored = Dictionary(
      uniqueKeysWithValues: scores.map { ($0.benchCase.identifier, $0.digests) })
  }

  /// Where another shard is of another run, in words.
  func differences(from other: ShardRecord) -> [String] {
    var found: [String] = []
    if shard.count != other.shard.count {
      found.append("--shard \(shard) there, \(other.shard) here")
    }
    if limit != other.limit {
      let (there, here) = (limit.map { "\($0)" } ?? "none", other.limit.map { "\($0)" } ?? "none")
      found.append("--limit: \(there) there, \(here) here")
    }
    if list != other.list { found.append("another bench: the lists of cases differ") }
    switch (generation, other.generation) {
    case (let there?, let here?):
      found += here.differences(from: there).map { $0.replacing(" now", with: " here") }
    case (nil, nil): break
    default: found.append("pictures made elsewhere (--results) with pictures made by pbe-eval")
    }
    return found
  }
}

extension Bench {
  /// Names the list of cases and its order.
  var listDigest: String { Fingerprint.combined(cases.map { ($0.identifier, "") }) }
}
