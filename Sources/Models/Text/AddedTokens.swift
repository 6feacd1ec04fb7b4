/// A token that is found in a text as it stands, before anything is cut to words.
public struct AddedToken: Sendable, Equatable {
  public var content: String
  /// Whether it is looked for in lower case and composed; else in the text as it was given.
  public var isNormalized = false
  /// Whether letters and digits beside it hide it.
  public var isSingleWord = false
  /// Whether it takes the white space before it.
  public var stripsLeft = false
  /// Whether it takes the white space after it.
  public var stripsRight = false

  public init(_ content: String) { self.content = content }
}

/// The tokens that are looked for, and where they are in a text.
///
/// - Source: `AddedVocabulary` of Hugging Face's tokenizers.
struct AddedTokens: Sendable {
  typealias Text = ArraySlice<Unicode.Scalar>

  /// A stretch of a text: a token's, or one that holds none.
  struct Part {
    let text: Text
    let symbol: Int?
  }

  private struct Sought: Sendable {
    let token: AddedToken
    let symbol: Int
    let content: [Unicode.Scalar]
  }

  /// By the first character; longer ones first, since they win.
  private var raw: [Unicode.Scalar: [Sought]] = [:]
  private var normalized: [Unicode.Scalar: [Sought]] = [:]
  let all: [(token: AddedToken, symbol: Int)]

  init(_ tokens: [(token: AddedToken, symbol: Int)]) {
    all = tokens
    for (token, symbol) in tokens {
      let given = Array(token.content.unicodeScalars)
      let content = token.isNormalized ? TextPieces.normalized(given[...]) : given
      guard let first = content.first else { continue }
      let sought = Sought(token: token, symbol: symbol, content: content)
      if token.isNormalized {
        normalized[first, default: []].append(sought)
      } else {
        raw[first, default: []].append(sought)
      }
    }
    for first in raw.keys { raw[first]?.sort { $0.content.count > $1.content.count } }
    for first in normalized.keys { normalized[first]?.sort { $0.content.count > $1.content.count } }
  }

  /// Calls `body` with each part of a text in turn until it returns false: tokens, and what is between
  /// them, normalised.
  func forEachPart(of text: [Unicode.Scalar], _ body: (Part) -> Bool) {
    Self.split(text[...], at: raw) { part in
      guard part.symbol == nil else { return body(part) }
      var isWanted = true
      Self.split(TextPieces.normalized(part.text)[...], at: normalized) { inner in
        isWanted = body(inner)
        return isWanted
      }
      return isWanted
    }
  }

  private static func split(
    _ text: Text, at sought: [Unicode.Scalar: [Sought]], _ body: (Part) -> Bool
  ) {
    var (start, place) = (text.startIndex, text.startIndex)
    while place < text.endIndex, !sought.isEmpty {
      guard
        let found = sought[text[place]]?.first(where: { text[place...].starts(with: $0.content) })
      else {
        place += 1
        continue
      }
      let end = place + found.content.count
      guard !found.token.isSingleWord || isAlone(place..<end, in: text) else {
        place = end
        continue
      }
      var (from, to) = (place, end)
      while found.token.stripsLeft, from > start, text[from - 1].properties.isWhitespace {
        from -= 1
      }
      while found.token.stripsRight, to < text.endIndex, text[to].properties.isWhitespace {
        to += 1
      }
      if start < from, !body(Part(text: text[start..<from], symbol: nil)) { return }
      guard body(Part(text: text[from..<to], symbol: found.symbol)) else { return }
      (start, place) = (to, to)
    }
    if start < text.endIndex { _ = body(Part(text: text[start...], symbol: nil)) }
  }

  private static func isAlone(_ range: Range<Int>, in text: Text) -> Bool {
    (range.lowerBound == text.startIndex || !text[range.lowerBound - 1].isWordCharacter)
      && (range.upperBound == text.endIndex || !text[range.upperBound].isWordCharacter)
  }
}

extension Unicode.Scalar {
  /// `\w` of regular expressions.
  fileprivate var isWordCharacter: Bool {
    switch properties.generalCategory {
    case .connectorPunctuation, .decimalNumber, .nonspacingMark, .spacingMark, .enclosingMark: true
    default: properties.isAlphabetic
    }
  }
}
