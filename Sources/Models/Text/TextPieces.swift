import Foundation

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

  /// Characters that the peer's tables do not know stand for themselves there, and what is on either
  /// side of one has nothing to do with the other.
  private static func composed(_ text: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    for part in text.split(omittingEmptySubsequences: true, whereSeparator: { _ in false }) {
      var string = String.UnicodeScalarView()
      string.append(contentsOf: part)
      result.append(contentsOf: String(string).precomposedStringWithCanonicalMapping.unicodeScalars)
    }
    return result
  }

  /// Calls `body` with each word of normalised text in turn until it returns false: the names of the
  /// special tokens, English contractions, runs of letters, single digits, runs of anything else that
  /// is not white space.
  static func forEachWord(
    of text: [Unicode.Scalar], _ body: (ArraySlice<Unicode.Scalar>) -> Bool
  ) {
    var start = 0
    while start < text.count {
      let kind = Kind(text[start])
      var end = start + 1
      if let length = fixedLength(in: text, from: start) {
        end = start + length
      } else if kind == .letter || kind == .other {
        while end < text.count, Kind(text[end]) == kind { end += 1 }
      }
      if kind != .space, !body(text[start..<end]) { return }
      start = end
    }
  }

  private static let fixed: [[Unicode.Scalar]] =
    ["<|startoftext|>", "<|endoftext|>", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]
    .map { Array($0.unicodeScalars) }

  private static func fixedLength(in text: [Unicode.Scalar], from start: Int) -> Int? {
    guard text[start] == "'" || text[start] == "<" else { return nil }
    return fixed.first { text[start...].starts(with: $0) }?.count
  }

  private enum Kind {
    case space, letter, digit, other

    init(_ scalar: Unicode.Scalar) {
      switch scalar.value {
      case 0x61...0x7A, 0x41...0x5A: self = .letter
      case 0x30...0x39: self = .digit
      case 0x09...0x0D, 0x20, 0x85, 0xA0: self = .space
      case 0x21...0x7E: self = .other
      default:
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
          self = .letter
        case .decimalNumber, .letterNumber, .otherNumber: self = .digit
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: self = .space
        default: self = .other
        }
      }
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isUppercaseASCII: Bool { (0x41...0x5A).contains(value) }
  fileprivate var isCased: Bool { properties.changesWhenLowercased }
}
