/// A zip archive in memory, of which only stored (uncompressed) entries are read.
///
/// The whole directory is checked when it is opened: every entry lies within the file, overlaps no
/// other, and its own header agrees with the directory. Contents are not read (no checksums).
///
/// - Source: PKWARE's APPNOTE 6.3.10, §4.3 and §4.5.3 (ZIP64).
package struct ZipArchive: Sendable {
  /// Where each entry's content lies in the file.
  package let entries: [String: Range<Int>]

  private let path: String

  /// - Parameter path: for messages.
  /// - Throws: ``ZipError``.
  package init(_ bytes: UnsafeRawBufferPointer, path: String) throws {
    self.path = path
    let records = ZipRecords(bytes: bytes, path: path)
    let directory = try records.directory()
    var entries: [String: Range<Int>] = [:]
    var extents: [(name: String, range: Range<Int>)] = []
    var position = directory.range.lowerBound
    for _ in 0..<directory.count {
      let entry = try records.centralEntry(at: &position, end: directory.range.upperBound)
      let content = try records.content(of: entry, before: directory.range.lowerBound)
      guard entries.updateValue(content, forKey: entry.name) == nil else {
        throw ZipError(path, .duplicate(entry.name))
      }
      extents.append((entry.name, entry.offset..<content.upperBound))
    }
    extents.sort { $0.range.lowerBound < $1.range.lowerBound }
    for (a, b) in zip(extents, extents.dropFirst()) where a.range.upperBound > b.range.lowerBound {
      throw ZipError(path, .overlap(a.name, b.name))
    }
    self.entries = entries
  }
}

/// The records of an archive, read with every bound checked.
private struct ZipRecords {
  let bytes: UnsafeRawBufferPointer
  let path: String

  struct Entry {
    var name: String
    var flags: UInt16
    var size: Int
    var offset: Int
  }

  func load<Value: FixedWidthInteger>(_ position: Int, as _: Value.Type) throws -> Value {
    let size = MemoryLayout<Value>.size
    guard position >= 0, position <= bytes.count - size else {
      throw ZipError(path, .truncated(expected: position + size, bytes.count))
    }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
  }

  func isRecord(_ type: UInt16, at position: Int) -> Bool {
    let signature = UInt32(type) << 16 | 0x4B50  // "PK"
    return (try? load(position, as: UInt32.self)) == signature
  }

  /// The last record of the file; behind it is a comment at most.
  private func endRecord() -> Int? {
    let last = bytes.count - 22
    guard last >= 0 else { return nil }
    let candidates = bytes[max(last - 0xFFFF, 0)...last].indices.reversed()
    return candidates.first { position in
      bytes[position] == UInt8(ascii: "P") && isRecord(0x0605, at: position)
        && Int(bytes[position + 20]) | Int(bytes[position + 21]) << 8 == last - position
    }
  }

  /// Where the directory lies, from the record at the file's end.
  func directory() throws -> (range: Range<Int>, count: Int) {
    guard let end = endRecord() else { throw ZipError(path, .noEnd) }
    var count = UInt64(try load(end + 10, as: UInt16.self))
    var size = UInt64(try load(end + 12, as: UInt32.self))
    var start = UInt64(try load(end + 16, as: UInt32.self))
    var limit = end
    if isRecord(0x0706, at: end - 20) {
      guard let record = Int(exactly: try load(end - 12, as: UInt64.self)), record < end - 20,
        isRecord(0x0606, at: record)
      else {
        throw ZipError(path, .badDirectory("its 64-bit end record is not where it should be"))
      }
      count = try load(record + 32, as: UInt64.self)
      size = try load(record + 40, as: UInt64.self)
      start = try load(record + 48, as: UInt64.self)
      limit = record
    }
    guard start <= UInt64(limit), size <= UInt64(limit) - start else {
      throw ZipError(path, .badDirectory("it claims \(size) bytes at \(start) of \(bytes.count)"))
    }
    let smallestEntry: UInt64 = 46
    guard count <= size / smallestEntry else {
      throw ZipError(path, .badDirectory("\(count) entries do not fit into its \(size) bytes"))
    }
    return (Int(start)..<Int(start + size), Int(count))
  }

  /// One entry of the directory; moves `position` past it.
  func centralEntry(at position: inout Int, end: Int) throws -> Entry {
    guard isRecord(0x0201, at: position) else {
      throw ZipError(path, .badDirectory("no entry at byte \(position)"))
    }
    let start = position
    let lengths = try (0..<3).map { Int(try load(start + 28 + 2 * $0, as: UInt16.self)) }
    position += 46 + lengths.reduce(0, +)
    guard position <= end else {
      throw ZipError(path, .badDirectory("its entry at byte \(start) runs past its end"))
    }
    let name = try text(start + 46, lengths[0])
    let flags = try load(start + 8, as: UInt16.self)
    let method = try load(start + 10, as: UInt16.self)
    guard method == 0 else { throw ZipError(path, .compressed(name)) }
    guard flags & 1 == 0 else { throw ZipError(path, .encrypted(name)) }
    let extra = start + 46 + lengths[0]..<start + 46 + lengths[0] + lengths[1]
    let fields = [
      try load(start + 24, as: UInt32.self), try load(start + 20, as: UInt32.self),
      try load(start + 42, as: UInt32.self),
    ]
    let wide = try widened(fields, extra, name)
    guard wide[0] == wide[1] else {
      throw ZipError(path, .disagreement(name, "it is stored, yet has two different sizes"))
    }
    return Entry(name: name, flags: flags, size: wide[0], offset: wide[2])
  }

