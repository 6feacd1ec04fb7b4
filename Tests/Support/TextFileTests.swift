import Foundation
import Support
import Testing

/// Text as other systems' programs write it.
@Suite struct TextFileTests {
  private func withFile<Result>(
    _ bytes: [UInt8], _ body: (String) throws -> Result
  ) throws -> Result {
    let path = NSTemporaryDirectory() + "pbe-text-\(UUID().uuidString)"
    defer { unlink(path) }
    try Data(bytes).write(to: URL(filePath: path))
    return try body(path)
  }

  private func lines(_ bytes: [UInt8], quoted: Bool = false) throws -> [String] {
    try withFile(bytes) { path in
      let reader = try LineReader(path: path, keepsQuotedLineEnds: quoted)
      var lines: [String] = []
      while let line = try reader.next() { lines.append("\(reader.line) \(line.text)") }
      return lines
    }
  }

  private static func utf16(_ text: String, bigEndian: Bool) -> [UInt8] {
    text.utf16.flatMap { unit in
      let (low, high) = (UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8))
      return bigEndian ? [high, low] : [low, high]
    }
  }

  private static let text = "ä\nb\n\n😀"
  static let encodings: [[UInt8]] = [
    Array(text.utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8),
    Array(text.replacing("\n", with: "\r\n").utf8), Array(text.replacing("\n", with: "\r").utf8),
    [0xFF, 0xFE] + utf16(text, bigEndian: false), [0xFE, 0xFF] + utf16(text, bigEndian: true),
    [0xFF, 0xFE] + utf16(text.replacing("\n", with: "\r\n"), bigEndian: false),
  ]

  @Test(arguments: encodings) func everyEncodingAndLineEndGivesTheSameLines(_ bytes: [UInt8]) throws
  {
    #expect(try lines(bytes) == ["1 ä", "2 b", "3 ", "4 😀"])
  }

  @Test func utf16WithoutAMarkIsSeenByItsZeros() throws {
    for bigEndian in [false, true] {
      #expect(try lines(Self.utf16("{a\nb", bigEndian: bigEndian)) == ["1 {a", "2 b"])
    }
  }

  @Test func whatCannotBeReadAsTextIsNamed() throws {
    for (bytes, reason) in [
      ([0xFF, 0xFE, 0, 0, 65, 0, 0, 0], "UTF-32"), ([0xFF, 0xFE, 65], "damaged"),
      ([0xFF, 0xFE, 0x00, 0xD8, 65, 0], "damaged"),
    ] as [([UInt8], String)] {
      let error = #expect(throws: FileError.self) { try lines(bytes) }
      #expect("\(error as Any)".contains(reason) && "\(error as Any)".contains("save it as UTF-8"))
    }
  }

  @Test func longFilesOfCarriageReturnsAreReadInBlocks() throws {
    let rows = (0..<5000).map { "\($0)" + String(repeating: "x", count: 1000) }
    let bytes = Array(rows.joined(separator: "\r").utf8)
    #expect(bytes.count > 4 << 20)
    let found = try lines(bytes)
    #expect(found.count == rows.count && found.last == "5000 \(rows[4999])")
  }

  @Test func aLineEndBetweenQuotesBelongsToTheLine() throws {
    for end in ["\n", "\r\n", "\r"] {
      let text = "a,\"b\(end)c\"\(end)d"
      #expect(try lines(Array(text.utf8), quoted: true) == ["1 a,\"b\(end)c\"", "3 d"])
    }
  }

  // MARK: Records

  private func records(_ text: String) throws -> [String] {
    try withFile(Array(text.utf8)) { path in
      var found: [String] = []
      try JSONRecords(path: path).forEach { found.append("\($0.line) \($0.text.text)") }
      return found
    }
  }

  @Test(arguments: [
    ("{\"a\": 1}\n{\"a\": 2}\n", ["1 {\"a\": 1}", "2 {\"a\": 2}"]),
    ("[{\"a\": 1}, {\"a\": 2}]", ["1 {\"a\": 1}", "1 {\"a\": 2}"]),
    (
      "\n[\n  {\"a\": \"]},\\\"\"},\n  {\"a\": [2]}\n]\n",
      ["3 {\"a\": \"]},\\\"\"}", "4 {\"a\": [2]}"]
    ),
    ("{\n\"a\": 1\n}\n{\n\"a\": 2\n}\n", ["1 {\n\"a\": 1\n}", "4 {\n\"a\": 2\n}"]),
    ("[]", []),
    ("[{\"a\": 1}, 3]", ["1 {\"a\": 1}", "1 3"]),
    ("[{\"a\": 1},\n]", ["1 {\"a\": 1}", "2 "]),
  ])
  func recordsAreFoundHoweverTheyAreLaidOut(_ text: String, _ expected: [String]) throws {
    #expect(try records(text) == expected)
  }

  /// The first stood still for ever, the second ended the process.
  @Test func recordsThatAreDamagedEndTheReading() throws {
    for text in ["{\n}\n}\n", "[}", "[{\"a\": 1}}]"] {
      let error = #expect(throws: FileError.self) { try records(text) }
      #expect("\(error as Any)".contains("a bracket closes what was never opened"))
    }
    #expect(throws: FileError.self) { try records("[{\"a\": \"b") }
    #expect(try records("{\n\"a\": \"b\\") == ["1 {\n\"a\": \"b\\"])
  }

  @Test func aListWithoutAnEndIsNamed() throws {
    for (text, reason) in [
      ("[{\"a\": 1}, ", "a ']' is missing"), ("[{\"a\": 1}]\nx", "line 2: more text"),
    ] {
      let error = #expect(throws: FileError.self) { try records(text) }
      #expect("\(error as Any)".contains(reason))
    }
  }
}
