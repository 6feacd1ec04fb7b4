import Support

/// A vocabulary of one's own: the merges that texts ask for most, found in them.
///
/// Every byte is a token, inside a word and at its end, so that any text at all has tokens. The rest
/// depends on the texts alone, not on their order: where pairs come equally often, the one that is
/// first in the alphabet is joined.
///
/// - Source: Sennrich et al., arXiv:1508.07909, algorithm 1, over CLIP's words.
package struct LearntVocabulary {
  /// What is counted: a word as its symbols so far.
  private struct Word {
    var symbols: [String]
    let count: Int
  }

  private struct Pair: Hashable {
    let left: String
    let right: String

    /// By bytes: what a person's language sorts first must not matter.
    func isBefore(_ other: Pair) -> Bool {
      left == other.left
        ? right.utf8.lexicographicallyPrecedes(other.right.utf8)
        : left.utf8.lexicographicallyPrecedes(other.left.utf8)
    }
  }

  private let source: TokenizerSource

  /// - Parameters:
  ///   - texts: whose words are to be few tokens each.
  ///   - merges: the most that are made; fewer when every word is one token.
  ///   - length: tokens of a padded text.
  package init(_ texts: some Sequence<String>, merges limit: Int, length: Int) {
    var words = Self.words(texts)
    var merges: [TokenizerSource.Merge] = []
    while merges.count < limit, let pair = Self.mostFrequent(in: words) {
      merges.append(TokenizerSource.Merge([pair.left, pair.right], line: merges.count + 2))
      for i in words.indices { words[i].symbols = Self.joined(pair, in: words[i].symbols) }
    }
    let bytes = ByteSymbols.order.map { String(ByteSymbols.characters[$0]) }
    var settings = TokenizerSettings()
    settings.length = length
    let tokens =
      bytes + bytes.map { $0 + ByteSymbols.wordEnd } + merges.map { $0.left + $0.right }
      + [settings.start, settings.end]
    source = TokenizerSource(
      file: "vocab.json", mergesFile: "merges.txt",
      vocabulary: Dictionary(zip(tokens, tokens.indices)) { first, _ in first }, merges: merges,
      settings: settings)
  }

  /// - Throws: ``TokenizerError``.
  package func tokenizer() throws -> Tokenizer { try Tokenizer(source) }

  private static func words(_ texts: some Sequence<String>) -> [Word] {
    var counts: [[UInt8]: Int] = [:]
    for text in texts {
      let normalized = TextPieces.normalized(Array(text.unicodeScalars)[...])
      TextPieces.forEachWord(of: normalized) { word in
        var bytes: [UInt8] = []
        for scalar in word { bytes.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
        counts[bytes, default: 0] += 1
        return true
      }
    }
    return counts.map { bytes, count in
      var symbols = bytes.map { String(ByteSymbols.characters[Int($0)]) }
      symbols[symbols.count - 1] += ByteSymbols.wordEnd
      return Word(symbols: symbols, count: count)
    }
  }

  private static func mostFrequent(in words: [Word]) -> Pair? {
    var counts: [Pair: Int] = [:]
    for word in words {
      for (left, right) in zip(word.symbols, word.symbols.dropFirst()) {
        counts[Pair(left: left, right: right), default: 0] += word.count
      }
    }
    return counts.min { a, b in
      a.value == b.value ? a.key.isBefore(b.key) : a.value > b.value
    }?.key
  }

  private static func joined(_ pair: Pair, in symbols: [String]) -> [String] {
    var result: [String] = []
    for symbol in symbols {
      if symbol == pair.right, result.last == pair.left {
        result[result.count - 1] += symbol
      } else {
        result.append(symbol)
      }
    }
    return result
  }
}
