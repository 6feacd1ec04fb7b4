import ArgumentParser
import Commands
import Foundation
import Models
import Support

/// `pbe-convert tokenize`: texts to the numbers that a text encoder takes, to be compared with other
/// tokenizers.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Write the tokens of a file's lines.",
    discussion: """
      The tokenizer is CLIP's, as transformers has it: a folder with vocab.json and merges.txt or \
      tokenizer.json, a model folder that holds one in tokenizer/, or OpenAI's \
      bpe_simple_vocab_16e6.txt.gz.

      Every line becomes one JSON list of numbers, between the start and the end token. Long texts \
      are cut and short ones padded as the tokenizer says.

      Example:
        pbe-convert tokenize --tokenizer MODEL/tokenizer --input prompts.txt --output tokens.jsonl
      """)

  @Option(help: ArgumentHelp("The tokenizer's folder or file.", valueName: "DIR"))
  var tokenizer: String

  @Option(help: ArgumentHelp("A text file, one text a line.", valueName: "FILE"))
  var input: String

  @Option(help: ArgumentHelp("The file to write, one JSON list a line.", valueName: "FILE"))
  var output: String

  @Flag(help: "Write as many tokens as a text has, neither cut nor padded.")
  var unpadded = false

  func run() throws {
    try AtomicFile.checkWritable(output)
    let tokenizer = try Tokenizer(at: tokenizer)
    Interruption.listen()
    do {
      let count = try tokenizer.tokenize(linesOf: input, to: output, isPadded: !unpadded) {
        Interruption.isWanted
      }
      printText("Wrote the tokens of \(count) lines to \(output).")
    } catch is CancellationError {
      throw ExitCode(130)
    }
  }
}
