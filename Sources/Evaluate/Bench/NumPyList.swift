import Foundation

/// Reads a one-dimensional NumPy array of case identifiers.
///
/// Only what such a list needs: formats 1 to 3, little-endian integers of 32 or 64 bits, or
/// fixed-width strings (`U`, `S`). Pickled objects are refused, so reading a file runs nothing.
///
/// - Source: numpy/lib/format.py, "Format Version 1.0" to "3.0".
package struct NumPyList {
  /// Integers as decimal digits, strings without their padding.
  package let entries: [String]

  private static let largestFile = 64 << 20

  package init(contentsOf url: URL) throws {
    do {
      let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      guard size <= Self.largestFile else {
        throw EvaluationError.notNumPy(file: url.relativePath, found: "\(size) bytes are too many")
      }
      try self.init(bytes: [UInt8](Data(contentsOf: url)), file: url.relativePath)
    } catch let error as CocoaError {
      throw EvaluationError.reading(url, error)
    }
  }

  package init(bytes: [UInt8], file: String) throws {
    let (header, start) = try Self.header(of: bytes, file)
    let kind = try Self.kind(of: header, file)
    let count = try Self.count(of: header, file)
    let expected = count.multipliedReportingOverflow(by: kind.size)
    guard !expected.overflow, bytes.count - start == expected.partialValue else {
      let total = expected.overflow ? Int.max : start &+ expected.partialValue
      throw EvaluationError.wrongLength(file: file, expected: total, found: bytes.count)
    }
    entries = try (0..<count).map { index in
      let at = start + index * kind.size
      guard let text = kind.text(bytes[at..<at + kind.size]) else {
        throw EvaluationError.badIdentifier(file: file, position: index, found: "not text")
      }
      return text.trimmingCharacters(in: CharacterSet(charactersIn: "\0"))
    }
  }

  /// A type of entries: their size in bytes, and how one is read.
  private struct Kind: Sendable {
    let size: Int
    let text: @Sendable (ArraySlice<UInt8>) -> String?

    static let integers: [String: Kind] = [
      "<i4": Kind(size: 4) { "\(Int32(truncatingIfNeeded: word($0)))" },
      "<i8": Kind(size: 8) { "\(Int64(bitPattern: word($0)))" },
      "<u4": Kind(size: 4) { "\(word($0))" }, "<u8": Kind(size: 8) { "\(word($0))" },
    ]

    static func bytes(_ length: Int) -> Kind {
      Kind(size: length) { String(validating: $0, as: UTF8.self) }
    }

    static func unicode(_ length: Int) -> Kind {
      Kind(size: 4 * length) { bytes in
        let scalars = stride(from: bytes.startIndex, to: bytes.endIndex, by: 4)
          .map { UInt32(word(bytes[$0..<$0 + 4])) }
        return String(validating: scalars, as: UTF32.self)
      }
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
      bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  private static func header(of bytes: [UInt8], _ file: String) throws -> (String, Int) {
    guard bytes.count >= 10, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      let found = bytes.isEmpty ? "it is empty" : "it does not start with \\x93NUMPY"
      throw EvaluationError.notNumPy(file: file, found: found)
    }
    guard (1...3).contains(bytes[6]) else {
      throw EvaluationError.notNumPy(file: file, found: "format version \(bytes[6])")
    }
    let start = bytes[6] == 1 ? 10 : 12
    let length = bytes[8..<min(start, bytes.count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard bytes.count >= start + length else {
      throw EvaluationError.wrongLength(
        file: file, expected: start + length, found: bytes.count)
    }
    guard let text = String(validating: bytes[start..<start + length], as: UTF8.self) else {
      throw EvaluationError.notNumPy(file: file, found: "its header is not text")
    }
    return (text, start + length)
  }

  private static func kind(of header: String, _ file: String) throws -> Kind {
    guard let match = header.firstMatch(of: /'descr'\s*:\s*'([^']*)'/) else {
      throw EvaluationError.unsupportedArray(
        file: file, found: "an array of records or without a type", expected: "a plain list")
    }
    if let kind = Kind.integers[String(match.1)] { return kind }
    if let text = match.1.wholeMatch(of: /(<U|\|S)([0-9]{1,3})/), let n = Int(text.2), n > 0 {
      return text.1 == "<U" ? .unicode(n) : .bytes(n)
    }
    throw EvaluationError.unsupportedArray(
      file: file, found: "an array of type '\(match.1.prefix(20))'",
      expected: "integers ('<i8', '<i4') or strings ('<U12', '|S12')")
  }

  private static func count(of header: String, _ file: String) throws -> Int {
    let match = header.firstMatch(of: /'shape'\s*:\s*(\([^)]*\))/)
    let shape = match.map { String($0.1) } ?? "no shape"
    guard let digits = shape.wholeMatch(of: /\(\s*([0-9]+)\s*,\s*\)/), let count = Int(digits.1)
    else {
      throw EvaluationError.unsupportedArray(
        file: file, found: "an array of shape \(shape.prefix(40))",
        expected: "one dimension, such as (3500,)")
    }
    return count
  }
}
