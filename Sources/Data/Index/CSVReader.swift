import Foundation
import Support

/// The rows of a CSV file with a header, some columns of it, found by name.
///
/// Quoted fields, doubled quotes and line ends inside quotes are as in RFC 4180.
final class CSVReader {
  private let lines: LineReader
  /// For each column of the file up to the last wanted one, which wanted one it is, or −1.
  private let wanted: [Int]
  private let fields: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>

  var path: String { lines.path }
  var size: Int { lines.size }
  var line: Int { lines.line }
  var bytesConsumed: Int { lines.bytesConsumed }

  /// - Throws: `DatasetError` if the file can't be read or a column isn't in the header.
  init(path: String, columns: [String]) throws {
    lines = try LineReader(path: path, keepsQuotedLineEnds: true)
    let header = try lines.next().map(Self.split) ?? []
    let missing = columns.filter { !header.contains($0) }
    guard missing.isEmpty else {
      throw DatasetError.missingColumns(file: path, missing: missing, found: header)
    }
    let positions = header.map { columns.firstIndex(of: $0) ?? -1 }
    wanted = Array(positions[...(positions.lastIndex { $0 >= 0 } ?? -1)])
    fields = .allocate(capacity: columns.count)
    fields.initialize(repeating: UnsafeRawBufferPointer(start: nil, count: 0))
  }

  deinit { fields.deallocate() }

  /// The next row's wanted fields in the order asked for, without quotes, valid until the next
  /// call; nil at the end. Empty lines are passed over.
  func next() throws -> UnsafeMutableBufferPointer<UnsafeRawBufferPointer>? {
    while let text = try lines.next() {
      if text.isEmpty { continue }
      try scan(text)
      return fields
    }
    return nil
  }

  func malformed(_ problem: String) -> DatasetError {
    .malformed(file: path, line: line, problem: problem)
  }

  private func scan(_ text: UnsafeRawBufferPointer) throws {
    var start = 0
    for (position, column) in wanted.enumerated() {
      guard start <= text.count else {
        let quotes = text.count { $0 == UInt8(ascii: "\"") }
        throw malformed(
          "\(position) fields, where the header has at least \(wanted.count)"
            + (quotes.isMultiple(of: 2) ? "" : "; a quotation mark in it is never closed"))
      }
      let end = Self.fieldEnd(text, from: start)
      if column >= 0 {
        fields[column] = UnsafeRawBufferPointer(rebasing: Self.unquoted(text, start..<end))
      }
      start = end + 1
    }
  }

  /// All fields of a line as text.
  static func split(_ text: UnsafeRawBufferPointer) -> [String] {
    var result: [String] = []
    var start = 0
    while start <= text.count {
      let end = fieldEnd(text, from: start)
      let field = UnsafeRawBufferPointer(rebasing: unquoted(text, start..<end)).text
      result.append(field.replacingOccurrences(of: "\"\"", with: "\""))
      start = end + 1
    }
    return result
  }

  private static func fieldEnd(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
    var i = start
    var isQuoted = false
    while i < text.count {
      let byte = text[i]
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == UInt8(ascii: ","), !isQuoted { break }
      i += 1
    }
    return i
  }

  private static func unquoted(
    _ text: UnsafeRawBufferPointer, _ range: Range<Int>
  ) -> Slice<UnsafeRawBufferPointer> {
    let quote = UInt8(ascii: "\"")
    guard range.count >= 2, text[range.lowerBound] == quote, text[range.upperBound - 1] == quote
    else { return text[range] }
    return text[range.lowerBound + 1..<range.upperBound - 1]
  }
}
