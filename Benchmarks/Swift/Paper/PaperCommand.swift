import ArgumentParser
import Commands
import Foundation
import Support

/// `pbe-bench paper`: the paper's results section in miniature, from nothing.
struct PaperCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paper",
    abstract: "Run the paper's results section again in miniature, on procedural scenes.",
    discussion: """
      Trains every model and every judge, scores every method, and writes the report: hours on two \
      cores. Every stage is a command of ours, printed so that you can give it yourself. Killed \
      anywhere and started again it goes on where it was, to the same files.

      Examples:
        pbe-bench paper --output runs/paper
        pbe-bench paper --output runs/quick-paper --quick
        pbe-bench paper --output runs/paper --list
      """)

  @Option(help: ArgumentHelp("Folder for all of it.", valueName: "dir"))
  var output: String

  @Option(
    help: ArgumentHelp("The report in Markdown. (default: OUTPUT/paper.md)", valueName: "file.md"))
  var document: String?

  @Flag(help: "Too little of everything to learn anything from, in minutes.")
  var quick = false

  @Flag(help: "Print the stages' commands and about how long they take, and do nothing.")
  var list = false

  @Option(
    help: ArgumentHelp(
      "Carry out these stages instead: a list of objects with name, title, command, inputs, product and "
        + "seconds.", valueName: "file.json"))
  var plan: String?

  func run() throws {
    let plan =
      try self.plan.map(Self.plan(from:)) ?? Self.plan(output, quick: quick, document: document)
    guard !list else { return print(Self.listing(plan)) }
    let runner = PlanRunner(plan, in: output, programs: Self.programs)
    switch try runner.run() {
    case .done: printText("Done: \(output)")
    case .stopped: printText("Stopped. The same command goes on from here.")
    }
  }

  static func plan(_ output: String, quick: Bool, document: String?) throws -> Plan {
    try PaperPlan(
      PaperFolder(output), quick ? .quick : .full, document: document ?? "\(output)/paper.md"
    ).plan
  }

  private static func plan(from file: String) throws -> Plan {
    do {
      return try Plan(
        JSONDecoder().decode([PlanStage].self, from: FileSystem.contents(of: file)))
    } catch is DecodingError {
      throw PlanError.malformed("\(file) is no list of stages")
    }
  }

  private static func listing(_ plan: Plan) -> String {
    let lines = plan.stages.enumerated().map { place, stage in
      "[\(place + 1)/\(plan.stages.count)] \(stage.title), about \(Quantity.duration(stage.seconds))\n"
        + "  \(stage.line(programs: programs))"
    }
    return lines.joined(separator: "\n") + "\nAbout \(Quantity.duration(plan.seconds)) in all."
  }

  /// The folder of this program, where the others are, too; as it was called, which is shorter to read.
  private static var programs: String {
    let called = CommandLine.arguments[0]
    guard called.contains("/") else {
      let path =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
      return path.parentFolder + "/"
    }
    return called.parentFolder + "/"
  }
}

/// `pbe-bench paper-report`: the last stage of `pbe-bench paper`.
struct PaperReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paper-report",
    abstract: "Write the report of a finished 'pbe-bench paper' again.",
    discussion: """
      Everything comes from what the stages wrote. A text of your own about why claims failed stands \
      beside the document as NAME-notes.md and is put into it.

      Example:
        pbe-bench paper-report --output runs/paper --document docs/paper.md
      """)

  @Option(help: ArgumentHelp("The folder of 'pbe-bench paper'.", valueName: "dir"))
  var output: String

  @Option(
    help: ArgumentHelp("The report in Markdown. (default: OUTPUT/paper.md)", valueName: "file.md"))
  var document: String?

  @Flag(help: "The run was a quick one.")
  var quick = false

  func run() throws {
    let file = document ?? "\(output)/paper.md"
    let stem = file.hasSuffix(".md") ? String(file.dropLast(3)) : file
    let notes = "\(stem)-notes.md"
    let analysis =
      FileSystem.exists(notes)
      ? String(decoding: try FileSystem.contents(of: notes), as: UTF8.self) : ""
    let evidence = try PaperEvidence(PaperFolder(output), quick ? .quick : .full)
    let report = PaperReport(
      evidence: evidence, plan: try PaperCommand.plan(output, quick: quick, document: document),
      analysis: analysis.trimmingCharacters(in: .whitespacesAndNewlines))
    let written = try report.document()
    try Folder.make(stem)
    for file in written.files { try AtomicFile.write(file.data, to: "\(stem)/\(file.name)") }
    try AtomicFile.write(Data(written.markdown(pictures: stem.lastName).utf8), to: file)
    try AtomicFile.write(Data(written.page.html.utf8), to: "\(output)/report.html")
    printText("Wrote \(file) and \(output)/report.html.")
  }
}
