/// The instructions of protocols 2 to 5, but for those of the extension registry and of buffers
/// that are kept outside.
///
/// - Source: CPython's Lib/pickletools.py, whose names stand behind ours where they differ much.
enum PickleOperation: UInt8 {
  case mark = 0x28, stop = 0x2E, pop = 0x30, popMark = 0x31, duplicate = 0x32
  case protocolVersion = 0x80, frame = 0x95

  case none = 0x4E, `true` = 0x88, `false` = 0x89
  case int1 = 0x4B, int2 = 0x4D, int4 = 0x4A, long1 = 0x8A, long4 = 0x8B  // BININT1 …
  case float = 0x47  // BINFLOAT

  case unicode1 = 0x8C, unicode4 = 0x58, unicode8 = 0x8D  // SHORT_BINUNICODE …
  case string1 = 0x55, string4 = 0x54  // SHORT_BINSTRING …, of Python 2
  case bytes1 = 0x43, bytes4 = 0x42, bytes8 = 0x8E, byteArray8 = 0x96

  case emptyList = 0x5D, emptyTuple = 0x29, emptyDictionary = 0x7D, emptySet = 0x8F
  case tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87, tuple = 0x74, frozenSet = 0x91
  case append = 0x61, appends = 0x65, setItem = 0x73, setItems = 0x75, addItems = 0x90

  case put1 = 0x71, put4 = 0x72, memoize = 0x94, get1 = 0x68, get4 = 0x6A  // BINPUT …

  case global = 0x63, stackGlobal = 0x93, persistent = 0x51  // BINPERSID
  case reduce = 0x52, newObject = 0x81, newObjectWithKeywords = 0x92, build = 0x62
}

/// A pickle's bytes, read one instruction or operand after the other.
struct PickleReader {
  private let bytes: UnsafeRawBufferPointer
  private let path: String
  private var position = 0
  /// Where the current instruction stands.
  private var start = 0

  init(_ bytes: UnsafeRawBufferPointer, path: String) {
    self.bytes = bytes
    self.path = path
  }

  func error(_ reason: PickleError.Reason) -> PickleError {
    PickleError(path: path, offset: start, reason: reason)
  }

  mutating func operation() throws -> PickleOperation {
    start = position
    let code = try byte()
    guard let operation = PickleOperation(rawValue: code) else {
      throw error(start == 0 ? .notPickle : .unknownOperation(code))
    }
    return operation
  }

  mutating func byte() throws -> UInt8 { try integer(UInt8.self) }

  mutating func integer<Value: FixedWidthInteger>(_: Value.Type) throws -> Value {
    let part = try take(MemoryLayout<Value>.size)
    return Value(littleEndian: part.loadUnaligned(as: Value.self))
  }

  /// A length that is as long as `Value`, checked against what is left.
  mutating func checkedCount<Value: FixedWidthInteger>(of _: Value.Type) throws -> Int {
    let count = try integer(Value.self)
    guard let count = Int(exactly: count), count >= 0, count <= bytes.count - position else {
      throw error(.tooFewBytes(needed: "\(count)", left: bytes.count - position))
    }
    return count
  }

  private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count <= bytes.count - position else {
      throw error(.tooFewBytes(needed: "\(count)", left: bytes.count - position))
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// The text up to the next line feed.
  mutating func line() throws -> String {
    guard let end = bytes[position...].firstIndex(of: 10) else { throw error(.endlessLine) }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  mutating func number(_ operation: PickleOperation) throws -> Pickle.Node {
    switch operation {
    case .true: .bool(true)
    case .false: .bool(false)
    case .int1: .integer(Int(try byte()))
    case .int2: .integer(Int(try integer(UInt16.self)))
    case .int4: .integer(Int(try integer(Int32.self)))
    case .long1: long(try take(try checkedCount(of: UInt8.self)))
    case .long4: long(try take(try checkedCount(of: Int32.self)))
    case .float: .float(Double(bitPattern: try integer(UInt64.self).byteSwapped))
    default: .none
    }
  }

  private func long(_ part: UnsafeRawBufferPointer) -> Pickle.Node {
    guard part.count <= 8 else { return .largeInteger(Array(part)) }
    let sign: UInt64 = part.last ?? 0 < 0x80 ? 0 : .max
    let bits = part.reversed().reduce(sign) { $0 << 8 | UInt64($1) }
    return .integer(Int(Int64(bitPattern: bits)))
  }

  mutating func text(_ operation: PickleOperation) throws -> Pickle.Node {
    let count =
      switch operation {
      case .unicode1, .string1, .bytes1: try checkedCount(of: UInt8.self)
      case .unicode4, .bytes4: try checkedCount(of: UInt32.self)
      case .string4: try checkedCount(of: Int32.self)
      default: try checkedCount(of: UInt64.self)
      }
    let part = try take(count)
    switch operation {
    case .unicode1, .unicode4, .unicode8: return .string(String(decoding: part, as: UTF8.self))
    case .string1, .string4:  // text or bytes: Python 2 did not tell
      return String(validating: part, as: UTF8.self).map(Pickle.Node.string) ?? .bytes(Array(part))
    default: return .bytes(Array(part))
    }
  }
}

/// What can be wrong with a pickle.
package struct PickleError: Error, Equatable, CustomStringConvertible {
  package enum Reason: Equatable, Sendable {
    case notPickle
    case version(Int)
    case unknownOperation(UInt8)
    case tooFewBytes(needed: String, left: Int)
    case endlessLine
    case emptyStack, noMark, wrongOperand, keyWithoutValue
    case notInMemo(Int)
    case tooLong(instructions: Int)
  }
  package let path: String
  /// Of the instruction, in bytes from the pickle's beginning.
  package let offset: Int
  package let reason: Reason

  package init(path: String, offset: Int, reason: Reason) {
    (self.path, self.offset, self.reason) = (path, offset, reason)
  }

  package var description: String {
    let found =
      switch reason {
      case .notPickle: "is no pickle of protocol 2 or later (Python 3 writes 4)"
      case .version(let version): "has protocol \(version); 2 to 5 can be read"
      case .unknownOperation(let code): "has the unknown instruction 0x\(String(code, radix: 16))"
      case .tooFewBytes(let needed, let left):
        "needs \(needed) more bytes, it has \(left): it is truncated or damaged"
      case .endlessLine: "has a name without end: it is truncated or damaged"
      case .emptyStack: "takes a value where none is: it is damaged"
      case .noMark: "goes back to a mark that was not set: it is damaged"
      case .wrongOperand: "applies an instruction to a value of the wrong kind: it is damaged"
      case .keyWithoutValue: "sets a key without a value: it is damaged"
      case .notInMemo(let key): "asks for value \(key), which it has not stored: it is damaged"
      case .tooLong(let instructions):
        "has more than \(instructions) instructions, more than any checkpoint needs"
      }
    return "\(path): the pickle \(found) (at its byte \(offset))"
  }
}
