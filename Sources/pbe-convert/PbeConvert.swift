import ArgumentParser
import Console

/// `pbe-convert`: between the forms in which models circulate.
@main
struct PbeConvert: Program {
  static let configuration = CommandConfiguration(
    commandName: "pbe-convert",
    abstract: "Write models in the form that others need.",
    discussion: """
      Example:
        pbe-convert --from runs/mine --to my-model --precision fp16
      """,
    version: Version.current,
    subcommands: [CopyCommand.self],
    defaultSubcommand: CopyCommand.self)
}
