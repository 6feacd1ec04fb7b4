import Foundation
import Support

/// What a tokenizer is made of, as it lies in files.
package struct TokenizerSource: Sendable {
  /// A pair of tokens that become one.
  package struct Merge: Sendable {
    let left: String
    let right: String
    /// Where in the file of merges.
    let line: Int
  }

  /// Holds the vocabulary, for messages.
  let file: String
  let mergesFile: String
  package let vocabulary: [String: Int]
  /// In the order in which they are made.
  package let merges: [Merge]
  /// Numbers that tokens have though the vocabulary doesn't hold them.
  var otherNumbers: [String: Int] = [:]
  package var settings = TokenizerSettings()

  /// More tokens than any tokenizer has; numbers of tokens stay exact as floats.
  static let mostTokens = 1 << 24

  /// The vocabulary's numbers, and those of tokens that it lacks.
  ///
  /// - Throws: ``TokenizerError``.
  func symbols() throws -> [String: Int] {
    guard (1..<Self.mostTokens).contains(vocabulary.count) else {
      throw TokenizerError.unreadable(
        file, line: nil, reason: "holds \(vocabulary.count) tokens, expected those of CLIP")
    }
    return vocabulary.merging(otherNumbers) { own, _ in own }
  }

  /// One more than the greatest number.
  var symbolCount: Int {
    max(vocabulary.values.max() ?? -1, otherNumbers.values.max() ?? -1) + 1
  }

  /// What pairs of numbers become, by rank.
  ///
  /// - Throws: ``TokenizerError/unreadable(_:line:reason:)`` for a merge of tokens that there are not.
  func joined(_ symbols: [String: Int]) throws -> [BytePairs.Pair: BytePairs.Merge] {
    var joined = [BytePairs.Pair: BytePairs.Merge](minimumCapacity: merges.count)
    for (rank, merge) in merges.enumerated() {
      func number(_ token: String) throws -> Int32 {
        guard let number = symbols[token] else {
          throw TokenizerError.unreadable(
            mergesFile, line: merge.line,
            reason:
              "joins '\(merge.left)' and '\(merge.right)', but '\(token)' is no token of \(file)")
        }
        return Int32(number)
      }
      let pair = BytePairs.Pair(left: try number(merge.left), right: try number(merge.right))
      joined[pair] = BytePairs.Merge(
        rank: Int32(rank), symbol: try number(merge.left + merge.right))
    }
    return joined
  }
}

extension TokenizerSource {
  /// A tokenizer's folder, a model's folder that holds one in `tokenizer/`, or OpenAI's file.
  ///
  /// - Throws: ``TokenizerError``, `FileError`.
  package init(at path: String) throws {
    guard FileSystem.exists(path) else { throw FileError.missing(path: path) }
    guard FileSystem.isFolder(path) else {
      self = try OpenAIVocabulary(path).source()
      return
    }
    guard let folder = [path, "\(path)/tokenizer"].first(where: Self.isTokenizer) else {
      throw TokenizerError.notATokenizer(path)
    }
    let files = TokenizerFolder(path: folder)
    if files.has("vocab.json"), files.has("merges.txt") {
      self = try files.vocabularyAndMerges()
    } else if files.has("tokenizer.json") {
      self = try files.unified()
    } else {
      self = try OpenAIVocabulary("\(folder)/\(OpenAIVocabulary.name)").source()
    }
  }

  /// Whether a folder holds the files of a tokenizer.
  package static func isTokenizer(_ folder: String) -> Bool {
    let files = TokenizerFolder(path: folder)
    return files.has("vocab.json") && files.has("merges.txt") || files.has("tokenizer.json")
      || files.has(OpenAIVocabulary.name)
  }
}

extension Tokenizer {
  /// The tokenizer in a folder as transformers writes it (`vocab.json` and `merges.txt`, or
  /// `tokenizer.json`), or OpenAI's `bpe_simple_vocab_16e6.txt.gz`.
  ///
  /// - Throws: ``TokenizerError``, `FileError`.
  public init(at path: String) throws { try self.init(TokenizerSource(at: path)) }
}

/// A folder in transformers' layout.
private struct TokenizerFolder {
  let path: String

  private static let largestFile = 256 << 20

  func has(_ name: String) -> Bool { FileSystem.exists("\(path)/\(name)") }

  func vocabularyAndMerges() throws -> TokenizerSource {
    let (file, mergesFile) = ("\(path)/vocab.json", "\(path)/merges.txt")
    let vocabulary = try vocabulary(try json("vocab.json"), file)
    let (settings, numbers) = try settings(added: [])
    return TokenizerSource(
      file: file, mergesFile: mergesFile, vocabulary: vocabulary,
      merges: try Self.merges(mergesFile), otherNumbers: numbers, settings: settings)
  }

