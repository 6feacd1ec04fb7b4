import Foundation
import Support

/// Reads a one-dimensional NumPy array of names or numbers.
///
/// Only what such a list needs: formats 1 to 3, little-endian integers of 32 or 64 bits, or
/// fixed-width strings (`U`, `S`). Pickled objects are refused, so reading a file runs nothing.
///
/// - Source: numpy/lib/format.py, "Format Version 1.0" to "3.0".
package struct NumPyList {
  /// Integers as decimal digits, strings without their padding.
  package let entries: [String]
  /// Whether they are strings there, not integers.
  package let areStrings: Bool

  private static let largestFile = 64 << 20
  /// NumPy reads no longer headers, either (`max_header_size`).
  private static let longestHeader = 10_000

  package init(contentsOf url: URL) throws {
    let path = url.relativePath
    let size = FileSystem.status(path).map { Int($0.st_size) } ?? 0
    guard size <= Self.largestFile else {
      throw NumPyError.notNumPy(file: path, found: "\(size) bytes are too many")
    }
    try self.init(bytes: [UInt8](FileSystem.contents(of: path)), file: path)
  }

  package init(bytes: [UInt8], file: String) throws {
    let (header, start) = try Self.header(of: bytes, file)
    let kind = try Self.kind(of: header, file)
    let count = try Self.count(of: header, file)
    let expected = count.multipliedReportingOverflow(by: kind.size)
    guard !expected.overflow, bytes.count - start == expected.partialValue else {
      let total = expected.overflow ? Int.max : start &+ expected.partialValue
      throw NumPyError.wrongLength(file: file, expected: total, found: bytes.count)
    }
    areStrings = kind.isString
    entries = try (0..<count).map { index in
      let at = start + index * kind.size
      guard let text = kind.text(bytes[at..<at + kind.size]) else {
        throw NumPyError.notText(file: file, position: index)
      }
      return text.trimmingCharacters(in: CharacterSet(charactersIn: "\0"))
    }
  }

  /// A type of entries: their size in bytes, and how one is read.
  private struct Kind: Sendable {
    let size: Int
    var isString = false
    let text: @Sendable (ArraySlice<UInt8>) -> String?

    static let integers: [String: Kind] = [
      "<i4": Kind(size: 4) { "\(Int32(truncatingIfNeeded: word($0)))" },
      "<i8": Kind(size: 8) { "\(Int64(bitPattern: word($0)))" },
      "<u4": Kind(size: 4) { "\(word($0))" }, "<u8": Kind(size: 8) { "\(word($0))" },
    ]

    static func bytes(_ length: Int) -> Kind {
      Kind(size: length, isString: true) { String(validating: $0, as: UTF8.self) }
    }

    static func unicode(_ length: Int) -> Kind {
      Kind(size: 4 * length, isString: true) { bytes in
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
      throw NumPyError.notNumPy(file: file, found: found)
    }
    guard (1...3).contains(bytes[6]) else {
      throw NumPyError.notNumPy(file: file, found: "format version \(bytes[6])")
    }
    let start = bytes[6] == 1 ? 10 : 12
    let length = bytes[8..<min(start, bytes.count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard bytes.count >= start + length else {
      throw NumPyError.wrongLength(
        file: file, expected: start + length, found: bytes.count)
    }
    guard length <= longestHeader else {
      throw NumPyError.notNumPy(
        file: file, found: "a header of \(length) bytes, and no list needs over \(longestHeader)")
    }
    guard let text = String(validating: bytes[start..<start + length], as: UTF8.self) else {
      throw NumPyError.notNumPy(file: file, found: "its header is not text")
    }
    return (text, start + length)
  }

  private static func kind(of header: String, _ file: String) throws -> Kind {
    guard let match = header.firstMatch(of: /'descr'\s*:\s*'([^']*)'/) else {
      throw NumPyError.unsupportedArray(
        file: file, found: "an array of records or without a type", expected: "a plain list")
    }
    if let kind = Kind.integers[String(match.1)] { return kind }
    if let text = match.1.wholeMatch(of: /(<U|\|S)([0-9]{1,3})/), let n = Int(text.2), n > 0 {
      return text.1 == "<U" ? .unicode(n) : .bytes(n)
    }
    throw NumPyError.unsupportedArray(
      file: file, found: "an array of type '\(match.1.prefix(20))'",
      expected: "integers ('<i8', '<i4') or strings ('<U12', '|S12')")
  }

  private static func count(of header: String, _ file: String) throws -> Int {
    let match = header.firstMatch(of: /'shape'\s*:\s*(\([^)]*\))/)
    let shape = match.map { String($0.1) } ?? "no shape"
    guard let digits = shape.wholeMatch(of: /\(\s*([0-9]+)\s*,\s*\)/), let count = Int(digits.1)
    else {
      throw NumPyError.unsupportedArray(
        file: file, found: "an array of shape \(shape.prefix(40))",
        expected: "one dimension, such as (3500,)")
    }
    return count
  }
}

/// Writes NumPy's file format, version 1.0 (numpy.lib.format).
package enum NumPyFile {
  /// A vector of 64-bit integers.
  package static func vector(_ values: [Int]) -> Data {
    var header = "{'descr': '<i8', 'fortran_order': False, 'shape': (\(values.count),), }"
    let prefix = 10  // magic, version and the header's length
    let used = prefix + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - used % 64) % 64) + "\n"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
    withUnsafeBytes(of: UInt16(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
    data += Data(header.utf8)
    for value in values {
      withUnsafeBytes(of: Int64(value).littleEndian) { data.append(contentsOf: $0) }
    }
    return data
  }
}

/// Why a file is no array that can be read.
package enum NumPyError: Error, Equatable, CustomStringConvertible {
  case notNumPy(file: String, found: String)
  case unsupportedArray(file: String, found: String, expected: String)
  case wrongLength(file: String, expected: Int, found: Int)
  case notText(file: String, position: Int)

  package var description: String {
    switch self {
    case .notNumPy(let file, let found):
      "\(file): not a NumPy array (\(found)). Expected a file that numpy.save wrote: "
        + "a list of case numbers, such as numpy.arange(100)."
    case .unsupportedArray(let file, let found, let expected):
      "\(file): found \(found), expected \(expected). "
        + "Save it again with numpy.save(FILE, numpy.array(IDS, dtype=\"int64\"))."
    case .wrongLength(let file, let expected, let found):
      "\(file): holds \(found) bytes where its header announces \(expected). "
        + "The file is damaged or was cut short: copy it again."
    case .notText(let file, let position):
      "\(file): entry \(position) is not text, which cannot name a file. "
        + "Expected a number of at least 0, or letters, digits, '-' and '_'."
    }
  }
}
