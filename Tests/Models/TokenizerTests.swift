import Foundation
import Models
import Support
import TestSupport
import Testing

/// Tokens against transformers' fast CLIP tokenizer: Tests/Golden/text.py. CLIP's own vocabulary is
/// compared by Tests/Golden/tokens_in_bulk.py.
@Suite struct TokenizerTests {
  private static func fixture(_ name: String) -> String { Golden.file("text/\(name)").path }

  private func expected(_ name: String) throws -> [(text: String, tokens: [Int])] {
    let data = try Data(contentsOf: Golden.file("text/tokens.json"))
    guard case .array(let cases) = try JSONValue(parsing: data) else { return [] }
    return cases.compactMap { value in
      guard case .object(let members) = value, case .string(let text)? = members["text"],
        case .array(let tokens)? = members[name]
      else { return nil }
      return (
        text,
        tokens.compactMap {
          if case .integer(let token) = $0 { token } else { nil }
        }
      )
    }
  }

  /// Made-up vocabularies: Stable Diffusion's files; merges in an order that no training makes, bytes
  /// that are missing and tokens that strip spaces; what transformers 5 saves.
  @Test(arguments: ["plain", "shuffled", "unified"])
  func tokensAreThoseOfTransformers(_ name: String) throws {
    let tokenizer = try Tokenizer(at: Self.fixture(name))
    let cases = try expected(name)
    #expect(cases.count == 360)
    for (text, tokens) in cases {
      #expect(tokenizer.encode(text) == tokens, "\(text.debugDescription)")
    }
  }

  /// As `padding="max_length", truncation=True`: the end token stays, whatever is cut off.
  @Test func textsAreCutAndPaddedAsTheFilesSay() throws {
    let tokenizer = try Tokenizer(at: Self.fixture("shuffled"))
    #expect(tokenizer.length == 12)
    let (start, end, pad) = (tokenizer.startToken, tokenizer.endToken, tokenizer.padToken)
    #expect(Set([start, end, pad]).count == 3)
    #expect(tokenizer("") == [start, end] + Array(repeating: pad, count: 10))
    for (text, tokens) in try expected("shuffled") {
      let cut = tokens.count > 12 ? tokens.prefix(11) + [end] : tokens[...]
      #expect(tokenizer(text) == cut + Array(repeating: pad, count: 12 - cut.count))
    }
    #expect(try Tokenizer(at: Self.fixture("plain")).length == 77)
  }

  /// A word takes time in proportion to its length; with its square this would take hours.
  @Test(.timeLimit(.minutes(1)))
  func hostileWordsTakeNoMoreTimeThanOthers() throws {
    let tokenizer = try Tokenizer(at: Self.fixture("plain"))
    for piece in ["a", "!", "<|endoftext", "\u{301}", "'", "ab"] {
      let tokens = tokenizer.encode(String(repeating: piece, count: 60_000 / piece.utf8.count))
      #expect(tokens.count > 100)
    }
  }

