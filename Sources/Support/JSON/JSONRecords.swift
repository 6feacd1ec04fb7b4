/// The objects of a file of records: one a line, the items of one list, or several laid out over many
/// lines each, as programs print JSON for people.
package struct JSONRecords {
  package struct Record {
    /// The line of the file in which it begins, from 1.
    package let line: Int
    /// Valid while it is handed out.
    package let text: UnsafeRawBufferPointer
    /// Bytes of the file up to its end.
    package let end: Int
  }

  private let lines: LineReader

  package var size: Int { lines.size }

  /// - Throws: `FileError`.
  package init(path: String) throws { lines = try LineReader(path: path) }

  /// Calls `body` with each record; where each line is one, also with lines that hold nothing.
  ///
  /// - Throws: what `body` throws; `FileError`.
  package func forEach(_ body: (Record) throws -> Void) throws {
    guard let isList = SpreadRecords.layout(of: lines.ahead) else {
      while let text = try lines.next() {
        try body(Record(line: lines.line, text: text, end: lines.bytesConsumed))
      }
      return
    }
    let text = try lines.rest()
    var records = SpreadRecords(text: text, isList: isList, path: lines.path)
    while let (line, range) = try records.next() {
      try body(
        Record(line: line, text: .init(rebasing: text[range]), end: range.upperBound))
    }
  }
}

/// Finds where records end that are not one a line. What is in them is not looked at: whoever parses
/// one says what is wrong with it, and goes on with the next.
private struct SpreadRecords {
  let text: UnsafeRawBufferPointer
  let isList: Bool
  let path: String
  private var position = 0
  private var line = 1
  private var isAfterComma = false

  init(text: UnsafeRawBufferPointer, isList: Bool, path: String) {
    (self.text, self.isList, self.path) = (text, isList, path)
  }

  /// Whether a text is a list, or else objects that begin with a line of their own; nil where it is
  /// neither, so that each line is a record.
  static func layout(of start: UnsafeRawBufferPointer) -> Bool? {
    let start = start.drop(while: isSpace)
    if start.first == UInt8(ascii: "[") { return true }
    guard start.first == UInt8(ascii: "{") else { return nil }
    let next = start.dropFirst().first { $0 != 0x20 && $0 != 0x09 }
    return next == 0x0A || next == 0x0D ? false : nil
  }

  /// The next record and its line; nil after the last.
  mutating func next() throws -> (line: Int, range: Range<Int>)? {
    let isFirst = position == 0
    skipSpace()
    if isList {
      if isFirst { position += 1 }  // [
      skipSpace()
      if byte == UInt8(ascii: "]"), !isAfterComma { return try end() }
      guard byte != nil else { throw unclosed }
    }
    guard byte != nil else { return nil }
    let start = (line: line, place: position)
    passRecord()
    let isEmptyPlace = isList && (byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]"))
    guard position > start.place || isEmptyPlace else {
      throw FileError.failed(
        path: path, operation: "read",
        reason: "line \(line): a bracket closes what was never opened")
    }
    let end = text[start.place..<position].lastIndex { !Self.isSpace($0) }
    let range = start.place..<(end.map { $0 + 1 } ?? start.place)
    if isList {
      skipSpace()
      isAfterComma = byte == UInt8(ascii: ",")
      if isAfterComma { position += 1 }
    }
    return (start.line, range)
  }

  private mutating func end() throws -> (line: Int, range: Range<Int>)? {
    position += 1
    skipSpace()
    guard byte == nil else {
      throw FileError.failed(
        path: path, operation: "read", reason: "line \(line): more text after the list's end")
    }
    return nil
  }

  private var unclosed: FileError {
    .failed(path: path, operation: "read", reason: "its list has no end: a ']' is missing")
  }

  private var byte: UInt8? { position < text.count ? text[position] : nil }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  private mutating func skipSpace() {
    while let byte, Self.isSpace(byte) { advance() }
  }

  /// Goes one byte on, where there is one, and counts lines.
  private mutating func advance() {
    guard position < text.count else { return }
    let isReturn = byte == 0x0D
    if byte == 0x0A { line += 1 }
    position += 1
    if isReturn, byte != 0x0A { line += 1 }
  }

  /// Goes to the end of a value: where the braces that it opens are closed, or to what follows it in a
  /// list.
  private mutating func passRecord() {
    var depth = 0
    while let byte {
      switch byte {
      case UInt8(ascii: "\""): passString()
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return }
        depth -= 1
        if depth == 0, !isList { return advance() }
      case UInt8(ascii: ",") where depth == 0 && isList: return
      default: break
      }
      advance()
    }
  }

  /// Goes to the closing quote of a text.
  private mutating func passString() {
    advance()
    while let byte, byte != UInt8(ascii: "\"") {
      if byte == UInt8(ascii: "\\") { advance() }
      advance()
    }
  }
}
