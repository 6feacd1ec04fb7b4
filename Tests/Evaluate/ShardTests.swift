import Evaluation
import Foundation
import Pictures
import TestSupport
import Testing

/// Which cases are whose.
@Suite struct ShardTests {
  @Test(arguments: [(1, 1), (3500, 7), (10, 4), (115, 4), (5, 5)])
  func everyCaseIsInOneShard(_ total: Int, _ count: Int) throws {
    let parts = try (1...count).map {
      try #require(Shard(index: $0, count: count)).positions(of: total)
    }
    #expect(parts.flatMap { Array($0) } == Array(0..<total))
    let sizes = parts.map(\.count)
    #expect(try #require(sizes.max()) - #require(sizes.min()) <= 1)
  }

  @Test(arguments: ["0/4", "5/4", "1", "1/4/2", "a/b", "-1/4", "1/0", ""])
  func whatIsNoShardIsNotRead(_ text: String) { #expect(Shard(rawValue: text) == nil) }
}

/// A run in parts on several machines, put together as if it had been one.
@Suite struct ShardMergeTests {
  let runs: ShardedRuns
  var folder: TemporaryFolder { runs.folder }
  var bench: SmallBench { runs.bench }

  init() throws {
    runs = try ShardedRuns(cases: 60)
    // Positions 0, 20 and 50 cannot be scored.
    try FileManager.default.removeItem(atPath: bench.file(.reference, 0))
    try Data([1, 2]).write(to: URL(filePath: bench.file(.truth, 20)))
    try GrayImage(width: 3, height: 3, fill: 255).writePNG(to: bench.file(.mask, 50))
  }

  @Test func fourShardsMergedAreOneRun() throws {
    try runs.run(BreakableEncoder(), output: "whole")
    for index in 1...4 { try runs.run(BreakableEncoder(), output: "s\(index)", shard: index) }
    try runs.merge((1...4).reversed())
    for name in ["results", "features", "scores"] {
      let (whole, merged) = (try contents("whole/\(name)"), try contents("merged/\(name)"))
      #expect(!whole.isEmpty && whole == merged, "\(name)")
    }
    for name in ["cases.jsonl", "contact-sheet.png", "features.safetensors"] {
      let whole = try Data(contentsOf: folder.file("whole/\(name)"))
      #expect(try Data(contentsOf: folder.file("merged/\(name)")) == whole, "\(name)")
    }
    let paths = folder.file("whole").path
    let whole = try folder.text("whole/metrics.json").replacing(paths, with: "OUTPUT")
    let merged = try folder.text("merged/metrics.json")
      .replacing(folder.file("merged").path, with: "OUTPUT")
    #expect(whole == merged)
    #expect(whole.contains("\"clip_score\"") && whole.contains("no such") == false)
  }

  @Test func aShardIsLabelled() throws {
    let report = try runs.run(BreakableEncoder(), output: "s2", shard: 2)
    #expect(report.metrics.count == 14)
    #expect(report.metrics.problems.map(\.id) == [bench.identifiers[20]])
    #expect(report.metrics.isSubset)
    let settings = try #require(
      try folder.json("s2/metrics.json")["settings"] as? [String: Any])
    #expect(settings["shard"] as? String == "2/4")
  }

  @Test func picturesMadeElsewhereAreMergedToo() throws {
    try runs.run(BreakableEncoder(), output: "made")
    let results = folder.file("made/results")
    let whole = try runs.evaluator("whole", BreakableEncoder()).evaluate(results: results)
    for index in 1...4 {
      _ = try runs.evaluator("s\(index)", BreakableEncoder(), shard: index).evaluate(
        results: results)
    }
    let merged = try runs.merge(1...4)
    #expect(merged.metrics.results == whole.metrics.results)
    #expect(merged.metrics.hashes == whole.metrics.hashes)
    #expect(merged.metrics.problems == whole.metrics.problems)
  }

  @Test func aMergeGoesOnAndNeedsNoWeights() throws {
    for index in 1...4 { try runs.run(BreakableEncoder(), output: "s\(index)", shard: index) }
    let first = try runs.merge(1...4)
    try FileManager.default.removeItem(
      at: folder.file("merged/results/\(bench.identifiers[3]).png"))
    #expect(try runs.merge(1...4).metrics == first.metrics)
  }

  @Test func withoutWeightsEveryCaseMustBeStored() throws {
    for index in 1...4 { try runs.run(BreakableEncoder(), output: "s\(index)", shard: index) }
    try FileManager.default.removeItem(at: folder.file("s3/features"))
    let error = #expect(throws: MissingFeatures.self) { try runs.merge(1...4) }
    #expect("\(try #require(error))".contains("no shard has its features of colours"))
    let encoder = BreakableEncoder()
    #expect(try runs.merge(1...4, clip: encoder).metrics.count == 57)
    #expect(encoder.asked == 15 * 3)
  }

  /// The files of a folder, by name.
  private func contents(_ path: String) throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file(path).path)
    return Dictionary(
      uniqueKeysWithValues: try names.map {
        ($0, try Data(contentsOf: folder.file("\(path)/\($0)")))
      })
  }
}
