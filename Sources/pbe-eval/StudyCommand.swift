import ArgumentParser

/// `pbe-eval study`: people rank results, and what their rankings say.
struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Have people rank the results of several runs, and analyse their rankings.",
    discussion: """
      make lays out a page for raters, who need nothing but a browser; analyse reads what they send \
      back. docs/study.md tells how to run a study and what the numbers mean.

      Examples:
        pbe-eval study make runs/ours runs/copy-paste runs/blur-fill \\
          --groups 30 --raters 50 --output runs/study
        pbe-eval study analyse runs/study/answers-*.json \\
          --study runs/study/study.json --output runs/study/analysis
        pbe-eval study analyse --means paper
      """,
    subcommands: [StudyMakeCommand.self, StudyAnalyseCommand.self])
}
