import ArgumentParser
import Commands
import Evaluation
import Foundation
import Support

/// `pbe-eval compare`: what changed from one run to another.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare two finished runs, case by case.",
    discussion: """
      Shows B - A over the cases that both have scored, with 95 % bootstrap intervals and p-values of \
      the sign-flip test (distances have no value for a case: normal, from both standard errors).

      With --metrics or --tolerance, the exit code is 1 if a chosen metric (without --metrics, any) \
      got worse: by more than its tolerance or, if it has none, by a difference whose interval \
      excludes zero. Without either, the exit code is 0 whatever changed.

      Examples:
        pbe-eval compare runs/before runs/after
        pbe-eval compare runs/before runs/after --metrics clip_score,background.psnr
        pbe-eval compare runs/before runs/after \\
          --tolerance clip_score=0.5,clip_fid=0.1 --output comparison.html
      """)

  @Argument(help: "The --output folder of the run to compare with.")
  var runA: String

  @Argument(help: "The --output folder of the run in question.")
  var runB: String

  @Option(
    help: ArgumentHelp(
      "Compare only these: \(MetricList.standard.figures.map(\.path).joined(separator: ",")), or "
        + "background and reference_similarity for all of theirs.",
      valueName: "names"),
    transform: CompareCommand.figureList)
  var metrics: [String]?

  @Option(
    help: ArgumentHelp(
      "How much worse a metric may get, in its own unit: one number for all, or by name.",
      valueName: "x|name=x,…"),
    transform: Tolerances.init(parsing:))
  var tolerance: Tolerances?

  @Option(
    help: ArgumentHelp("Also write the comparison to this file.", valueName: "file.json|file.html"))
  var output: String?

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if let output, !["json", "html"].contains(URL(filePath: output).pathExtension.lowercased()) {
      throw ValidationError("--output is \(output), expected a name that ends in .json or .html.")
    }
    if let metrics, let other = tolerance?.named.keys.first(where: { !metrics.contains($0) }) {
      throw ValidationError(
        "--tolerance names \(other), which --metrics leaves out. Add it to --metrics.")
    }
  }

  func run() throws {
    threadCount = threads.count
    if let output { try AtomicFile.checkWritable(output) }
    let comparison = try RunComparison(URL(filePath: runA), URL(filePath: runB), figures: metrics)
    printText(comparison.summary)
    if let output {
      try comparison.write(to: URL(filePath: output))
      printText("Comparison: \(output)")
    }
    try gate?.check(comparison)
  }

  private var gate: RegressionGate? {
    guard metrics != nil || tolerance != nil else { return nil }
    let named = tolerance?.named ?? [:]
    let isByNameOnly = metrics == nil && tolerance?.general == nil
    return RegressionGate(
      figures: metrics.map { Set($0) } ?? (isByNameOnly ? Set(named.keys) : nil),
      tolerance: tolerance?.general, tolerances: named)
  }

  @Sendable private static func figureList(_ argument: String) throws -> [String] {
    try argument.split(separator: ",", omittingEmptySubsequences: false).flatMap {
      try figures(named: $0.trimmingCharacters(in: .whitespaces))
    }
  }

  static func figures(named name: String) throws -> [String] {
    let found = MetricList.standard.figures(named: name).map(\.path)
    guard !found.isEmpty else {
      let known = MetricList.standard.figures.map(\.path)
      throw ValidationError(
        "'\(name)' is no metric\(didYouMean(name, in: known)). "
          + "There are: \(known.joined(separator: ", ")).")
    }
    return found
  }
}

/// What `--tolerance` says.
struct Tolerances {
  /// For every metric without its own.
  private(set) var general: Double?
  private(set) var named: [String: Double] = [:]

  @Sendable init(parsing argument: String) throws {
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard let text = halves.last, let value = Double(text), value.isFinite, value >= 0 else {
        throw ValidationError(
          "--tolerance: found '\(part)', expected a number of at least 0, or NAME=NUMBER.")
      }
      if halves.count == 1 {
        general = value
      } else {
        for figure in try CompareCommand.figures(named: halves[0]) { named[figure] = value }
      }
    }
  }
}
