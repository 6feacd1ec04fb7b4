import Foundation
import Support

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
    func refuse(_ reason: ShardingError.NotAShard) -> ShardingError {
      .notAShard(folder: folder.relativePath, reason: reason)
    }
    guard FileSystem.exists(folder.relativePath) else { throw refuse(.noFolder) }
    guard let data = try? FileSystem.contents(of: Self.file(in: folder).relativePath) else {
      let results = folder.appending(path: "results/settings.json").relativePath
      throw refuse(FileSystem.exists(results) ? .unfinished : .noRecord)
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch {
      throw refuse(.damagedRecord)
    }
    let dimensions = encoders.values.map(\.dimension)
    guard limit ?? 1 > 0, dimensions.allSatisfy({ (1...65_536).contains($0) }) else {
      throw refuse(.damagedRecord)
    }
  }

  init(
    _ shard: Shard, limit: Int?, bench: Bench, results: URL?, generation: GenerationSettings?,
    encoders stores: [FeatureStore], scores: [CaseScore]
  ) {
    self.shard = shard
    self.limit = limit
    self.bench = bench.folder.relativePath
    list = bench.listDigest
    self.results = results?.relativePath
    self.generation = generation
    var encoders: [String: StoredIdentity] = [:]
    for store in stores {
      guard case .whole(let space) = store.kind else { continue }
      encoders[space.rawValue] = StoredIdentity(
        identifier: store.encoder.identifier, hash: store.encoder.contentHash,
        dimension: store.dimension)
    }
    self.encoders = encoders
    scored = Dictionary(
      uniqueKeysWithValues: scores.map { ($0.benchCase.identifier, $0.digests) })
  }

  /// Where another shard is of another run.
  func differences(from other: ShardRecord) -> [ShardDifference] {
    var found: [ShardDifference] = []
    if shard.count != other.shard.count { found.append(.shard(there: shard, here: other.shard)) }
    if limit != other.limit { found.append(.limit(there: limit, here: other.limit)) }
    if list != other.list { found.append(.list) }
    switch (generation, other.generation) {
    case (let there?, let here?):
      found += here.differences(from: there, now: "here").map { .settings($0) }
    case (nil, nil): break
    default: found.append(.origin)
    }
    return found
  }
}
