import Commands
import Foundation
import TestSupport
import Testing

/// `pbe-eval compare` and sweeps as a person runs them.
@Suite struct ComparisonCommandTests {
  private let program = Program(name: "pbe-eval")
  private let golden = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden")
  private var a: String { golden.appending(path: "comparison/a").path }
  private var b: String { golden.appending(path: "comparison/b").path }

  @Test func onlyReportsWhenNothingIsChosen() throws {
    let result = try program.run("compare", a, b)
    #expect(result.exitCode == 0)
    #expect(result.output.contains("paired over 12 cases"))
    #expect(result.output.contains("Settings that differ (A / B): scale 3 / 5."))
  }

  private static let endings: [([String], Int32)] = [
    (["--metrics", "clip_fid"], 0),
    (["--metrics", "clip_score"], 1),
    (["--metrics", "clip_score", "--tolerance", "10"], 0),
    (["--tolerance", "0"], 1),
    (["--tolerance", "kid=0,background=9"], 0),
    (["--tolerance", "clip_fid=0.5"], 1),
    (["--metrics", "inception_fid"], 1),
    (["--metrics", "clip_scor"], 2),
    (["--tolerance", "-1"], 2),
    (["--tolerance", "clip_score=nan"], 2),
    (["--metrics", "kid", "--tolerance", "clip_fid=1"], 2),
    (["--output", "comparison.txt"], 2),
  ]

  @Test(arguments: endings)
  func exitCodes(_ arguments: [String], _ expected: Int32) throws {
    let result = try program.run(["compare", a, b] + arguments)
    #expect(result.exitCode == expected, "\(result.error)")
    #expect(result.error.isEmpty == (expected == 0))
  }

  @Test func saysWhatGotWorse() throws {
    let result = try program.run("compare", a, b, "--tolerance", "clip_fid=0.5")
    #expect(
      result.error == "error: worse in B: clip_fid from 12.5 to 13.25, tolerance 0.5\n")
  }

  @Test func saysWhichFolderHoldsNoRun() throws {
    let result = try program.run("compare", a, "nowhere")
    #expect(result.exitCode == 1)
    #expect(result.error.hasPrefix("error: nowhere/metrics.json: no such file. Expected"))
  }

  @Test func sweepsAndThenComparesTwoOfTheSettings() throws {
    let folder = NSTemporaryDirectory() + "pbe-sweep-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try TinyModel.write(to: "\(folder)/model")
    let result = try program.run(
      "--model", "\(folder)/model", "--bench", golden.appending(path: "evaluation/bench").path,
      "--output", "\(folder)/sweep", "--limit", "2", "--scales", "1,3", "--steps", "2",
      "--sampler", "ddim", "--threads", "1")
    #expect(result.exitCode == 0, "\(result.error)")
    #expect(result.output.contains("Guidance scale, 2 cases, a subset"))
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/sweep")
    #expect(files.sorted() == ["scale-1", "scale-3", "sweep.html", "sweep.json", "sweep.svg"])
    let comparison = try program.run(
      "compare", "\(folder)/sweep/scale-1", "\(folder)/sweep/scale-3", "--output",
      "\(folder)/comparison.json")
    #expect(comparison.exitCode == 0, "\(comparison.error)")
    #expect(comparison.output.contains("scale 1 / 3"))
    #expect(FileManager.default.fileExists(atPath: "\(folder)/comparison.json"))
  }
}
