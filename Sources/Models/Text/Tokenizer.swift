import Support

/// CLIP's tokenizer: a text to the numbers of its tokens.
///
/// Equal to transformers' `CLIPTokenizer` (the fast one). OpenAI's own repairs broken encodings and
/// HTML entities first, which this does not.
///
/// - Source: `CLIPTokenizer` of transformers 5.24 and `tokenizers` 0.23; `SimpleTokenizer` of OpenAI's
///   CLIP.
public struct Tokenizer: Sendable {
  package let source: TokenizerSource

  let added: AddedTokens
  private let pairs: BytePairs

  /// The token before every text.
  public let startToken: Int
  /// The token after every text.
  public let endToken: Int
  /// What fills up short texts.
  public let padToken: Int
  /// Tokens of a padded text.
  public var length: Int { source.settings.length }
  /// All numbers of tokens are less.
  public let vocabularySize: Int

  /// - Throws: ``TokenizerError`` for merges of tokens that there are not.
  package init(_ source: TokenizerSource) throws {
    self.source = source
    var symbols = try source.symbols()
    let joined = try source.joined(symbols)
    var count = source.symbolCount
    var added: [(token: AddedToken, symbol: Int)] = []
    for token in source.settings.tokens {
      let symbol = symbols[token.content] ?? count
      count = max(count, symbol + 1)
      symbols[token.content] = symbol
      added.append((token, symbol))
    }
    // Tokens that have a role are among those just added.
    func symbol(_ content: String) -> Int { symbols[content, default: 0] }
    startToken = symbol(source.settings.start)
    endToken = symbol(source.settings.end)
    padToken = symbol(source.settings.pad)
    vocabularySize = count
    self.added = AddedTokens(added)
    let unknown = symbol(source.settings.unknown)
    func byteSymbols(_ ending: String) -> [Int32] {
      ByteSymbols.characters.map { Int32(symbols[String($0) + ending] ?? unknown) }
    }
    pairs = BytePairs(
      inner: byteSymbols(""), last: byteSymbols(ByteSymbols.wordEnd), merges: joined)
  }

  /// The tokens of a text between the start and the end token: cut or padded to ``length``.
  public func callAsFunction(_ text: String) -> [Int] {
    let tokens = encode(text, limit: length)
    return tokens + Array(repeating: padToken, count: length - tokens.count)
  }

  /// The tokens of a text between the start and the end token, however many.
  public func encode(_ text: String) -> [Int] { encode(text, limit: .max) }

  private func encode(_ text: String, limit: Int) -> [Int] {
    var tokens = [startToken]
    added.forEachPart(of: Array(text.unicodeScalars)) { part in
      if let symbol = part.symbol {
        tokens.append(symbol)
      } else {
        var bytes: [UInt8] = []
        TextPieces.forEachWord(of: Array(part.text)) { word in
          bytes.removeAll(keepingCapacity: true)
          for scalar in word { bytes.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
          pairs.append(bytes, to: &tokens)
          return tokens.count < limit
        }
      }
      return tokens.count < limit
    }
    if tokens.count >= limit { tokens.removeLast(tokens.count - (limit - 1)) }
    tokens.append(endToken)
    return tokens
  }
}
