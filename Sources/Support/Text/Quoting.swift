/// What is escaped in a quoted text.
package enum QuoteEscapes: Sendable {
  /// Quotes, backslashes and control characters, the least that JSON asks for.
  case required
  /// Whatever else can't be seen, too; line ends and tabs have their letters.
  case invisible
}

extension [UInt8] {
  /// Appends a text in double quotes, as JSON and double-quoted scalars of YAML have it.
  package mutating func append(quoted text: String, escaping escapes: QuoteEscapes) {
    append(UInt8(ascii: "\""))
    if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 && $0 != 0x22 && $0 != 0x5C }) {
      append(contentsOf: text.utf8)
    } else {
      for scalar in text.unicodeScalars { append(scalar, escaping: escapes) }
    }
    append(UInt8(ascii: "\""))
  }

  private mutating func append(_ scalar: Unicode.Scalar, escaping escapes: QuoteEscapes) {
    switch (scalar, escapes) {
    case ("\"", _): append(contentsOf: "\\\"".utf8)
    case ("\\", _): append(contentsOf: "\\\\".utf8)
    case ("\n", .invisible): append(contentsOf: "\\n".utf8)
    case ("\r", .invisible): append(contentsOf: "\\r".utf8)
    case ("\t", .invisible): append(contentsOf: "\\t".utf8)
    case ("\u{0}"..<" ", _), ("\u{7f}"..."\u{9f}", .invisible),
      ("\u{2028}"..."\u{2029}", .invisible), ("\u{feff}", .invisible):
      let digits = String(scalar.value, radix: 16)
      append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
    default: append(contentsOf: String(scalar).utf8)
    }
  }
}
