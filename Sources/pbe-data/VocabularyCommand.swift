import ArgumentParser
import Commands
import Datasets
import Models
import Support

struct VocabularyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vocabulary",
    abstract: "Learn a small vocabulary for CLIP's tokenizer from a manifest's captions.",
    discussion: """
      Writes vocab.json, merges.txt and what transformers keeps beside them. Any text has tokens, \
      since every byte is one; words of the captions become few. The same captions give the same \
      files.

      Example:
        pbe-data vocabulary --captions runs/scenes/train.jsonl --output runs/vocabulary
      """)

  @Option(help: ArgumentHelp("A manifest with captions.", valueName: "file.jsonl"))
  var captions: String

  @Option(help: ArgumentHelp("Folder to write to; created if it does not exist.", valueName: "dir"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "The most pairs of tokens that become one; fewer when every word is one token.",
      valueName: "n"))
  var merges = 4096

  @Option(help: ArgumentHelp("Tokens of a text, its start and its end among them.", valueName: "n"))
  var length = 16

  func validate() throws {
    guard (0...65_536).contains(merges) else {
      throw ValidationError("--merges must be between 0 and 65536, not \(merges).")
    }
    guard (3...1024).contains(length) else {
      throw ValidationError("--length must be between 3 and 1024, not \(length).")
    }
    if output.isEmpty { throw ValidationError("--output is empty; give a folder.") }
  }

  func run() throws {
    let dataset = try Dataset.open(path: captions, split: .train, progress: .terminal)
    guard dataset.hasCaptions else {
      throw UsageError("\(captions): has no captions; its lines need `caption` or `captions`")
    }
    let texts = dataset.lazy.flatMap { $0.captions.joined() }
    let tokenizer = try LearntVocabulary(texts, merges: merges, length: length).tokenizer()
    if FileSystem.exists(output) {
      try tokenizer.write(to: output)
    } else {
      try AtomicFolder.make(output) { try tokenizer.write(to: $0) }
    }
    printText("\(output): \(tokenizer.vocabularySize) tokens, texts of \(tokenizer.length)")
  }
}
