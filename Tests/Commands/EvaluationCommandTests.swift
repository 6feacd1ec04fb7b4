import Commands
import Foundation
import Support
import Testing

/// `pbe-eval` as a person runs it.
@Suite struct EvaluationCommandTests {
  private let program = Program(name: "pbe-eval")
  private let golden = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden/evaluation")

  @Test func scoresPicturesMadeElsewhere() throws {
    try withOutput { output in
      let result = try evaluate(output, "--require-wins", "4", "--require-ratio", "1.8")
      #expect(result.exitCode == 0)
      #expect(result.output.contains("5 of 5"))
      let files = try FileManager.default.contentsOfDirectory(atPath: output)
      #expect(
        files.sorted()
          == ["cases.jsonl", "contact-sheet.png", "metrics.json", "report.html", "scores"])
    }
  }

  /// Numbers of a part of the bench are not the bench's.
  @Test func missingCasesAreAFailureUnlessAccepted() throws {
    try withOutput { output in
      let results = output + "-results"
      defer { try? FileManager.default.removeItem(atPath: results) }
      let files = FileManager.default
      try files.copyItem(atPath: golden.appending(path: "results").path, toPath: results)
      let first = try #require(files.contentsOfDirectory(atPath: results).sorted().first)
      try files.removeItem(atPath: "\(results)/\(first)")
      let arguments = [
        "--results", results, "--bench", golden.appending(path: "bench").path, "--output", output,
      ]
      let part = try program.run(arguments)
      #expect(part.exitCode == 1)
      #expect(part.error.contains("error: 1 case could not be scored, so these are the numbers of"))
      #expect(part.error.contains("--partial"))
      #expect(files.fileExists(atPath: "\(output)/metrics.json"))
      #expect(try program.run(arguments + ["--partial"]).exitCode == 0)
    }
  }

  /// Another process keeps the folder; when it ends, however it ends, the folder is free.
  @Test func oneOutputIsForOneProcess() throws {
    try withOutput { output in
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
      var other: FolderLock? = try FolderLock(output)
      let second = try evaluate(output)
      #expect(second.exitCode == 1)
      #expect(
        second.error
          == "error: \(output): another process is writing there; wait until it has ended, or choose "
          + "another folder\n")
      #expect(other != nil)
      other = nil
      #expect(try evaluate(output).exitCode == 0)
    }
  }

  @Test func failsWhenARequirementIsNotMet() throws {
    try withOutput { output in
      let result = try evaluate(output, "--require-wins-between", "0,3")
      #expect(result.exitCode == 1)
      #expect(
        result.error.contains(
          "error: required of this run and not met: "
            + "4 of 5 cases are nearer to their own reference, expected 0 to 3\n"))
    }
  }

  @Test(arguments: [
    (["--steps", "10"], "--steps can only be given with --model"),
    (["--model", "m"], "either --model or --results"),
    (["--limit", "0"], "--limit must be at least 1"),
    (["--require-wins-between", "3,2"], "'3,2' is invalid"),
    (["--scales", "1,3"], "--scales can only be given with --model"),
    (["--metrics", "clip_fid"], "clip_fid needs --clip DIR and --reference-statistics FILE"),
    (["--metrics", "clip_score,fid"], "'fid' is no metric. There are: clip_fid, inception_fid"),
    (["--metrics", "quality_score", "--clip", "c"], "quality_score needs --gmm FILE"),
    (["--save-features", "f"], "--save-features needs --clip DIR or --inception FILE"),
  ])
  func refusesWhatMakesNoSense(_ arguments: [String], _ message: String) throws {
    let result = try program.run(["--results", "r", "--bench", "b", "--output", "o"] + arguments)
    #expect(result.exitCode == 2)
    #expect(result.error.contains(message))
  }

  @Test(arguments: [
    (["--steps", "0"], "--steps must be 1 to 1000, not 0"),
    (["--scale", "nan"], "--scale must be a finite number"),
    (["--null-reference", "--true-reference"], "only one of"),
    (["--sampler", "euler"], "'plms', 'ddim', 'dpm++', 'unipc' or 'lcm'"),
    (["--scales", "1,x"], "--scales: found 'x', expected numbers with commas"),
    (["--scales", "1,2,1.0"], "--scales: lists 1.0 twice"),
    (["--step-counts", "10,0"], "--step-counts: found '0', expected whole numbers from 1 to 1000"),
    (["--scales", "1", "--scale", "2"], "either --scale or --scales"),
    (["--step-counts", "1", "--steps", "2"], "either --steps or --step-counts"),
    (["--scales", "1", "--require-wins", "2"], "--require-wins cannot be given with --scales"),
  ])
  func refusesImpossibleSettings(_ arguments: [String], _ message: String) throws {
    let result = try program.run(["--model", "m", "--bench", "b", "--output", "o"] + arguments)
    #expect(result.exitCode == 2)
    #expect(result.error.contains(message))
  }

  @Test func saysWhichFolderIsMissing() throws {
    try withOutput { output in
      let bench = golden.appending(path: "bench").path
      let noBench = try program.run("--results", "r", "--bench", "nowhere", "--output", output)
      #expect(noBench.exitCode == 1)
      #expect(noBench.error == "error: nowhere: no such file or folder\n")
      let noResults = try program.run("--results", "nowhere", "--bench", bench, "--output", output)
      #expect(noResults.exitCode == 1)
      #expect(noResults.error == "error: nowhere: no such file or folder\n")
      let noModel = try program.run("--model", "nowhere", "--bench", bench, "--output", output)
      #expect(noModel.exitCode == 1)
      #expect(noModel.error.hasPrefix("error: nowhere: no such file or folder"))
    }
  }

  @Test func saysWhatTheOtherMetricsNeed() throws {
    try withOutput { output in
      let result = try evaluate(output)
      #expect(
        result.output.contains(
          "Left out: clip_fid, inception_fid, kid, quality_score, clip_score. For them pass "
            + "--clip DIR, --reference-statistics FILE, --inception FILE, --gmm FILE.\n"))
      #expect(result.output.contains("Subset: 5 cases, published numbers are of 3500"))
    }
  }

  @Test(arguments: [
    (
      ["statistics", "--images", "i", "--output", "o"], "Give --clip DIR, --inception FILE or both"
    ),
    (["fit-gmm", "--images", "i", "--output", "o"], "--clip"),
    (
      ["fit-gmm", "--images", "i", "--output", "o", "--clip", "c", "--components", "0"],
      "1 to 10000"
    ),
  ])
  func yardsticksNeedTheirInputs(_ arguments: [String], _ message: String) throws {
    let result = try program.run(arguments)
    #expect(result.exitCode == 2)
    #expect(result.error.contains(message))
  }

  @Test func convertsAPickledMixture() throws {
    try withOutput { output in
      let convert = Program(name: "pbe-convert")
      let pickle = golden.deletingLastPathComponent().appending(path: "distances/tied-4.pickle")
        .path
      let result = try convert.run("--gmm", pickle, "--to", "\(output).safetensors")
      defer { try? FileManager.default.removeItem(atPath: "\(output).safetensors") }
      #expect(result.exitCode == 0)
      #expect(result.output.contains("3 components of 6 dimensions"))
      let neither = try convert.run("--to", output)
      #expect(neither.exitCode == 2)
      #expect(
        neither.error.contains(
          "Give --from SOURCE (a run, a model folder or a checkpoint) or --gmm PICKLE"))
    }
  }

  @Test func helpHasAnExample() throws {
    let result = try program.run("--help")
    #expect(result.exitCode == 0)
    #expect(result.output.contains("pbe-eval --results my-pictures --bench COCOEE"))
    #expect(result.error.isEmpty)
  }

  private func evaluate(_ output: String, _ arguments: String...) throws -> Program.Outcome {
    try program.run(
      [
        "--results", golden.appending(path: "results").path,
        "--bench", golden.appending(path: "bench").path, "--output", output, "--threads", "1",
      ] + arguments)
  }

  private func withOutput(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "pbe-eval-command-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }
}
