/// Walks through one JSON text without making values of it: for files of hundreds of megabytes of which
/// little is wanted.
///
/// Values that are passed over are only looked at as far as it takes to find their end.
package struct JSONScanner {
  private let text: UnsafeRawBufferPointer
  private var position = 0

  package init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// Calls `body` with each member's key, whose value comes next; `body` must read or pass over it.
  ///
  /// - Throws: `JSONProblem`; what `body` throws.
  package mutating func members(_ body: (inout JSONScanner, String) throws -> Void) throws {
    try expect("{")
    guard !skips("}") else { return }
    repeat {
      let key = try string()
      try expect(":")
      try body(&self, key)
    } while skips(",")
    try expect("}")
  }

  /// Calls `body` at each item, which it must read or pass over.
  ///
  /// - Throws: `JSONProblem`; what `body` throws.
  package mutating func items(_ body: (inout JSONScanner) throws -> Void) throws {
    try expect("[")
    guard !skips("]") else { return }
    repeat { try body(&self) } while skips(",")
    try expect("]")
  }

  /// Whether the next value begins with a character.
  package mutating func isNext(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    return byte == UInt8(ascii: character)
  }

  /// The next value, which is small.
  ///
  /// - Throws: `JSONProblem`.
  package mutating func value() throws(JSONProblem) -> StrictJSON {
    skipSpace()
    let start = position
    try skip()
    do {
      return try StrictJSON(parsing: .init(rebasing: text[start..<position]))
    } catch let problem {
      throw JSONProblem(problem: problem.problem, column: start + problem.column)
    }
  }

  /// The next value, of which no more than so many values and members are expected.
  ///
  /// - Throws: `JSONProblem`.
  package mutating func value(atMost count: Int) throws(JSONProblem) -> StrictJSON {
    let place = try place()
    return try StrictJSON(parsing: .init(rebasing: text[place]), atMost: count)
  }

  /// Passes over the next value, and says where it stands in the text.
  ///
  /// - Throws: `JSONProblem`.
  package mutating func place() throws(JSONProblem) -> Range<Int> {
    skipSpace()
    let start = position
    try skip()
    return start..<position
  }

  /// Passes over the next value.
  ///
  /// - Throws: `JSONProblem`.
  package mutating func skip() throws(JSONProblem) {
    skipSpace()
    var depth = 0
    repeat {
      guard let byte else { throw problem("the text ends in the middle of a value") }
      switch byte {
      case UInt8(ascii: "\""): try skipString()
      case UInt8(ascii: "{"), UInt8(ascii: "["): (depth, position) = (depth + 1, position + 1)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0 else { throw problem("expected a value") }
        (depth, position) = (depth - 1, position + 1)
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard depth > 0 else { throw problem("expected a value") }
        position += 1
      default: skipWord()
      }
      if depth > 0 { skipSpace() }
    } while depth > 0
  }

  /// Whether nothing but space is left.
  package mutating func isAtEnd() -> Bool {
    skipSpace()
    return byte == nil
  }

  private mutating func string() throws(JSONProblem) -> String {
    guard isNext("\"") else { throw problem("expected a key between quotes") }
    let found = try value()
    guard case .string(let text) = found else { throw problem("expected a key between quotes") }
    return text
  }

  private mutating func skipString() throws(JSONProblem) {
    let start = position
    position += 1
    while let byte, byte != UInt8(ascii: "\"") {
      position += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard byte != nil else {
      throw JSONProblem(problem: "this text has no closing quote", column: start + 1)
    }
    position += 1
  }

  /// A number, true, false or null.
  private mutating func skipWord() {
    position += 1
    while let byte, byte > 0x20 {
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "]"), UInt8(ascii: "}"): return
      default: position += 1
      }
    }
  }

  private mutating func skips(_ character: Unicode.Scalar) -> Bool {
    guard isNext(character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(JSONProblem) {
    guard skips(character) else { throw problem("expected '\(character)'") }
  }

  private var byte: UInt8? { position < text.count ? text[position] : nil }

  private mutating func skipSpace() {
    while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private func problem(_ text: String) -> JSONProblem {
    JSONProblem(problem: text, column: position + 1)
  }
}
