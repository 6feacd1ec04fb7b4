import ArgumentParser
import Foundation
import TestSupport
import Testing
import pbe_bench
import pbe_convert
import pbe_data
import pbe_eval
import pbe_sample
import pbe_train

/// Every command in the documentation and in the programs' own help exists as written there.
@Suite struct DocumentedCommandsTests {
  private static let programs: [String: any ParsableCommand.Type] = [
    "pbe-train": PbeTrain.self, "pbe-sample": PbeSample.self, "pbe-eval": PbeEval.self,
    "pbe-data": PbeData.self, "pbe-convert": PbeConvert.self, "pbe-bench": PbeBench.self,
  ]

  @Test(arguments: DocumentedCommand.files)
  func everyCommandParses(_ file: String) throws {
    for command in try DocumentedCommand.all(in: file) {
      guard let program = Self.programs[command.program] else {
        Issue.record("\(command.place): there is no \(command.program)")
        continue
      }
      do {
        _ = try program.parseAsRoot(command.arguments)
      } catch {
        let asksForHelp = program.exitCode(for: error).isSuccess
        #expect(asksForHelp, "\(command.place): \(command)\n\(program.message(for: error))")
      }
    }
  }

  /// A page's commands run in order, so that one can use what an earlier one made.
  @Test(arguments: DocumentedCommand.files)
  func commandsThatNeedOnlyTheRepositoryRun(_ file: String) throws {
    let commands = try DocumentedCommand.all(in: file).filter(\.isQuick)
    guard !commands.isEmpty else { return }
    let folder = try TemporaryFolder("documented")
    try folder.copy("Examples/scenes", "Configs", from: DocumentedCommand.repository)
    for command in commands where command.hasItsInputs(in: folder.url) {
      let outcome = try Program(name: command.program).run(
        command.shortened, in: folder.url.path)
      #expect(outcome.exitCode == 0, "\(command.place): \(command)\n\(outcome.error)")
    }
  }

  /// What the page shows is what the client package compiles.
  @Test func theLibraryPageShowsTheClientsCode() throws {
    func text(_ path: String) throws -> String {
      try String(contentsOf: DocumentedCommand.repository.appending(path: path), encoding: .utf8)
    }
    let example = try text("Examples/Client/Sources/EditAPicture.swift")
    #expect(try text("docs/library.md").contains("```swift\n\(example)```\n"))
  }

  /// Guards the tests above against a page that they no longer understand.
  @Test func everyProgramIsDocumentedAndSomeCommandsRun() throws {
    let commands = try DocumentedCommand.files.flatMap { try DocumentedCommand.all(in: $0) }
    #expect(Set(commands.map(\.program)) == Set(Self.programs.keys))
    let run = commands.filter { $0.isQuick && $0.hasItsInputs(in: DocumentedCommand.repository) }
    #expect(Set(run.map(\.program)).isSuperset(of: ["pbe-sample", "pbe-data", "pbe-convert"]))
  }
}

extension TemporaryFolder {
  fileprivate func copy(_ paths: String..., from repository: URL) throws {
    for path in paths {
      try FileManager.default.createDirectory(
        at: file(path).deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: repository.appending(path: path), to: file(path))
    }
  }
}

/// A command as a page or a program's help shows it.
private struct DocumentedCommand: CustomStringConvertible {
  /// The file and line that it is on.
  let place: String
  let program: String
  let arguments: [String]

  var description: String { ([program] + arguments).joined(separator: " ") }

  static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  /// Pages, and sources whose help shows examples; relative to the repository.
  static let files: [String] = {
    let pages = ["README.md", "CONTRIBUTING.md", "Examples/scenes/README.md"]
    let documents = names(in: "docs", ending: ".md")
    let programs = names(in: "Sources").filter { $0.hasPrefix("Sources/pbe-") }
    let sources = (programs + ["Benchmarks/Swift"]).flatMap { names(in: $0, ending: ".swift") }
    return pages + documents + sources
  }()

