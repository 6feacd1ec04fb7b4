import Foundation

/// The lines of a text file, read in blocks: constant memory whatever the file's size.
///
/// Accepts LF, CRLF and CR, a missing last line end, a UTF-8 byte order mark, and UTF-16 as Windows'
/// programs write it, which is held whole.
package final class LineReader {
  package let path: String
  /// The size of the file when it was opened; 0 for a pipe.
  package let size: Int
  /// The number of the last line returned, from 1.
  package private(set) var line = 0
  /// Bytes of the text up to the end of the last line returned.
  package private(set) var bytesConsumed = 0

  private let file: FileInput
  private let keepsQuotedLineEnds: Bool
  private var block: UnsafeMutableRawBufferPointer
  private var unread = 0..<0
  private var hasQuotes = false
  private var hasReturns = false
  private var isAtEnd = false
  private var lineEndsInLine = 0

  /// No file that this program reads has longer lines; one that does is something else.
  static let longestLine = 64 << 20

  /// - Parameter keepsQuotedLineEnds: A line end between double quotes belongs to the line, as in
  ///   CSV.
  /// - Throws: `FileError`.
  package init(path: String, keepsQuotedLineEnds: Bool = false) throws {
    self.path = path
    self.keepsQuotedLineEnds = keepsQuotedLineEnds
    file = try FileInput(path)
    size = file.size
    block = .allocate(byteCount: min(max(size + 64, 4096), 4 << 20), alignment: 64)
    try fill()
    try decode()
  }

  deinit { block.deallocate() }

  /// What is not read yet of the block at hand: to see what kind of text this is.
  package var ahead: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: block[unread]) }

  /// All that is left of the text, valid until the next call.
  package func rest() throws -> UnsafeRawBufferPointer {
    while !isAtEnd { try fill() }
    return ahead
  }

  /// The next line without its end, valid until the next call; nil at the end of the file.
  package func next() throws -> UnsafeRawBufferPointer? {
    line += 1 + lineEndsInLine
    lineEndsInLine = 0
    var searched = 0
    while true {
      if let end = lineEnd(from: unread.lowerBound + searched) { return take(end) }
      if isAtEnd { return unread.isEmpty ? nil : take((unread.upperBound, 0)) }
      // A CR at the very end may be the half of a CRLF.
      searched = keepsQuotedLineEnds ? 0 : max(unread.count - 1, 0)
      try fill()
    }
  }

  private func take(_ end: (place: Int, length: Int)) -> UnsafeRawBufferPointer {
    let text = unread.lowerBound..<end.place
    bytesConsumed += text.count + end.length
    unread = end.place + end.length..<unread.upperBound
    return UnsafeRawBufferPointer(rebasing: block[text])
  }

  /// The first line end that is not between quotes; nil if what is read so far holds none.
  private func lineEnd(from start: Int) -> (place: Int, length: Int)? {
    var position = start
    var quotes = 0
    lineEndsInLine = 0
    while let end = anyLineEnd(from: position) {
      guard hasQuotes else { return end }
      for i in position..<end.place where block[i] == UInt8(ascii: "\"") { quotes += 1 }
      if quotes.isMultiple(of: 2) { return end }
      lineEndsInLine += 1
      position = end.place + end.length
    }
    return nil
  }

  private func anyLineEnd(from start: Int) -> (place: Int, length: Int)? {
    let feed = find(0x0A, in: start..<unread.upperBound)
    let beforeFeed = start..<(feed ?? unread.upperBound)
    guard hasReturns, let place = find(0x0D, in: beforeFeed) else { return feed.map { ($0, 1) } }
    if place + 1 == feed { return (place, 2) }
    return place + 1 < unread.upperBound || isAtEnd ? (place, 1) : nil
  }

  private func find(_ byte: Int32, in range: Range<Int>) -> Int? {
    guard let base = block.baseAddress, !range.isEmpty,
      let found = memchr(base + range.lowerBound, byte, range.count)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  /// Moves what is unread to the front and reads more behind it.
  private func fill() throws {
    if unread.count * 2 > block.count { try grow() }
    guard let base = block.baseAddress else { return }
    memmove(base, base + unread.lowerBound, unread.count)
    unread = 0..<unread.count
    let count = try file.read(into: .init(rebasing: block[unread.count...]))
    isAtEnd = count == 0
    unread = 0..<unread.count + count
    look()
  }

  private func look() {
    hasQuotes = keepsQuotedLineEnds && find(0x22, in: unread) != nil
    hasReturns = find(0x0D, in: unread) != nil
  }

  private func grow() throws {
    guard block.count < Self.longestLine else {
      throw FileError.failed(
        path: path, operation: "read",
        reason: "line \(line) is longer than \(Self.longestLine >> 20) MB")
    }
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: block.count * 2, alignment: 64)
    larger.copyMemory(from: UnsafeRawBufferPointer(block))
    block.deallocate()
    block = larger
  }
}

extension LineReader {
  /// Passes over a byte order mark; makes UTF-8 of another encoding.
  private func decode() throws {
    let encoding = TextEncoding(of: ahead)
    guard encoding != .utf8 else {
      bytesConsumed = encoding.markLength(in: ahead)
      unread = unread.lowerBound + bytesConsumed..<unread.upperBound
      return
    }
    let text = try encoding.decoded(try rest(), path: path)
    block.deallocate()
    block = .allocate(byteCount: max(text.count, 1), alignment: 64)
    block.copyBytes(from: text)
    unread = 0..<text.count
    look()
  }
}
