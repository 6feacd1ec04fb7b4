/// Text as the tokenizer sees it: composed (NFC), in lower case, cut to words.
///
/// - Source: the normalizer and pre-tokenizer of `CLIPTokenizer`, transformers 5.24.
enum TextPieces {
  /// Composed characters, every one of them in lower case by itself: no final sigma.
  static func normalized(_ text: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
    let composed = text.contains { $0.value >= firstComposable } ? composed(text) : Array(text)
    var lower: [Unicode.Scalar] = []
    lower.reserveCapacity(composed.count)
    for scalar in composed {
      if scalar.isASCII {
        lower.append(scalar.isUppercaseASCII ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar)
      } else if scalar.isCased {
        lower.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      } else {
        lower.append(scalar)
      }
    }
    return lower
  }

  /// Characters before this one neither compose with others nor change.
  private static let firstComposable: UInt32 = 0x300

  /// NFC of Unicode 9, which the peer's library has: a newer character stands for itself, and what is
  /// before it has nothing to do with what comes after.
  private static func composed(_ text: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    var known = String.UnicodeScalarView()
    func takeKnown() {
      if !known.isEmpty { result.append(contentsOf: Composition.composed(known)) }
      known.removeAll()
    }
    for scalar in text {
      if scalar.isOf(unicode: 9) {
        known.append(scalar)
      } else {
        takeKnown()
        result.append(scalar)
      }
    }
    takeKnown()
    return result
  }

  /// Calls `body` with each word of normalised text in turn until it returns false: the parts of special
  /// tokens' names, English contractions, runs of letters, single digits, runs of anything else that is
  /// not white space.
  static func forEachWord(
    of text: [Unicode.Scalar], _ body: (ArraySlice<Unicode.Scalar>) -> Bool
  ) {
    var start = 0
    while start < text.count {
      if let fixed = fixed(in: text, from: start) {
        for length in fixed.lengths {
          guard body(text[start..<start + length]) else { return }
          start += length
        }
        continue
      }
      let kind = Kind(text[start])
      var end = start + 1
      if kind == .letter || kind == .other {
        while end < text.count, Kind(text[end]) == kind { end += 1 }
      }
      if kind != .space, !body(text[start..<end]) { return }
      start = end
    }
  }

  /// What is cut in the same way wherever it begins a word.
  private struct Fixed {
    let text: [Unicode.Scalar]
    let lengths: [Int]

    init(_ words: [String]) {
      text = words.flatMap(\.unicodeScalars)
      lengths = words.map(\.unicodeScalars.count)
    }
  }

  private static let fixed =
    ([["<|", "startoftext", "|>"], ["<|", "endoftext", "|>"]]
    + ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map { [$0] }).map { Fixed($0) }

  private static func fixed(in text: [Unicode.Scalar], from start: Int) -> Fixed? {
    guard text[start] == "'" || text[start] == "<" else { return nil }
    return fixed.first { text[start...].starts(with: $0.text) }
  }

  private enum Kind {
    case space, letter, digit, other

    /// - Source: Oniguruma's `\s`, `\p{L}` and `\p{N}`, of Unicode 16.
    init(_ scalar: Unicode.Scalar) {
      switch scalar.value {
      case 0x61...0x7A, 0x41...0x5A: self = .letter
      case 0x30...0x39: self = .digit
      case 0x09...0x0D, 0x20, 0x85, 0xA0: self = .space
      case 0x21...0x7E: self = .other
      default: self = scalar.isOf(unicode: 16) ? Self.of(scalar.properties) : .other
      }
    }

    private static func of(_ properties: Unicode.Scalar.Properties) -> Kind {
      switch properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
        .letter
      case .decimalNumber, .letterNumber, .otherNumber: .digit
      case .spaceSeparator, .lineSeparator, .paragraphSeparator: .space
      default: .other
      }
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isUppercaseASCII: Bool { (0x41...0x5A).contains(value) }

  /// Whether it has another form in lower case, as of Unicode 17.
  fileprivate var isCased: Bool { properties.changesWhenLowercased && isOf(unicode: 17) }

  /// Whether a version of Unicode has it.
  fileprivate func isOf(unicode version: Int) -> Bool {
    properties.age.map { $0.major <= version } ?? false
  }
}
