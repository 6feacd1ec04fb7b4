import Foundation

/// Many short strings in one block of memory: 8 bytes each beside their characters.
struct StringTable: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  var count: Int { ends.count }

  subscript(index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }

  mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
    ends.append(bytes.count)
  }

  mutating func append(_ text: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
  }

  mutating func pass(_ passage: inout RawPassage) throws {
    try passage.carry(&bytes)
    try passage.carry(&ends)
  }

  /// A digest of all of them in their order.
  var digest: UInt64 {
    bytes.withUnsafeBytes { stableHash($0) } ^ UInt64(truncatingIfNeeded: ends.count)
  }

  func equals(_ index: Int, _ text: UnsafeRawBufferPointer) -> Bool {
    let range = range(index)
    guard range.count == text.count else { return false }
    return bytes.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[range]).isEqual(to: text) }
  }

  private func range(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }
}

/// Numbers strings in the order of their first appearance.
struct InternTable: Sendable {
  private(set) var names = StringTable()
  /// Open addressing with linear probing; 0 is a free slot, otherwise the number + 1.
  private var slots = [UInt32](repeating: 0, count: 1024)

  var count: Int { names.count }

  /// The string's number, a new one if it hasn't been seen.
  mutating func number(of text: UnsafeRawBufferPointer) -> Int {
    let slot = slot(of: text)
    if slots[slot] != 0 { return Int(slots[slot]) - 1 }
    names.append(text)
    slots[slot] = UInt32(names.count)
    if names.count * 2 > slots.count { grow() }
    return names.count - 1
  }

  mutating func number(of text: String) -> Int {
    Array(text.utf8).withUnsafeBytes { number(of: $0) }
  }

  /// The string's number; nil if it hasn't been seen.
  func find(_ text: UnsafeRawBufferPointer) -> Int? {
    let number = slots[slot(of: text)]
    return number == 0 ? nil : Int(number) - 1
  }

  func find(_ text: String) -> Int? { Array(text.utf8).withUnsafeBytes { find($0) } }

  mutating func pass(_ passage: inout RawPassage) throws {
    try names.pass(&passage)
    try passage.carry(&slots)
  }

  /// The slot that holds `text`, or the free one where it belongs.
  private func slot(of text: UnsafeRawBufferPointer) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: stableHash(text)) & mask
    while slots[slot] != 0, !names.equals(Int(slots[slot]) - 1, text) { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for number in 0..<names.count {
      var name = names[number]
      let free = name.withUTF8 { slot(of: UnsafeRawBufferPointer($0)) }
      slots[free] = UInt32(number + 1)
    }
  }
}

/// FNV-1a with a final mix: the same on every run, unlike Swift's own hashing.
func stableHash(_ text: UnsafeRawBufferPointer) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in text { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  return hash ^ (hash >> 32)
}

extension UnsafeRawBufferPointer {
  func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard let a = baseAddress, let b = other.baseAddress else { return true }
    return memcmp(a, b, count) == 0
  }
}