  private static func names(in folder: String, ending: String = "") -> [String] {
    let path = repository.appending(path: folder).path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(ending) }.sorted().map { "\(folder)/\($0)" }
  }

  /// The commands of a page's `sh` blocks or of a source's examples, in order.
  static func all(in file: String) throws -> [DocumentedCommand] {
    let text = try String(contentsOf: repository.appending(path: file), encoding: .utf8)
    let isPage = file.hasSuffix(".md")
    var commands: [DocumentedCommand] = []
    var isInside = false
    var unfinished = (line: 0, text: "")
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      let content = line.trimmingCharacters(in: .whitespaces)
      guard isInside else {
        isInside = isPage ? content == "```sh" : content.wholeMatch(of: /Example.*:/) != nil
        continue
      }
      guard !content.hasPrefix(isPage ? "```" : "\"\"\"") else {
        isInside = false
        continue
      }
      if unfinished.text.isEmpty { unfinished.line = index + 1 }
      // Swift's literals have a backslash doubled.
      let continuation = isPage ? "\\" : "\\\\"
      if content.hasSuffix(continuation) {
        unfinished.text += content.dropLast(continuation.count)
        continue
      }
      let place = "\(file):\(unfinished.line)"
      let whole = (unfinished.text + content).components(separatedBy: " #")[0]
      commands += whole.components(separatedBy: "&&").compactMap { Self($0, place) }
      unfinished.text = ""
    }
    return commands
  }

  /// Nil for what is none of this package's programs.
  private init?(_ text: String, _ place: String) {
    // A text between quotes is one argument.
    let found = text.matches(of: /"([^"]*)"|[^\s"]+/)
    var words = found.map { String($0.output.1 ?? $0.output.0) }[...]
    while let first = words.first, first.contains("=") { words.removeFirst() }  // PBE_CPU=v3
    // The package in Serve parses those of its own command.
    guard let name = words.first?.split(separator: "/").last, name.hasPrefix("pbe-"),
      name != "pbe-serve"
    else { return nil }
    (program, arguments, self.place) = (String(name), Array(words.dropFirst()), place)
  }

  /// Whether it ends within seconds once it is ``shortened``. Training does not, and neither it nor a
  /// preview finds the pictures that a configuration names.
  var isQuick: Bool {
    guard program != "pbe-bench" else { return false }
    let needsPictures = program == "pbe-train" || arguments.first == "preview"
    return !needsPictures || arguments.contains("--print-config")
  }

  private static let inputs: Set = [
    "--model", "--image", "--mask", "--reference", "--manifest", "--config", "--bench", "--results",
    "--from", "--gmm", "--inputs", "--dataset", "--clip", "--inception", "--reference-statistics",
    "--images", "--noise", "--resume", "--captions", "--study", "--means", "--tokenizer", "--input",
    "--lora", "--merge-lora", "--decoder-of",
  ]

  /// Whether every file that it reads exists.
  func hasItsInputs(in folder: URL) -> Bool {
    var files: [String] = []
    // What follows the subcommand or an option that takes several values.
    var takesFiles = false
    for (place, word) in arguments.enumerated() {
      if word.hasPrefix("--") {
        takesFiles = Self.inputs.contains(word)
      } else if ["merge", "compare"].contains(word), place == 0 {
        takesFiles = true
      } else if ["make", "analyse"].contains(word), place == 1 {
        takesFiles = true
      } else if takesFiles, Int(word) == nil, !word.contains("="), word != "paper" {
        files.append(word)
      }
    }
    return files.allSatisfy {
      FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
    }
  }

  /// Its arguments with fewer steps and pictures.
  var shortened: [String] {
    let most = ["--steps": 2, "--images": 2, "--bench": 3]
    return zip([""] + arguments, arguments).map { option, value in
      guard let most = most[option], let count = Int(value) else { return value }
      return "\(min(count, most))"
    }
  }
}
