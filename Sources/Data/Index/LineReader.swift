import Foundation
import Support

/// The lines of a file, read in blocks: constant memory whatever the file's size.
///
/// Accepts LF and CRLF, a missing last line end, and a UTF-8 byte order mark.
final class LineReader {
  let path: String
  /// The size of the file when it was opened; 0 for a pipe.
  let size: Int
  /// The number of the last line returned, from 1.
  private(set) var line = 0
  /// Bytes of the file up to the end of the last line returned.
  private(set) var bytesConsumed = 0

  private let file: Int32
  private let keepsQuotedLineEnds: Bool
  private var block: UnsafeMutableRawBufferPointer
  private var unread = 0..<0
  private var hasQuotes = false
  private var isAtEnd = false
  private var lineEndsInLine = 0

  /// No file that this program reads has longer lines; one that does is something else.
  static let longestLine = 64 << 20

  /// - Parameter keepsQuotedLineEnds: A line end between double quotes belongs to the line, as in
  ///   CSV.
  init(path: String, keepsQuotedLineEnds: Bool = false) throws {
    self.path = path
    self.keepsQuotedLineEnds = keepsQuotedLineEnds
    file = FileSystem.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError.fromErrno(errno, path: path, operation: "read") }
    var status = stat()
    size = fstat(file, &status) == 0 ? Int(status.st_size) : 0
    block = .allocate(byteCount: min(max(size + 64, 4096), 4 << 20), alignment: 64)
    try fill()
    if unread.count >= 3, block[0] == 0xEF, block[1] == 0xBB, block[2] == 0xBF {
      unread = 3..<unread.upperBound
      bytesConsumed = 3
    }
  }

  deinit {
    if file >= 0 { close(file) }
    block.deallocate()
  }

  /// The next line without its end, valid until the next call; nil at the end of the file.
  func next() throws -> UnsafeRawBufferPointer? {
    line += 1 + lineEndsInLine
    lineEndsInLine = 0
    var searched = 0
    while true {
      if let end = lineEnd(from: unread.lowerBound + searched) { return take(upTo: end, skip: 1) }
      if isAtEnd { return unread.isEmpty ? nil : take(upTo: unread.upperBound, skip: 0) }
      searched = keepsQuotedLineEnds ? 0 : unread.count
      try fill()
    }
  }

  private func take(upTo end: Int, skip: Int) -> UnsafeRawBufferPointer {
    var text = unread.lowerBound..<end
    bytesConsumed += text.count + skip
    unread = end + skip..<unread.upperBound
    if let last = text.last, block[last] == UInt8(ascii: "\r") { text = text.dropLast() }
    return UnsafeRawBufferPointer(rebasing: block[text])
  }

  private func lineEnd(from start: Int) -> Int? {
    guard let base = block.baseAddress else { return nil }
    var position = start
    var quotes = 0
    lineEndsInLine = 0
    while position < unread.upperBound,
      let found = memchr(base + position, 0x0A, unread.upperBound - position)
    {
      let end = UnsafeRawPointer(found) - UnsafeRawPointer(base)
      guard hasQuotes else { return end }
      for i in position..<end where block[i] == UInt8(ascii: "\"") { quotes += 1 }
      if quotes.isMultiple(of: 2) { return end }
      lineEndsInLine += 1
      position = end + 1
    }
    return nil
  }

  /// Moves what is unread to the front and reads more behind it.
  private func fill() throws {
    if unread.count * 2 > block.count { try grow() }
    guard let base = block.baseAddress else { return }
    memmove(base, base + unread.lowerBound, unread.count)
    unread = 0..<unread.count
    var count: Int
    repeat {
      count = read(file, base + unread.count, block.count - unread.count)
    } while count < 0 && errno == EINTR
    guard count >= 0 else { throw FileError.fromErrno(errno, path: path, operation: "read") }
    isAtEnd = count == 0
    unread = 0..<unread.count + count
    hasQuotes = keepsQuotedLineEnds && memchr(base, 0x22, unread.count) != nil
  }

  private func grow() throws {
    guard block.count < Self.longestLine else {
      throw DatasetError.malformed(
        file: path, line: line, problem: "longer than \(Self.longestLine >> 20) MB")
    }
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: block.count * 2, alignment: 64)
    larger.copyMemory(from: UnsafeRawBufferPointer(block))
    block.deallocate()
    block = larger
  }
}
