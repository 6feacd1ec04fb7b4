import ArgumentParser
import Commands
import Support

/// `pbe-convert`: between the forms in which models circulate.
@main
package struct PbeConvert: Program {
  package static let configuration = CommandConfiguration(
    commandName: "pbe-convert",
    abstract: "Convert models between the forms in which they circulate.",
    discussion: """
      Examples:
        pbe-convert --from runs/mine --to my-model --precision fp16
        pbe-convert run --model my-model --component unet --inputs in.safetensors \\
          --outputs out.safetensors
        pbe-convert tokenize --tokenizer my-model/tokenizer --input prompts.txt \\
          --output tokens.jsonl
      """,
    version: Version.current,
    subcommands: [CopyCommand.self, RunCommand.self, TokenizeCommand.self],
    defaultSubcommand: CopyCommand.self)

  package init() {}
}
