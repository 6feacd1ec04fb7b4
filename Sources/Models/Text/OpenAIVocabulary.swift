import Foundation
import Support

/// OpenAI's vocabulary: a compressed list of merges, of which CLIP takes the first 48894. The tokens are
/// the bytes' symbols, the same at the end of words, what the merges make, and two special ones.
///
/// - Source: `SimpleTokenizer` in clip/simple_tokenizer.py of OpenAI's CLIP.
struct OpenAIVocabulary {
  static let name = "bpe_simple_vocab_16e6.txt.gz"
  private static let usedMerges = 49152 - 256 - 2
  private static let largestFile = 64 << 20

  private let file: String

  init(_ file: String) { self.file = file }

  /// - Throws: ``TokenizerError``, `FileError`.
  func source() throws -> TokenizerSource {
    let merges = try merges()
    let bytes = ByteSymbols.order.map { String(ByteSymbols.characters[$0]) }
    var settings = TokenizerSettings()
    let tokens =
      bytes + bytes.map { $0 + ByteSymbols.wordEnd } + merges.map { $0.left + $0.right }
      + [settings.start, settings.end]
    settings.pad = tokens[0]  // OpenAI's code fills up with zeros
    let numbers = Dictionary(zip(tokens, tokens.indices)) { _, last in last }
    return TokenizerSource(
      file: file, mergesFile: file, vocabulary: numbers, merges: merges, settings: settings)
  }

  private func merges() throws -> [TokenizerSource.Merge] {
    let text = try self.text()
    var merges: [TokenizerSource.Merge] = []
    try text.withUnsafeBytes { bytes in
      let lines = bytes.split(
        separator: UInt8(ascii: "\n"), maxSplits: Self.usedMerges + 1,
        omittingEmptySubsequences: false)
      for (index, line) in lines.enumerated().dropFirst().prefix(Self.usedMerges) {
        if line.isEmpty, index == lines.count - 1 { break }
        merges.append(
          try TokenizerSource.Merge(
            UnsafeRawBufferPointer(rebasing: line), file: file, line: index + 1))
      }
    }
    guard !merges.isEmpty else { throw bad("holds no merges") }
    return merges
  }

  private func text() throws -> [UInt8] {
    let data = try FileSystem.start(of: file, count: Self.largestFile + 1)
    guard data.count <= Self.largestFile else { throw bad("is over 64 MB") }
    guard data.starts(with: [0x1F, 0x8B]) else {
      guard file.hasSuffix(".txt") else {
        throw TokenizerError.notATokenizer(file)
      }
      return Array(data)
    }
    do {
      return try Gzip.inflated(Array(data), limit: Self.largestFile)
    } catch {
      throw bad(error.reason)
    }
  }

  private func bad(_ reason: String) -> TokenizerError {
    .unreadable(file, line: nil, reason: reason)
  }
}
