import Foundation

func little(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// A zip archive of stored entries, with what may be wrong with one.
struct TestArchive {
  struct Entry {
    var name: String
    var content: [UInt8]
    /// Zeros behind the content, a hole in the file.
    var zeros = 0
    var method: UInt16 = 0
    /// In the entry's own header, where that differs from the directory.
    var headerName: String?
    var headerSize: UInt32?
    /// In the directory, where that differs from the truth.
    var claimedOffset: Int?
    var claimedSize: Int?
  }

  var entries: [Entry]
  var claimedCount: Int?
  /// With 64-bit sizes and offsets (ZIP64).
  var isWide = false

  func write(to path: String) throws {
    try Data().write(to: URL(fileURLWithPath: path))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    defer { try? file.close() }
    var directory: [UInt8] = []
    var offset = 0
    for entry in entries {
      let size = entry.content.count + entry.zeros
      let header = header(of: entry, size)
      try file.seek(toOffset: UInt64(offset))
      try file.write(contentsOf: header + entry.content)
      directory += record(of: entry, entry.claimedSize ?? size, entry.claimedOffset ?? offset)
      offset += header.count + size
    }
    try file.seek(toOffset: UInt64(offset))
    try file.write(contentsOf: directory + end(directory.count, at: offset))
  }

  private func header(of entry: Entry, _ size: Int) -> [UInt8] {
    let name = Array((entry.headerName ?? entry.name).utf8)
    let wide = isWide ? little(UInt16(1)) + little(UInt16(16)) + little(size) + little(size) : []
    let narrow = entry.headerSize ?? (isWide ? .max : UInt32(size))
    var bytes: [UInt8] = [0x50, 0x4B, 3, 4, 45, 0, 0, 0] + little(entry.method)
    bytes += [UInt8](repeating: 0, count: 8) + little(narrow) + little(narrow)
    return bytes + little(UInt16(name.count)) + little(UInt16(wide.count)) + name + wide
  }

  private func record(of entry: Entry, _ size: Int, _ offset: Int) -> [UInt8] {
    let name = Array(entry.name.utf8)
    let sizes = little(size) + little(size) + little(offset)
    let wide = isWide ? little(UInt16(1)) + little(UInt16(24)) + sizes : []
    let narrow = isWide ? UInt32.max : UInt32(size)
    var bytes: [UInt8] = [0x50, 0x4B, 1, 2, 45, 0, 45, 0, 0, 0] + little(entry.method)
    bytes += [UInt8](repeating: 0, count: 8) + little(narrow) + little(narrow)
    bytes += little(UInt16(name.count)) + little(UInt16(wide.count))
    bytes += [UInt8](repeating: 0, count: 10) + little(isWide ? UInt32.max : UInt32(offset))
    return bytes + name + wide
  }

  private func end(_ size: Int, at offset: Int) -> [UInt8] {
    let count = claimedCount ?? entries.count
    var bytes: [UInt8] = []
    if isWide {
      bytes += [0x50, 0x4B, 6, 6] + little(44) + [45, 0, 45, 0] + [UInt8](repeating: 0, count: 8)
      bytes += little(count) + little(count) + little(size) + little(offset)
      bytes += [0x50, 0x4B, 6, 7, 0, 0, 0, 0] + little(offset + size) + [1, 0, 0, 0]
    }
    bytes += [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    bytes += isWide ? little(UInt32.max) : little(UInt16(count)) + little(UInt16(count))
    bytes += little(isWide ? UInt32.max : UInt32(size))
    return bytes + little(isWide ? UInt32.max : UInt32(offset)) + [0, 0]
  }
}

/// Pieces of pickles, as a pickler (or an attacker) writes them.
enum Written {
  static func pickle(_ value: [UInt8]) -> [UInt8] { [0x80, 2] + value + [0x2E] }

  static func text(_ text: String) -> [UInt8] {
    [0x58] + little(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  static func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + little(value) }

  static func global(_ module: String, _ name: String) -> [UInt8] {
    Array("c\(module)\n\(name)\n".utf8)
  }

  static func tuple(_ items: [[UInt8]]) -> [UInt8] { [0x28] + items.joined() + [0x74] }

  static func call(_ function: [UInt8], _ arguments: [[UInt8]]) -> [UInt8] {
    function + tuple(arguments) + [0x52]
  }

  static func dictionary(_ pairs: KeyValuePairs<String, [UInt8]>) -> [UInt8] {
    [0x7D, 0x28] + pairs.flatMap { text($0.key) + $0.value } + [0x75]
  }

  static func storage(_ type: String = "Float", _ key: String = "0", count: Int = 6) -> [UInt8] {
    let name = global("torch", "\(type)Storage")
    return tuple([text("storage"), name, text(key), text("cpu"), integer(count)]) + [0x51]
  }

  static func tensor(
    _ shape: [Int] = [2, 3], _ strides: [Int] = [3, 1], offset: Int = 0,
    in storage: [UInt8] = storage()
  ) -> [UInt8] {
    call(
      global("torch._utils", "_rebuild_tensor_v2"),
      [
        storage, integer(offset), tuple(shape.map(integer)), tuple(strides.map(integer)), [0x89],
        [0x7D],
      ])
  }
}

extension TestArchive {
  /// As `torch.save` writes it; storage `0` holds the floats 0 … 5.
  init(checkpoint value: [UInt8], byteOrder: String = "little") {
    let floats = (0..<6).flatMap { little(Float($0).bitPattern) }
    self.init(entries: [
      Entry(name: "archive/data.pkl", content: Written.pickle(value)),
      Entry(name: "archive/byteorder", content: Array(byteOrder.utf8)),
      Entry(name: "archive/data/0", content: floats),
    ])
  }
}
