/// How a text file is encoded, by its first bytes.
package enum TextEncoding: Equatable {
  case utf8
  case utf16(isBigEndian: Bool)
  case utf32

  /// UTF-16 shows by its mark or, as texts hold no zero bytes, by where its first characters have them.
  package init(of bytes: UnsafeRawBufferPointer) {
    let start = Array(bytes.prefix(4))
    if start.starts(with: [0xFF, 0xFE, 0, 0]) || start == [0, 0, 0xFE, 0xFF] {
      self = .utf32
    } else if start.starts(with: [0xFE, 0xFF]) {
      self = .utf16(isBigEndian: true)
    } else if start.starts(with: [0xFF, 0xFE]) {
      self = .utf16(isBigEndian: false)
    } else if start.count >= 2, start[0] == 0 || start[1] == 0, start[0] != start[1] {
      self = .utf16(isBigEndian: start[0] == 0)
    } else {
      self = .utf8
    }
  }

  /// The length of the byte order mark.
  package func markLength(in bytes: UnsafeRawBufferPointer) -> Int {
    switch self {
    case .utf8: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    case .utf16: bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) ? 2 : 0
    case .utf32: 4
    }
  }

  /// The text in UTF-8, without a mark.
  ///
  /// - Throws: `FileError` for UTF-32, which nothing writes, and for half a character.
  package func decoded(_ bytes: UnsafeRawBufferPointer, path: String) throws -> [UInt8] {
    let bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(markLength(in: bytes)))
    switch self {
    case .utf8: return Array(bytes)
    case .utf16(let isBigEndian):
      let units = stride(from: 0, to: bytes.count - 1, by: 2).map { i in
        let (low, high) = isBigEndian ? (bytes[i + 1], bytes[i]) : (bytes[i], bytes[i + 1])
        return UInt16(low) | UInt16(high) << 8
      }
      guard bytes.count.isMultiple(of: 2), let text = String(validating: units, as: UTF16.self)
      else { throw Self.problem(path, "it looks like UTF-16, but is damaged; save it as UTF-8") }
      return Array(text.utf8)
    case .utf32: throw Self.problem(path, "it is UTF-32; save it as UTF-8")
    }
  }

  private static func problem(_ path: String, _ reason: String) -> FileError {
    .failed(path: path, operation: "read", reason: reason)
  }
}
