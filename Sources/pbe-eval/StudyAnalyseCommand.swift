import ArgumentParser
import Commands
import Evaluation
import Foundation
import Support

/// `pbe-eval study analyse`: what raters' rankings say.
struct StudyAnalyseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyse",
    abstract: "Analyse the rankings of a study.",
    discussion: """
      Takes what raters saved from the page, or tables of ranks from a study that was made elsewhere: \
      CSV with the columns rater, group, question, method and rank. Shows mean ranks with 95 % \
      intervals of a bootstrap over raters and groups, every pair's difference, Friedman's test and \
      Kendall's W, Plackett-Luce strengths, and raters who seem to answer at random.

      --means analyses what papers print: mean ranks alone.

      Examples:
        pbe-eval study analyse answers-*.json --study runs/study/study.json
        pbe-eval study analyse ranks.csv --output runs/study/analysis
        pbe-eval study analyse --means paper
        pbe-eval study analyse --means means.csv --raters 20 --groups 10
      """,
    aliases: ["analyze"])

  @Argument(
    help: ArgumentHelp("Raters' answers (.json), or tables of ranks (.csv).", valueName: "answers"))
  var answers: [String] = []

  @Option(
    help: ArgumentHelp(
      "The key to the page: the study.json that was made with it.",
      valueName: "study.json"))
  var study: String?

  @Option(
    help: ArgumentHelp(
      "Instead of answers: mean ranks, a line for each method, method,quality,…; or 'paper' for the "
        + "paper's own.", valueName: "file.csv|paper"))
  var means: String?

  @Option(help: ArgumentHelp("With --means: how many raters they are of.", valueName: "n"))
  var raters: Int?

  @Option(help: ArgumentHelp("With --means: how many groups they are of.", valueName: "n"))
  var groups: Int?

  @Flag(help: "Leave out raters who are flagged; decide so before you see the results.")
  var withoutFlagged = false

  @Option(help: "Of the resamples.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Also write analysis.json and analysis.html (with --means: means.json) to this folder.",
      valueName: "dir"))
  var output: String?

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if means == nil {
      guard !answers.isEmpty else {
        throw ValidationError("Give files of answers, or --means.")
      }
      if raters != nil || groups != nil {
        throw ValidationError(
          "--raters and --groups go with --means: answers say how many there are.")
      }
      for file in answers
      where !["json", "csv"].contains(URL(filePath: file).pathExtension.lowercased()) {
        throw ValidationError("\(file): expected a name that ends in .json or .csv.")
      }
    } else {
      guard answers.isEmpty, study == nil, !withoutFlagged else {
        throw ValidationError("Give either answers or --means, not both.")
      }
      guard means == "paper" || (raters != nil && groups != nil) else {
        throw ValidationError("--means \(means ?? "") needs --raters and --groups.")
      }
    }
    for (name, value) in [("raters", raters), ("groups", groups)] {
      if let value, !(1...1_000_000).contains(value) {
        throw ValidationError("--\(name) must be 1 to 1000000, not \(value).")
      }
    }
  }

  func run() throws {
    threadCount = threads.count
    let folder = output.map { URL(filePath: $0) }
    if let means {
      let found =
        means == "paper"
        ? MeansAnalysis.published.with(raters: raters, groups: groups)
        : try MeansAnalysis(table: means, raters: raters ?? 1, groups: groups ?? 1)
      printText(found.summary)
      try folder.map { try found.write(to: $0) }
    } else {
      let found = try StudyAnalysis(
        files: answers, study: study.map { try Study(contentsOf: $0) },
        excludingFlagged: withoutFlagged, seed: seed)
      printText(found.summary)
      try folder.map { try found.write(to: $0) }
    }
    if let folder {
      let name = means == nil ? "analysis.html" : "means.json"
      printText("Analysis: \(folder.appending(path: name).relativePath)")
    }
  }
}
