import Commands
import Foundation
import Support

/// Carries a plan out, a stage after the other, and goes on where it was stopped or killed.
///
/// A stage that is done has a record with its command and what it rests on. One that was begun is given
/// its command again: every command of ours continues what it finds.
package struct PlanRunner {
  private let plan: Plan
  private let folder: String
  /// The folder of the programs, with its slash.
  private let programs: String
  private let records: StageRecords

  package init(_ plan: Plan, in folder: String, programs: String) {
    (self.plan, self.folder, self.programs) = (plan, folder, programs)
    records = StageRecords(in: folder)
  }

  package enum Outcome: Equatable { case done, stopped }

  /// - Throws: ``PlanError``; what is wrong with the folder's records.
  package func run() throws -> Outcome {
    try Folder.make(folder)
    return try FolderLock.keep(folder, TerminalProgress.terminal) { try runStages() }
  }

  private func runStages() throws -> Outcome {
    let digests = plan.digests
    try requireSamePlan(digests)
    Interruption.listen()
    var clock = PlanClock(plan)
    for (place, stage) in plan.stages.enumerated() {
      let found = try records.record(of: stage.name)
      if let found, found.isDone {
        clock.note(stage, took: found.seconds)
        continue
      }
      try endRemains(found)
      let head = "[\(place + 1)/\(plan.stages.count)] \(stage.title)"
      writeStandardError(
        "\n\(head): about \(clock.text(of: stage)), all that is left about \(clock.textOfRest)\n"
          + "  \(stage.line(programs: programs))\n")
      var record = StageRecord(
        digest: digests[stage.name] ?? "", command: stage.command, seconds: found?.seconds ?? 0,
        isDone: false)
      guard try carryOut(stage, &record) else { return .stopped }
      clock.note(stage, took: record.seconds)
    }
    return .done
  }

  /// Before anything is done: another plan's files must not be mixed with this one's.
  private func requireSamePlan(_ digests: [String: String]) throws {
    for stage in plan.stages {
      guard let found = try records.record(of: stage.name) else { continue }
      guard found.digest == digests[stage.name] else {
        throw PlanError.otherPlan(stage: stage.name, folder: folder)
      }
    }
  }

  /// A killed run leaves its program at work. It is asked to end, so that two don't write one folder.
  private func endRemains(_ record: StageRecord?) throws {
    guard let process = record?.process, process.isAlive else { return }
    writeStandardError("Ending process \(process.number), which a killed run left behind.\n")
    kill(process.number, SIGTERM)
    while process.isAlive { usleep(Self.glance) }
  }

  /// - Returns: false when it is to end here.
  private func carryOut(_ stage: PlanStage, _ record: inout StageRecord) throws -> Bool {
    let path = programs + stage.command[0]
    guard FileSystem.exists(path) else { throw PlanError.noProgram(path) }
    let before = record.seconds
    let start = ContinuousClock.now
    func seconds() -> Double { before + (ContinuousClock.now - start) / .seconds(1) }
    let child = try ChildProcess(path, Array(stage.command.dropFirst()))
    record.process = RunningProcess(child.number)
    try records.write(record, of: stage.name)
    let code = try wait(for: child) {
      record.seconds = seconds()
      try records.write(record, of: stage.name)
    }
    (record.seconds, record.process) = (seconds(), nil)
    guard code == 0, !Interruption.isWanted, FileSystem.exists(stage.product) else {
      try records.write(record, of: stage.name)
      if Interruption.isWanted { return false }
      guard code == 0 else {
        throw PlanError.failed(
          stage: stage.name, code: code, command: stage.line(programs: programs))
      }
      throw PlanError.noProduct(stage: stage.name, product: stage.product)
    }
    record.isDone = true
    try records.write(record, of: stage.name)
    return true
  }

  /// - Parameter keep: called now and then while it runs.
  private func wait(for child: ChildProcess, keep: () throws -> Void) throws -> Int32 {
    var wasAsked = false
    var glances = 0
    while true {
      if let code = child.exitCode() { return code }
      if Interruption.isWanted, !wasAsked {
        child.stop()
        wasAsked = true
      }
      usleep(Self.glance)
      glances += 1
      if glances.isMultiple(of: Self.glancesBetweenRecords) { try keep() }
    }
  }

  /// In microseconds.
  private static let glance: UInt32 = 20_000
  /// Ten seconds.
  private static let glancesBetweenRecords = 500
}

/// How long what is left will take: the plan's own estimates, corrected by what was measured.
struct PlanClock {
  private var left: Double
  private var estimated = 0.0
  private var measured = 0.0

  init(_ plan: Plan) { left = plan.seconds }

  mutating func note(_ stage: PlanStage, took seconds: Double) {
    left -= stage.seconds
    estimated += stage.seconds
    measured += seconds
  }

  /// How much slower this machine is. Two minutes as estimated count with what was measured, so that a
  /// few short stages say little.
  private var factor: Double { (measured + Self.faith) / (estimated + Self.faith) }
  private static let faith = 120.0

  func text(of stage: PlanStage) -> String { Quantity.duration(stage.seconds * factor) }
  var textOfRest: String { Quantity.duration(max(left, 0) * factor) }
}
