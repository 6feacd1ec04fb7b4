import Foundation

/// Carries values from one process to another of the same build: into bytes, or out of them.
///
/// One description of what is carried, and in which order, serves both ways.
struct RawPassage {
  /// What has been carried in.
  private(set) var bytes: [UInt8] = []
  /// What is still to be carried out; nil on the way in.
  private var rest: UnsafeRawBufferPointer?

  /// The way in.
  init() {}

  /// The way out.
  init(of bytes: UnsafeRawBufferPointer) { rest = bytes }

  mutating func carry<Element: BitwiseCopyable>(_ array: inout [Element]) throws {
    if rest == nil {
      withUnsafeBytes(of: array.count) { bytes += $0 }
      array.withUnsafeBytes { bytes += $0 }
      return
    }
    let count = try take(MemoryLayout<Int>.size).loadUnaligned(as: Int.self)
    let (size, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflows else { throw Damage() }
    let source = try take(size)
    array = Array(unsafeUninitializedCapacity: count) { target, initialized in
      UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
      initialized = count
    }
  }

  /// What is small, or of no plain memory.
  mutating func carry<Value: Codable>(coded value: inout Value) throws {
    var text = rest == nil ? Array(try JSONEncoder().encode(value)) : []
    try carry(&text)
    if rest != nil { value = try JSONDecoder().decode(Value.self, from: Data(text)) }
  }

  private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard let rest, rest.count >= count else { throw Damage() }
    self.rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    return UnsafeRawBufferPointer(rebasing: rest[..<count])
  }

  struct Damage: Error, CustomStringConvertible {
    var description: String { "what another rank has read of the data set is damaged" }
  }
}
