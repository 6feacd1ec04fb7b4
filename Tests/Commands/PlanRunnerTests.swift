import Foundation
import TestSupport
import Testing
import pbe_bench

/// `pbe-bench paper`'s stages, one after the other, whatever happens meanwhile.
@Suite struct PlanRunnerTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder("plan") }

  private func scenes(_ name: String, images: Int, after inputs: [String] = []) -> PlanStage {
    PlanStage(
      name, "drawing \(name)",
      [
        "pbe-data", "scenes", "--output", "run/\(name)", "--images", "\(images)", "--bench", "0",
        "--size", "32", "--seed", "7",
      ], after: inputs, product: "run/\(name)/scenes.json", seconds: 1)
  }

  /// Writes a plan's file; returns the arguments that carry it out.
  private func arguments(_ stages: [PlanStage]) throws -> [String] {
    try JSONEncoder().encode(stages).write(to: folder.file("plan.json"))
    return ["paper", "--output", "run", "--plan", "plan.json"]
  }

  private func run(_ stages: [PlanStage]) throws -> Program.Outcome {
    try Program(name: "pbe-bench").run(arguments(stages), in: folder.url.path)
  }

  private func record(_ stage: String) -> StageRecord? {
    try? StageRecords(in: folder.file("run").path).record(of: stage)
  }

  /// All but the records, whose times differ.
  private func products() throws -> [String: Data] {
    let root = folder.file("run").resolvingSymlinksInPath()
    var files: [String: Data] = [:]
    for case let name as String in FileManager.default.enumerator(atPath: root.path) ?? .init()
    where !name.hasPrefix("stages") && name.contains(".") {
      files[name] = try Data(contentsOf: root.appending(path: name))
    }
    return files
  }

  @Test func stagesThatAreDoneAreNotDoneAgain() throws {
    let stages = [scenes("a", images: 2), scenes("b", images: 3, after: ["a"])]
    let first = try run(stages)
    #expect(first.exitCode == 0, "\(first.error)")
    #expect(first.error.contains("[1/2] drawing a") && first.error.contains("[2/2] drawing b"))
    #expect(first.error.contains("pbe-data scenes --output run/b --images 3"))
    #expect(record("b")?.isDone == true)
    let again = try run(stages)
    #expect(again.exitCode == 0 && !again.error.contains("drawing"))
  }

  @Test(arguments: [SIGKILL, SIGTERM])
  func aRunThatWasEndedGoesOnToTheSameFiles(_ signal: Int32) throws {
    let stages = [
      scenes("a", images: 3), scenes("b", images: 60, after: ["a"]), scenes("c", images: 4),
    ]
    #expect(try run(stages).exitCode == 0)
    let whole = try products()
    #expect(whole.count > 60)
    try FileManager.default.removeItem(at: folder.file("run"))

    let process = try Program(name: "pbe-bench").start(
      arguments(stages), in: folder.url.path)
    while process.isRunning, record("b")?.process == nil { usleep(1000) }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(record("a")?.isDone == true)
    let left = record("b")
    #expect(left?.isDone == false && record("c") == nil, "it ended in the second stage")
    let outcome = try run(stages)
    #expect(outcome.exitCode == 0, "\(outcome.error)")
    #expect(try products() == whole)
  }

  /// A process that a killed run has left must not write beside the new one.
  @Test func whatAKilledRunLeftBehindIsEnded() throws {
    let sleeper = try ChildProcess("/bin/sleep", ["600"])
    let stages = [scenes("a", images: 2)]
    let plan = try Plan(stages)
    try StageRecords(in: folder.file("run").path).write(
      StageRecord(
        digest: plan.digests["a"] ?? "", command: stages[0].command, seconds: 2, isDone: false,
        process: RunningProcess(sleeper.number)), of: "a")
    let outcome = try run(stages)
    #expect(outcome.exitCode == 0, "\(outcome.error)")
    #expect(outcome.error.contains("Ending process \(sleeper.number)"))
    #expect(sleeper.exitCode() == 128 + SIGTERM)
    #expect((record("a")?.seconds ?? 0) > 2, "times add up")
  }

  @Test func anotherPlanDoesNotMixItsFilesWithThisOnes() throws {
    #expect(try run([scenes("a", images: 2), scenes("b", images: 2, after: ["a"])]).exitCode == 0)
    // The second stage's command is the same, but rests on another first one.
    let other = try run([scenes("a", images: 3), scenes("b", images: 2, after: ["a"])])
    #expect(other.exitCode == 1)
    #expect(other.error.hasPrefix("error: run: stage 'a' was done by another command"))
  }

  @Test func aStageThatFailsEndsTheRunWithItsCommand() throws {
    let bad = PlanStage(
      "bad", "nothing", ["pbe-data", "scenes", "--output", "run/x", "--size", "1"],
      product: "run/x",
      seconds: 1)
    let outcome = try run([scenes("a", images: 2), bad, scenes("b", images: 2)])
    #expect(outcome.exitCode == 1)
    #expect(outcome.error.contains("--size must be between"))
    #expect(outcome.error.contains("stage 'bad' ended with 2"))
    #expect(record("b") == nil && record("bad")?.isDone == false)
  }

  @Test func aStageWithoutItsProductIsNotDone() throws {
    let stage = PlanStage(
      "help", "help", ["pbe-data", "--help"], product: "run/nothing", seconds: 1)
    let outcome = try run([stage])
    #expect(outcome.exitCode == 1 && outcome.error.contains("without run/nothing"))
    #expect(record("help")?.isDone == false)
  }

  @Test func aPlanMustMakeSense() {
    #expect(throws: PlanError.self) { try Plan([scenes("a", images: 1, after: ["b"])]) }
    #expect(throws: PlanError.self) { try Plan([scenes("a", images: 1), scenes("a", images: 1)]) }
    #expect(throws: PlanError.self) { try Plan([scenes("../a", images: 1)]) }
  }

  @Test func commandsArePrintedAsOneTypesThem() {
    let stage = PlanStage(
      "a", "a", ["pbe-eval", "--prompt", "a {class}'s", "x=1,2"], product: "p", seconds: 1)
    #expect(stage.line(programs: "bin/") == #"bin/pbe-eval --prompt 'a {class}'\''s' x=1,2"#)
  }
}
