import Foundation
import Support

/// The outputs of all shards of a run, to be made into the output of one run.
public struct ShardMerge: Sendable {
  /// The bench's folder.
  public let bench: URL
  private let parts: [Part]

  private struct Part: Sendable {
    let folder: URL
    let record: ShardRecord

    /// Where its pictures are.
    var results: URL {
      record.results.map { URL(filePath: $0) } ?? folder.appending(path: "results")
    }
  }

  /// - Parameters:
  ///   - folders: The shards' outputs, in any order; at least one.
  ///   - bench: Nil for the folder that the shards were made with.
  /// - Throws: ``ShardingError`` when they are not all parts of one run, each once.
  public init(_ folders: [URL], bench: URL? = nil) throws {
    let parts = try folders.map { Part(folder: $0, record: try ShardRecord(in: $0)) }
    let first = parts[0]
    for part in parts.dropFirst() {
      let differences = part.record.differences(from: first.record)
      guard differences.isEmpty else {
        throw ShardingError.otherSettings(
          folder: part.folder.relativePath, first: first.folder.relativePath,
          differences: differences)
      }
    }
    for part in parts {
      let same = parts.filter { $0.record.shard == part.record.shard }.map(\.folder.relativePath)
      guard same.count == 1 else {
        throw ShardingError.overlapping(part.record.shard, folders: same)
      }
    }
    let count = first.record.shard.count
    let missing = Set(1...count).subtracting(parts.map(\.record.shard.index)).sorted()
    guard missing.isEmpty else { throw ShardingError.missing(missing, count: count) }
    self.parts = parts.sorted { $0.record.shard.index < $1.record.shard.index }
    self.bench = bench ?? URL(filePath: first.record.bench)
  }

  private var record: ShardRecord { parts[0].record }

  /// Only the list's first cases; nil for all.
  public var limit: Int? { record.limit }

  /// How the pictures were made; nil for pictures made elsewhere.
  var generation: GenerationSettings? { record.generation }

  /// The encoder that the shards used, without its weights: it serves as long as every case's features
  /// are stored. Nil when they used none.
  ///
  /// - Throws: ``ShardingError/otherEncoders(folder:first:of:)`` when they are not of one encoder.
  public func storedEncoder(_ space: FeatureSpace) throws -> (any RegionEncoder)? {
    let first = record.encoders[space.rawValue]
    for part in parts where part.record.encoders[space.rawValue] != first {
      throw ShardingError.otherEncoders(
        folder: part.folder.relativePath, first: parts[0].folder.relativePath, of: space)
    }
    return first.map {
      StoredEncoder(identifier: $0.identifier, contentHash: $0.hash, dimension: $0.dimension)
    }
  }

  /// Copies pictures, scores and features into an output, where the ordinary scoring finds them. What
  /// is there already is kept, so that a killed merge goes on.
  ///
  /// - Parameter cases: Of the whole run, in order.
  func join(
    _ cases: [BenchCase], of bench: Bench, into output: EvaluationFolder,
    progress reporter: any ProgressReporter
  ) throws {
    try check(bench, output)
    try Folder.make(output.results.relativePath)
    var store = try generation.map { try ResultStore(at: output.results, settings: $0) }
    let progress = reporter.begin("merging", total: cases.count, unit: "case")
    for part in parts {
      let own = Array(cases[part.record.shard.positions(of: cases.count)])
      let wasScored = try parallelMap(own.count) { i in
        let wasScored = try copy(own[i], of: part, to: output.results)
        try progress.advance()
        return wasScored
      }
      try store?.adopt(zip(own, wasScored).filter(\.1).map(\.0))
      let source = output.at(part.folder)
      try output.scores.adopt(own, from: source.scores)
      for (target, source) in zip(output.features, source.features) {
        try target.adopt(own, from: source)
      }
    }
    progress.finish()
  }

  private func check(_ bench: Bench, _ output: EvaluationFolder) throws {
    let settings = output.results.appending(path: "settings.json").relativePath
    guard generation != nil || !FileSystem.exists(settings) else {
      throw EvaluationError.otherSettings(
        file: settings, differences: ["made by pbe-eval there, elsewhere now"])
    }
    guard bench.listDigest == record.list else {
      throw ShardingError.otherBench(
        folder: parts[0].folder.relativePath, bench: bench.folder.relativePath,
        reason: "the lists of cases differ")
    }
    for part in parts {
      guard output.url.standardizedFileURL.path != part.folder.standardizedFileURL.path else {
        throw ShardingError.sameFolder(output.url.relativePath)
      }
      guard FileSystem.exists(part.results.relativePath) else {
        throw ShardingError.notAShard(
          folder: part.folder.relativePath,
          reason: .noPictures(part.results.relativePath))
      }
    }
  }

  /// Copies a case's picture, if it has one.
  ///
  /// - Returns: Whether the shard scored the case.
  private func copy(_ benchCase: BenchCase, of part: Part, to results: URL) throws -> Bool {
    let source = ResultStore.picture(of: benchCase.identifier, in: part.results)
    let target = ResultStore.picture(of: benchCase.identifier, in: results)
    let scored = part.record.scored[benchCase.identifier]
    if let scored {
      let inputs = try? benchCase.inputsDigest()
      guard inputs == scored.inputs else {
        throw ShardingError.otherBench(
          folder: part.folder.relativePath, bench: bench.relativePath,
          reason: "the pictures of case \(benchCase.identifier) are "
            + (inputs == nil ? "missing there" : "others there"))
      }
      if (try? Fingerprint.file(at: target)) == scored.result { return true }
    }
    guard let data = try? FileSystem.contents(of: source.relativePath) else {
      guard scored == nil else { throw changed(source, part) }
      return false
    }
    if let scored, SHA256.hexadecimal(of: data) != scored.result { throw changed(source, part) }
    try AtomicFile.write(data, to: target.relativePath)
    return scored != nil
  }

  private func changed(_ picture: URL, _ part: Part) -> ShardingError {
    .changedResult(folder: part.folder.relativePath, file: picture.lastPathComponent)
  }
}