  @Test func whatIsWrittenIsTheSameTokenizer() throws {
    let folder = try TemporaryFolder()
    for name in ["plain", "shuffled", "unified"] {
      let tokenizer = try Tokenizer(at: Self.fixture(name))
      let copy = folder.file(name).path
      try tokenizer.write(to: copy)
      let read = try Tokenizer(at: copy)
      #expect(read.vocabularySize == tokenizer.vocabularySize)
      #expect(read.padToken == tokenizer.padToken && read.length == tokenizer.length)
      for (text, tokens) in try expected(name) { #expect(read.encode(text) == tokens) }
    }
  }

  /// OpenAI's file holds merges alone; the tokens and their numbers follow, and zeros fill up.
  @Test func openAIsFileMakesItsVocabulary() throws {
    let folder = try TemporaryFolder()
    let merges = try String(
      contentsOf: Golden.file("text/plain/merges.txt"), encoding: .utf8)
    let path = folder.file("bpe_simple_vocab_16e6.txt").path
    try Data(merges.utf8).write(to: URL(fileURLWithPath: path))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-n", path]
    try process.run()
    process.waitUntilExit()
    let tokenizer = try Tokenizer(at: path + ".gz")
    #expect(try Tokenizer(at: folder.url.path).vocabularySize == 914)
    #expect(tokenizer.startToken == 912 && tokenizer.endToken == 913 && tokenizer.padToken == 0)
    for (text, tokens) in try expected("plain") where !text.lowercased().contains("text|>") {
      #expect(tokenizer.encode(text) == tokens)
    }
    let packed = try Data(contentsOf: URL(fileURLWithPath: path + ".gz"))
    try packed.dropLast(200).write(to: URL(fileURLWithPath: path + ".gz"))
    #expect(message(path + ".gz").contains("damaged compressed data"))
  }

  private func message(_ path: String) -> String {
    do {
      _ = try Tokenizer(at: path)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  /// Where the damage is, and what was expected there.
  @Test func damagedFilesAreExplained() throws {
    let folder = try TemporaryFolder()
    let names = ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"]
    func damage(_ file: String, _ edit: (String) -> String) throws -> String {
      for name in names {
        let text = try String(
          contentsOf: Golden.file("text/plain/\(name)"), encoding: .utf8)
        try Data((name == file ? edit(text) : text).utf8).write(to: folder.file(name))
      }
      return message(folder.url.path)
    }
    func edited(_ text: String, line: Int, _ new: String) -> String {
      var lines = text.components(separatedBy: "\n")
      lines[line - 1] = new
      return lines.joined(separator: "\n")
    }
    #expect(try damage("vocab.json") { $0 } == "no error")
    let cut = try damage("vocab.json") { String($0.prefix($0.count / 2)) }
    #expect(cut.contains("vocab.json: line 1: character") && cut.contains("copy or download"))
    #expect(
      try damage("vocab.json") { $0.replacing("\"!\": 0", with: "\"!\": -1") }
        .contains("the token '!' has the number -1, expected its number, from 0"))
    let merge = try damage("merges.txt") { edited($0, line: 7, "one two three") }
    #expect(merge.contains("merges.txt: line 7: is 'one two three', expected two tokens"))
    #expect(
      try damage("merges.txt") { edited($0, line: 9, "qqq zzz") }
        .contains("merges.txt: line 9: joins 'qqq' and 'zzz', but 'qqq' is no token of"))
    #expect(try damage("merges.txt") { edited($0, line: 3, "") }.contains("line 3: is empty"))
    let other = try damage("tokenizer_config.json") {
      $0.replacing("CLIPTokenizer", with: "T5Tokenizer").replacing("77", with: "1")
    }
    #expect(other.contains("`tokenizer_class` is \"T5Tokenizer\", supported: \"CLIPTokenizer\""))
    #expect(other.contains("`model_max_length` is 1, expected a whole number of at least 2"))
    let empty = try TemporaryFolder()
    #expect(message(empty.url.path).contains("holds no tokenizer of CLIP: expected vocab.json"))
    #expect(message("/nowhere/at/all").contains("no such file"))
  }
}

/// What the tokenizer writes for the lines of a file.
@Suite struct TokenizedLinesTests {
  private let folder: TemporaryFolder
  private let tokenizer: Tokenizer
  private var input: String { folder.file("lines.txt").path }
  private var output: String { folder.file("tokens.jsonl").path }

  init() throws {
    folder = try TemporaryFolder()
    tokenizer = try Tokenizer(at: Golden.file("text/plain").path)
  }

  @Test func everyLineBecomesOneList() throws {
    try Data("a cat\n\nCafé's 12\r\nlast".utf8).write(to: URL(fileURLWithPath: input))
    #expect(try tokenizer.tokenize(linesOf: input, to: output) == 4)
    let padded = try lists()
    #expect(padded == ["a cat", "", "Café's 12", "last"].map { tokenizer($0) })
    #expect(padded.allSatisfy { $0.count == 77 })
    #expect(try tokenizer.tokenize(linesOf: input, to: output, isPadded: false) == 4)
    #expect(try lists()[1] == [tokenizer.startToken, tokenizer.endToken])
  }

  private func lists() throws -> [[Int]] {
    try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode([Int].self, from: Data($0.utf8))
    }
  }

  @Test func nothingIsLeftOfWhatIsNotFinished() throws {
    try Data("good\nb".utf8 + [0xFF, 0xFE] + "d\n".utf8).write(to: URL(fileURLWithPath: input))
    let error = #expect(throws: FileError.self) {
      try tokenizer.tokenize(linesOf: input, to: output)
    }
    #expect(error?.description.contains("line 2 is not UTF-8") == true)
    #expect(throws: CancellationError.self) {
      try tokenizer.tokenize(linesOf: input, to: output) { true }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["lines.txt"])
  }
}