  func unified() throws -> TokenizerSource {
    let file = "\(path)/tokenizer.json"
    func bad(_ reason: String) -> TokenizerError { .unreadable(file, line: nil, reason: reason) }
    let document = try json("tokenizer.json")
    guard let model = document["model"], let found = model["vocab"], let list = model["merges"],
      case .array(let merges) = list
    else { throw bad("has no `model` with `vocab` and `merges`, as byte-pair tokenizers have") }
    guard model["end_of_word_suffix"] == .string(ByteSymbols.wordEnd) else {
      throw TokenizerError.unsupported(
        file, ["`end_of_word_suffix` is not \(ByteSymbols.wordEnd), as it is for CLIP."])
    }
    let pairs = try merges.enumerated().map { index, merge in
      switch merge {
      case .string(let text):
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2 { return TokenizerSource.Merge(parts, line: index + 1) }
      case .array(let parts):
        if parts.count == 2, case .string(let left) = parts[0], case .string(let right) = parts[1] {
          return TokenizerSource.Merge([left, right], line: index + 1)
        }
      default: break
      }
      throw bad("`merges` holds \(merge.summary) in place \(index + 1), expected two tokens")
    }
    var added: [JSONValue] = []
    if case .array(let tokens)? = document["added_tokens"] { added = tokens.map(\.plain) }
    let (settings, numbers) = try settings(added: added)
    return TokenizerSource(
      file: file, mergesFile: "\(file): merges", vocabulary: try vocabulary(found, file),
      merges: pairs, otherNumbers: numbers, settings: settings)
  }

  private func settings(
    added: [JSONValue]
  ) throws -> (settings: TokenizerSettings, numbers: [String: Int]) {
    var files = TokenizerSettings.Files()
    files.configuration = try members("tokenizer_config.json")
    files.names = try members("special_tokens_map.json")
    files.numbers = try members("added_tokens.json")
    files.added = added
    return try TokenizerSettings.read(files, file: "\(path)/tokenizer_config.json")
  }

  /// The members of a file's object; none where there is no such file.
  private func members(_ name: String) throws -> [String: JSONValue] {
    guard has(name) else { return [:] }
    guard case .object(let members) = try json(name).plain else {
      throw TokenizerError.unreadable("\(path)/\(name)", line: nil, reason: "holds no object")
    }
    return members
  }

  private func json(_ name: String) throws -> StrictJSON {
    let file = "\(path)/\(name)"
    let data = try FileSystem.start(of: file, count: Self.largestFile + 1)
    guard data.count <= Self.largestFile else {
      throw TokenizerError.unreadable(file, line: nil, reason: "is over 256 MB")
    }
    let bytes = [UInt8](data)
    do {
      return try bytes.withUnsafeBytes { try StrictJSON(parsing: $0) }
    } catch let problem as JSONProblem {
      let before = bytes.prefix(problem.column - 1)
      let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
      let line = before.count { $0 == UInt8(ascii: "\n") } + 1
      throw TokenizerError.unreadable(
        file, line: line, reason: "character \(problem.column - start): \(problem.problem)")
    }
  }

  private func vocabulary(_ json: StrictJSON, _ file: String) throws -> [String: Int] {
    guard case .object(let members) = json else {
      throw TokenizerError.unreadable(
        file, line: nil, reason: "the vocabulary is \(json.summary), expected an object")
    }
    var vocabulary = [String: Int](minimumCapacity: members.count)
    for (token, value) in members {
      guard case .number(let number) = value, let symbol = Int(exactly: number),
        (0..<TokenizerSource.mostTokens).contains(symbol)
      else {
        throw TokenizerError.unreadable(
          file, line: nil,
          reason: "the token '\(token)' has \(value.summary), expected its number, from 0")
      }
      vocabulary[token] = symbol
    }
    return vocabulary
  }

  private static func merges(_ file: String) throws -> [TokenizerSource.Merge] {
    let lines = try LineReader(path: file)
    var merges: [TokenizerSource.Merge] = []
    var blank: Int?
    while let bytes = try lines.next() {
      if bytes.starts(with: "#version".utf8) { continue }
      if let blank { throw TokenizerError.unreadable(file, line: blank, reason: "is empty") }
      if bytes.isEmpty {
        blank = lines.line
        continue
      }
      merges.append(try TokenizerSource.Merge(bytes, file: file, line: lines.line))
    }
    return merges
  }
}

extension TokenizerSource.Merge {
  init(_ parts: [String], line: Int) { self.init(left: parts[0], right: parts[1], line: line) }

  /// Two tokens with a space between them.
  init(_ bytes: UnsafeRawBufferPointer, file: String, line: Int) throws {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw TokenizerError.unreadable(file, line: line, reason: "is not UTF-8")
    }
    let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts.contains("") else {
      throw TokenizerError.unreadable(
        file, line: line,
        reason: "is '\(text.prefix(60))', expected two tokens with a space between")
    }
    self.init(parts, line: line)
  }
}

extension StrictJSON {
  fileprivate subscript(_ key: String) -> StrictJSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The same as the model folders' files are read.
  fileprivate var plain: JSONValue {
    switch self {
    case .null: .null
    case .bool(let value): .bool(value)
    case .number(let value): Int(exactly: value).map { .integer($0) } ?? .number(value)
    case .string(let value): .string(value)
    case .array(let values): .array(values.map(\.plain))
    case .object(let members):
      .object(Dictionary(members.map { ($0.key, $0.value.plain) }) { first, _ in first })
    }
  }
}
