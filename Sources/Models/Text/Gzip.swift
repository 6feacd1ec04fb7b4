import CImage

/// Files that gzip compressed.
enum Gzip {
  struct Problem: Error {
    let reason: String
  }

  static func inflated(_ packed: [UInt8], limit: Int) throws(Problem) -> [UInt8] {
    var bytes = CImageBytes()
    var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_LENGTH))
    guard cimage_gunzip(packed, packed.count, limit, &bytes, &message) == 1 else {
      throw Problem(
        reason: String(decoding: message.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))
    }
    defer { cimage_free(&bytes) }
    return Array(UnsafeBufferPointer(start: bytes.bytes, count: bytes.count))
  }
}
