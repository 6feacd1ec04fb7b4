import ArgumentParser
import Commands
import Evaluation
import Foundation
import Support

/// `pbe-eval study make`: a page on which raters rank the results of several runs.
struct StudyMakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make",
    abstract: "Make the page on which raters rank the results of several runs.",
    discussion: """
      Writes one self-contained page, to be sent to raters or put on a web server, and study.json, \
      the key to which result is whose: keep it to yourself. The page names no method, keeps answers \
      in the rater's browser, and sends nothing anywhere: raters save a file and send it to you.

      Examples:
        pbe-eval study make runs/ours runs/copy-paste --output runs/study
        pbe-eval study make runs/a runs/b runs/c --names ours,sd,dccf \\
          --groups 20 --raters 12 --jpeg 95 --output study.html
      """)

  @Argument(
    help: ArgumentHelp(
      "The --output folders of 2 to 9 finished runs on one bench; or folders of pictures made "
        + "elsewhere, named NNNNNNNNNNNN.png, with --bench.", valueName: "run"))
  var runs: [String]

  @Option(
    help: ArgumentHelp(
      "The folder for study.html and study.json, or the page's own path; study.json lies beside it.",
      valueName: "dir|file.html"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "What the methods are called in tables. (default: the folders' names)", valueName: "name,…"),
    transform: { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) })
  var names: [String]?

  @Option(
    help: ArgumentHelp("The bench. (default: the one that the runs scored)", valueName: "dir"))
  var bench: String?

  @Option(help: ArgumentHelp("Cases to rank, drawn at random.", valueName: "n"))
  var groups = 30

  @Option(help: ArgumentHelp("Raters to make codes for.", valueName: "n"))
  var raters = 50

  @Option(
    help: ArgumentHelp(
      "Groups to show twice, to see whether raters agree with themselves.",
      valueName: "n"))
  var repeats = 2

  @Option(
    help: ArgumentHelp(
      "Extra groups in which one picture is spoiled, to see whether raters look.",
      valueName: "n"))
  var attention = 1

  @Option(help: "What is drawn depends on it.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Hold pictures as JPEG of this quality, 1 to 100, for a smaller page. (default: PNG, which "
        + "loses nothing)", valueName: "quality"))
  var jpeg: Int?

  @Option(help: ArgumentHelp("What raters read at the top.", valueName: "text"))
  var title: String?

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard (2...9).contains(runs.count) else {
      throw ValidationError("Give 2 to 9 runs, not \(runs.count): raters rank them by number keys.")
    }
    let limits: [(String, Int, ClosedRange<Int>)] = [
      ("groups", groups, 1...1000), ("raters", raters, 1...10_000),
      ("repeats", repeats, 0...groups),
      ("attention", attention, 0...100), ("jpeg", jpeg ?? 100, 1...100),
    ]
    for (name, value, range) in limits where !range.contains(value) {
      throw ValidationError(
        "--\(name) must be \(range.lowerBound) to \(range.upperBound), not \(value).")
    }
    if let title, !(1...200).contains(title.count) {
      throw ValidationError("--title must have 1 to 200 characters, not \(title.count).")
    }
  }

  func run() throws {
    threadCount = threads.count
    if let names, names.count != runs.count {
      throw StudyError.nameCount(names: names.count, runs: runs.count)
    }
    let found = try runs.enumerated().map { place, run in
      try StudyRun(at: URL(filePath: run), name: names?[place])
    }
    let maker = try StudyMaker(
      found, bench: bench.map { URL(filePath: $0) }, settings: settings, progress: .terminal)
    try Folder.make(page.deletingLastPathComponent().relativePath)
    let made = try maker.make()
    try made.write(page: page)
    printText(made.summary(page: page))
  }

  private var settings: StudySettings {
    var settings = StudySettings()
    (settings.groups, settings.raters, settings.seed) = (groups, raters, seed)
    (settings.repeats, settings.attention, settings.jpeg) = (repeats, attention, jpeg)
    if let title { settings.title = title }
    return settings
  }

  private var page: URL {
    let output = URL(filePath: output)
    return output.pathExtension.lowercased() == "html"
      ? output : output.appending(path: "study.html")
  }
}
