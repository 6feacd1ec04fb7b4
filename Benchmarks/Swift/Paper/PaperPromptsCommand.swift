import ArgumentParser
import Commands
import Foundation
import Support

/// `pbe-bench paper-prompts`: a bench again for each number of details that its captions have.
struct PaperPromptsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paper-prompts",
    abstract: "Make benches whose captions have one, two, three and four details.",
    discussion: """
      Each is a folder of OUTPUT with links to the bench's pictures and captions of its own, so that \
      `--prompt "{caption}"` says more from one to the next. The bench is one of 'pbe-data scenes'.

      Example:
        pbe-bench paper-prompts --bench runs/paper/scenes/bench --output runs/paper/prompts
      """)

  @Option(help: ArgumentHelp("The bench.", valueName: "dir"))
  var bench: String

  @Option(
    help: ArgumentHelp("The folder to write to; created if it does not exist.", valueName: "dir"))
  var output: String

  func run() throws {
    let captions = try PaperFiles.lines("\(bench)/captions.jsonl")
    let entries = try FileSystem.names(in: bench).filter { $0 != "captions.jsonl" }.sorted()
    let source = URL(filePath: bench).standardizedFileURL.path
    for details in PaperEvidence.details {
      let folder = "\(output)/\(details)"
      try Folder.make(folder)
      for entry in entries {
        let link = "\(folder)/\(entry)"
        guard (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) == nil else {
          continue
        }
        try FileManager.default.createSymbolicLink(
          atPath: link, withDestinationPath: "\(source)/\(entry)")
      }
      let lines = try captions.map { line in
        guard let caption = line["caption_\(details)"], let id = line["id"],
          let noun = line["class"]
        else {
          throw PaperRunError(
            folder: bench, reason: "its captions.jsonl has no `caption_\(details)`")
        }
        return try Self.line(["id": id, "class": noun, "caption": caption])
      }
      // Last: what it is there for is there once it is done.
      try AtomicFile.write(Data(lines.joined().utf8), to: "\(folder)/captions.jsonl")
    }
    printText("Wrote \(PaperEvidence.details.count) benches to \(output).")
  }

  private static func line(_ members: [String: JSONValue]) throws -> String {
    let fields = members.sorted { $0.key < $1.key }.map { key, value in
      "\(JSONValue.quoted(key)): \(value.text)"
    }
    return "{" + fields.joined(separator: ", ") + "}\n"
  }
}
