import Evaluation
import Foundation
import Pictures
import TestSupport
import Testing

/// What cannot be put together, and how that is said.
@Suite struct ShardRefusalTests {
  let runs: ShardedRuns
  var folder: TemporaryFolder { runs.folder }
  var bench: SmallBench { runs.bench }

  init() throws { runs = try ShardedRuns(cases: 8) }

  @Test func shardsThatAreMissingAreNamed() throws {
    for index in [1, 4] { try runs.run(nil, output: "s\(index)", shard: index) }
    let error = #expect(throws: ShardingError.missing([2, 3], count: 4)) { try runs.merge([1, 4]) }
    #expect("\(try #require(error))".contains("shards are missing: 2/4, 3/4"))
  }

  @Test func shardsThatOverlapAreRefused() throws {
    for (output, index) in [("s1", 1), ("s2", 1)] {
      try runs.run(nil, output: output, shard: index)
    }
    let error = #expect(throws: ShardingError.self) { try runs.merge([1, 2]) }
    #expect("\(try #require(error))".hasPrefix("shard 1/4 is there twice: "))
  }

  @Test func shardsOfOtherRunsAreRefused() throws {
    try runs.run(nil, output: "s1", shard: 1)
    try runs.run(nil, output: "s2", shard: 2, painter: SeedPainter(steps: 11))
    try expectRefusal("steps: 11 there, 10 here")
    try runs.run(
      nil, output: "s2", shard: 2, painter: SeedPainter(modelHash: "other"), anew: true)
    try expectRefusal("model: other weights")
    try runs.run(nil, output: "s2", shard: 2, count: 5, anew: true)
    try expectRefusal("`shard` 2/5 there, 1/4 here")
    try runs.run(nil, output: "s2", shard: 2, limit: 6, anew: true)
    try expectRefusal("`limit`: 6 there, none here")
  }

  @Test func aFolderThatIsNoShardIsRefused() throws {
    try runs.run(nil, output: "s1", shard: 1)
    try runs.run(nil, output: "s2")
    try expectRefusal("it has no shard.json, which is written at the end")
    try FileManager.default.removeItem(at: folder.file("s2/results"))
    try expectRefusal("it has no shard.json")
    try Data("{}".utf8).write(to: folder.file("s2/shard.json"))
    try expectRefusal("shard.json is not what pbe-eval wrote")
    try FileManager.default.removeItem(at: folder.file("s2"))
    try expectRefusal("there is no such folder")
  }

  @Test func anUnfinishedShardIsRefused() throws {
    try runs.run(nil, output: "s1", shard: 1)
    try runs.run(nil, output: "s2", shard: 2)
    let killed = SeedPainter()
    killed.limit = 1
    try FileManager.default.removeItem(at: folder.file("s2"))
    #expect(throws: SeedPainter.Killed.self) {
      try runs.run(nil, output: "s2", shard: 2, painter: killed)
    }
    try expectRefusal("which is written at the end")
  }

  @Test func whatChangedSinceTheShardsWereScoredIsRefused() throws {
    for index in 1...4 { try runs.run(nil, output: "s\(index)", shard: index) }
    let picture = "\(bench.identifiers[3]).png"
    let file = folder.file("s2/results/\(picture)")
    let old = try Data(contentsOf: file)
    try Image(width: 22, height: 18).writePNG(to: file.path)
    #expect(throws: ShardingError.changedResult(folder: folder.file("s2").path, file: picture)) {
      try runs.merge(1...4)
    }
    try old.write(to: file)
    try Image(width: 9, height: 9).writePNG(to: bench.file(.reference, 3))
    let error = #expect(throws: ShardingError.self) { try runs.merge(1...4) }
    #expect("\(try #require(error))".contains("case \(bench.identifiers[3]) are others there"))
  }

  @Test func theOutputMustNotBeAShard() throws {
    try runs.run(nil, output: "s1", shard: 1, count: 1)
    #expect(throws: ShardingError.sameFolder(folder.file("s1").path)) {
      try runs.evaluator("s1", nil).evaluate(ShardMerge([folder.file("s1")]))
    }
  }

  @Test func thereMustBeACaseForEachShard() throws {
    #expect(throws: ShardingError.self) {
      try runs.run(nil, output: "s1", shard: 1, count: 5, limit: 4)
    }
  }

  private func expectRefusal(_ text: String) throws {
    let error = #expect(throws: ShardingError.self) { try runs.merge([1, 2]) }
    #expect("\(try #require(error))".contains(text))
  }
}