  /// Sizes and offsets; those that are all ones stand in the ZIP64 part of the extra field.
  func widened(_ fields: [UInt32], _ extra: Range<Int>, _ name: String) throws -> [Int] {
    var wide = extra.upperBound..<extra.upperBound
    var position = extra.lowerBound
    while position + 4 <= extra.upperBound {
      let end = position + 4 + Int(try load(position + 2, as: UInt16.self))
      if try load(position, as: UInt16.self) == 1, end <= extra.upperBound {
        wide = position + 4..<end
        break
      }
      position = end
    }
    return try fields.map { field in
      guard field == .max else { return Int(field) }
      guard wide.count >= 8, let value = Int(exactly: try load(wide.lowerBound, as: UInt64.self))
      else { throw ZipError(path, .disagreement(name, "its 64-bit sizes are missing or absurd")) }
      wide = wide.lowerBound + 8..<wide.upperBound
      return value
    }
  }

  /// Where an entry's content lies, after checking the header that stands before it.
  func content(of entry: Entry, before limit: Int) throws -> Range<Int> {
    let start = entry.offset
    guard start <= limit - 30, entry.size <= limit - start - 30 else {
      throw ZipError(path, .beyondFile(entry.name))
    }
    guard isRecord(0x0403, at: start) else {
      throw ZipError(path, .disagreement(entry.name, "it has no header at byte \(start)"))
    }
    let nameLength = Int(try load(start + 26, as: UInt16.self))
    let extraLength = Int(try load(start + 28, as: UInt16.self))
    let content = start + 30 + nameLength + extraLength
    guard content <= limit, entry.size <= limit - content else {
      throw ZipError(path, .beyondFile(entry.name))
    }
    guard try text(start + 30, nameLength) == entry.name else {
      throw ZipError(path, .disagreement(entry.name, "its own header has another name"))
    }
    guard try load(start + 8, as: UInt16.self) == 0 else {
      throw ZipError(path, .compressed(entry.name))
    }
    let fields = [
      try load(start + 22, as: UInt32.self), try load(start + 18, as: UInt32.self),
    ]
    // Writers that learn the size at the end (PyTorch) put zero here and the size after the content.
    let isLate = entry.flags & 8 != 0 && (fields == [0, 0] || fields == [.max, .max])
    if !isLate {
      let sizes = try widened(fields, content - extraLength..<content, entry.name)
      guard sizes == [entry.size, entry.size] else {
        throw ZipError(path, .disagreement(entry.name, "its own header has another size"))
      }
    }
    return content..<content + entry.size
  }

  func text(_ start: Int, _ count: Int) throws -> String {
    guard start <= bytes.count - count else {
      throw ZipError(path, .truncated(expected: start + count, bytes.count))
    }
    guard let name = String(validating: bytes[start..<start + count], as: UTF8.self) else {
      throw ZipError(path, .badDirectory("a name at byte \(start) is not UTF-8"))
    }
    return name
  }
}

/// What can be wrong with a zip archive.
package struct ZipError: Error, Equatable, CustomStringConvertible {
  package enum Reason: Equatable, Sendable {
    case truncated(expected: Int, Int)
    case noEnd
    case badDirectory(String)
    case compressed(String), encrypted(String)
    case beyondFile(String)
    case duplicate(String)
    case overlap(String, String)
    case disagreement(String, String)
  }
  package let path: String
  package let reason: Reason

  init(_ path: String, _ reason: Reason) {
    self.path = path
    self.reason = reason
  }

  package var description: String {
    switch reason {
    case .truncated(let expected, let found):
      "\(path) is truncated: it has \(found) bytes and needs at least \(expected). \(Self.again)"
    case .noEnd:
      "\(path) is a zip archive without an end, so it is truncated. \(Self.again)"
    case .badDirectory(let why):
      "\(path) is damaged: the directory of its zip archive is wrong: \(why). \(Self.again)"
    case .compressed(let name):
      "\(path): its entry \(name.shortened) is compressed; PyTorch stores entries uncompressed. "
        + "Unpack the archive and pack it again without compression (zip -0)."
    case .encrypted(let name): "\(path): its entry \(name.shortened) is encrypted"
    case .beyondFile(let name):
      "\(path) is damaged: its entry \(name.shortened) reaches beyond the file. \(Self.again)"
    case .duplicate(let name): "\(path): two of its entries have the name \(name.shortened)"
    case .overlap(let a, let b):
      "\(path): its entries \(a.shortened) and \(b.shortened) overlap; nothing that writes "
        + "checkpoints does this"
    case .disagreement(let name, let why):
      "\(path) is damaged: entry \(name.shortened): \(why). \(Self.again)"
    }
  }

  private static let again = "Copy or download it again."
}
