import Commands
import Foundation
import Testing

/// `pbe-eval --baseline`, `--shard` and `merge` as a person runs them.
@Suite struct ShardCommandTests {
  private let program = Program(name: "pbe-eval")
  private let bench = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden/evaluation/bench").path
  private let folder = NSTemporaryDirectory() + "pbe-eval-shards-\(UUID().uuidString)"

  @Test func aBaselineInTwoShardsIsThatOfOneRun() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    #expect(try run("--output", "whole").exitCode == 0)
    let first = try run("--output", "s1", "--shard", "1/2")
    #expect(first.exitCode == 0)
    #expect(first.output.contains("Shard 1/2 of a run."))
    let early = try program.run("merge", "s1", "--output", "merged", in: folder)
    #expect(early.exitCode == 1)
    #expect(early.error == "error: shards are missing: 2/2. Give all 2 folders.\n")
    #expect(try run("--output", "s2", "--shard", "2/2").exitCode == 0)
    let merged = try program.run(
      "merge", "s2", "s1", "--output", "merged", "--require-wins", "1", in: folder)
    #expect(merged.exitCode == 0)
    #expect(merged.output.contains("5 of 5"))
    let cases = try ["whole", "merged"].map {
      try Data(contentsOf: URL(filePath: "\(folder)/\($0)/cases.jsonl"))
    }
    #expect(cases[0] == cases[1])
  }

  @Test(arguments: [
    (["--baseline", "paste"], "'copy-paste-harmonised'"),
    (["--baseline", "copy-paste", "--results", "r"], "either --baseline or --results, not both"),
    (["--baseline", "copy-paste", "--steps", "5"], "a baseline has no such settings"),
    ([], "Give --model DIR or --baseline NAME"),
    (["--results", "r", "--shard", "5/4"], "--shard is '5/4', expected i/n"),
    (["merge"], "<shard-dir>"),
  ])
  func refusesWhatMakesNoSense(_ arguments: [String], _ message: String) throws {
    let result = try program.run(arguments + ["--bench", "b", "--output", "o"])
    #expect(result.exitCode == 2)
    #expect(result.error.contains(message))
  }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try program.run(
      ["--baseline", "copy-paste", "--bench", bench, "--threads", "1"] + arguments, in: folder)
  }
}
