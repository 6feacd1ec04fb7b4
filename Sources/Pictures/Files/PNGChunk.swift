import Foundation

/// One chunk of a PNG file: four letters and their content.
struct PNGChunk {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  let type: String
  /// Where the content lies; may reach beyond the bytes at hand.
  let content: Range<Int>
  /// Where the next chunk begins.
  var next: Int { content.upperBound + 4 }

  /// Nil where the bytes end within length or type.
  init?(_ bytes: [UInt8], at position: Int) {
    guard position >= 0, position + 8 <= bytes.count else { return nil }
    let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
    type = String(decoding: bytes[position + 4..<position + 8], as: UTF8.self)
    content = position + 8..<position + 8 + length
  }

  /// A chunk's bytes: length, type, content, checksum.
  static func encoded(_ type: String, _ content: [UInt8]) -> Data {
    let checked = Array(type.utf8) + content
    return Data(bigEndian(UInt32(content.count)) + checked + bigEndian(checksum(checked)))
  }

  /// A text chunk: `tEXt` (Latin-1) if that holds the text, else `iTXt` (UTF-8).
  ///
  /// - Parameter key: 1 to 79 Latin-1 characters.
  static func text(_ key: String, _ value: String) -> Data {
    guard let keyword = latin1(key), (1...79).contains(keyword.count) else {
      preconditionFailure("PNG text keywords have 1 to 79 Latin-1 characters, got \"\(key)\"")
    }
    if let value = latin1(value) { return encoded("tEXt", keyword + [0] + value) }
    // Uncompressed, no language tag, no translated keyword.
    return encoded("iTXt", keyword + [0, 0, 0, 0, 0] + value.utf8.filter { $0 != 0 })
  }

  /// The key and value of an uncompressed text chunk.
  static func parseText(_ type: String, _ content: [UInt8]) -> (key: String, value: String)? {
    guard let end = content.firstIndex(of: 0) else { return nil }
    let key = String(latin1: content[..<end])
    let rest = content[(end + 1)...]
    if type == "tEXt" { return (key, String(latin1: rest)) }
    guard type == "iTXt", rest.count >= 2, rest.first == 0 else { return nil }
    let parts = rest.dropFirst(2).split(
      separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    return parts.count == 3 ? (key, String(decoding: parts[2], as: UTF8.self)) : nil
  }

  private static func latin1(_ text: String) -> [UInt8]? {
    let values = text.unicodeScalars.map(\.value)
    return values.allSatisfy { $0 > 0 && $0 < 256 } ? values.map { UInt8($0) } : nil
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// CRC-32 as PNG and zlib use it.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { $0 >> 8 ^ checksumTable[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  private static let checksumTable: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1
    }
  }
}

extension String {
  fileprivate init(latin1 bytes: some Sequence<UInt8>) {
    self.init(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }
}
