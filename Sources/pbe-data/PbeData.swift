import ArgumentParser
import Commands
import Support

/// The program: what is done to data before training.
@main
package struct PbeData: Program {
  package static let configuration = CommandConfiguration(
    commandName: "pbe-data",
    abstract: "Prepare and inspect training data.",
    discussion: """
      Example:
        pbe-data index --dataset open-images --split train --output train.jsonl
      """,
    version: Version.current,
    subcommands: [
      IndexCommand.self, ImportCommand.self, PreviewCommand.self, ScenesCommand.self,
      VocabularyCommand.self,
    ])

  package init() {}
}
