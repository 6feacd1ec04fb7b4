import Foundation
import Support

/// A file of named tensors, mapped into memory: fp32 tensors are views of the file, fp16 and bf16
/// ones are converted when asked for.
///
/// - Source: the safetensors format: 8 bytes of header length, a JSON header, the data.
public struct Safetensors: TensorFile {
  public enum ElementType: String, Sendable, CaseIterable {
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case float64 = "F64"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint8 = "U8"
    case bool = "BOOL"

    var size: Int {
      switch self {
      case .float64, .int64: 8
      case .float32, .int32: 4
      case .float16, .bfloat16, .int16: 2
      case .uint8, .int8, .bool: 1
      }
    }
  }

  public struct Entry: Sendable, Equatable {
    public let type: ElementType
    public let shape: [Int]
    /// Bytes within the file.
    public let range: Range<Int>
  }

  public let path: String
  public let entries: [String: Entry]
  public let metadata: [String: String]
  private let file: MappedFile

  /// The header of the largest published models takes a few megabytes at most. Reading one takes up
  /// to ten times its size of memory.
  private static let largestHeader = 16 << 20

  /// Opens the file and checks its whole header against its size.
  ///
  /// - Throws: `FileError`, ``SafetensorsError``.
  public init(_ path: String) throws {
    self.path = path
    file = try MappedFile(path)
    let bytes = file.bytes
    guard bytes.count >= 8 else {
      throw SafetensorsError.truncated(path, expected: 8, found: bytes.count)
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= Self.largestHeader else {
      throw SafetensorsError.notSafetensors(path, FileContent(bytes))
    }
    let dataStart = 8 + Int(length)
    guard dataStart <= bytes.count else {
      throw SafetensorsError.truncated(path, expected: dataStart, found: bytes.count)
    }
    let header = try Self.header(
      .init(rebasing: bytes[8..<dataStart]), path, dataStart: dataStart, fileSize: bytes.count)
    (entries, metadata) = (header.entries, header.metadata)
    try requireWholeCover(dataStart: dataStart)
  }

  private static func header(
    _ text: UnsafeRawBufferPointer, _ path: String, dataStart: Int, fileSize: Int
  ) throws -> (entries: [String: Entry], metadata: [String: String]) {
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]
    var scanner = JSONScanner(text)
    do {
      try scanner.members { scanner, name in
        let value = try scanner.value()
        if name == "__metadata__" {
          metadata = Self.texts(value)
          return
        }
        let entry = try Self.entry(name, value, path, dataStart: dataStart, fileSize: fileSize)
        guard entries.updateValue(entry, forKey: name) == nil else {
          throw SafetensorsError.badEntry(path, name, "the header has two of that name")
        }
      }
    } catch is JSONProblem {
      throw SafetensorsError.notSafetensors(path, .unknown)
    }
    guard scanner.isAtEnd() else { throw SafetensorsError.notSafetensors(path, .unknown) }
    return (entries, metadata)
  }

  /// The texts of an object; nothing of anything else, which is no metadata.
  private static func texts(_ value: StrictJSON) -> [String: String] {
    guard case .object(let members) = value else { return [:] }
    var texts: [String: String] = [:]
    for case (let key, .string(let text)) in members { texts[key] = text }
    return texts
  }

  /// Tensors lie one behind the other and fill the file, as the format has it: what they share or
  /// leave out is a slip of whatever wrote it, or hides something.
  private func requireWholeCover(dataStart: Int) throws {
    let sorted = entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }
    var (end, before) = (dataStart, "the header")
    for (name, entry) in sorted {
      let start = entry.range.lowerBound
      guard start == end else {
        throw SafetensorsError.badEntry(
          path, name,
          start < end
            ? "shares \(end - start) bytes with \(before.shortened); the file is damaged"
            : "begins \(start - end) bytes behind \(before.shortened), which no tensor covers; the file is "
              + "damaged")
      }
      (end, before) = (entry.range.upperBound, name)
    }
    guard end == file.bytes.count else {
      throw SafetensorsError.uncovered(path, file.bytes.count - end)
    }
  }

  private static func entry(
    _ name: String, _ value: StrictJSON, _ path: String, dataStart: Int, fileSize: Int
  ) throws -> Entry {
    guard case .object(let members) = value,
      case .string(let typeName)? = members.first(where: { $0.key == "dtype" })?.value,
      let shape = sizes(members.first { $0.key == "shape" }?.value),
      let offsets = sizes(members.first { $0.key == "data_offsets" }?.value),
      offsets.count == 2, offsets[1] >= offsets[0]
    else { throw SafetensorsError.badEntry(path, name, "its header entry is malformed") }
    guard let type = ElementType(rawValue: typeName) else {
      throw SafetensorsError.badEntry(path, name, "its type \(typeName) is not supported")
    }
    var size = type.size
    for axis in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: axis)
      guard !overflow else { throw SafetensorsError.badEntry(path, name, "its shape overflows") }
      size = product
    }
    guard offsets[1] - offsets[0] == size else {
      throw SafetensorsError.badEntry(
        path, name,
        "shape \(shape) of \(typeName) needs \(size) bytes, it has \(offsets[1] - offsets[0])")
    }
    guard offsets[1] <= fileSize - dataStart else {
      throw SafetensorsError.truncated(path, expected: dataStart + offsets[1], found: fileSize)
    }
    return Entry(type: type, shape: shape, range: dataStart + offsets[0]..<dataStart + offsets[1])
  }

  /// A list of whole numbers of at least 0.
  private static func sizes(_ value: StrictJSON?) -> [Int]? {
    guard case .array(let items)? = value else { return nil }
    var sizes: [Int] = []
    for item in items {
      guard case .number(let number) = item, (0...0x1p53).contains(number),
        let size = Int(exactly: number)
      else { return nil }
      sizes.append(size)
    }
    return sizes
  }

  public var layouts: [String: TensorLayout] {
    entries.mapValues { TensorLayout($0.type, $0.shape) }
  }

  public func reader(of name: String) throws -> @Sendable () -> Tensor {
    try tensor(of: name).read
  }

  public func withBytes<Result>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    try tensor(of: name).withBytes(body)
  }

  public func releasePages(of name: String) { try? tensor(of: name).releasePages() }

  private func tensor(of name: String) throws -> MappedTensor {
    guard let entry = entries[name] else { throw SafetensorsError.noTensor(path, name, names) }
    return MappedTensor(TensorLayout(entry.type, entry.shape), file, entry.range)
  }
}

/// What can be wrong with a safetensors file.
public enum SafetensorsError: Error, CustomStringConvertible {
  case notSafetensors(_ path: String, _ found: FileContent)
  case truncated(_ path: String, expected: Int, found: Int)
  case badEntry(_ path: String, _ name: String, _ why: String)
  /// Bytes behind the last tensor.
  case uncovered(_ path: String, _ count: Int)
  case noTensor(_ path: String, _ name: String, _ names: [String])

  public var description: String {
    switch self {
    case .notSafetensors(let path, .unknown):
      "\(path) is not a safetensors file: its header cannot be read. "
        + "If it was downloaded, download it again."
    case .notSafetensors(let path, let found):
      "\(path) is not a safetensors file, it is \(found.name). \(found.advice(for: path))"
    case .truncated(let path, let expected, let found):
      "\(path) is truncated: it has \(found) bytes and needs at least \(expected). "
        + "Copy or download it again."
    case .badEntry(let path, let name, let why):
      "\(path): tensor \(name.shortened): \(why)"
    case .uncovered(let path, let count):
      "\(path) has \(count) bytes behind its last tensor, which no tensor covers; it is damaged. "
        + "Copy or download it again."
    case .noTensor(let path, let name, let names):
      "\(path) has no tensor \(name.shortened); it has "
        + names.prefix(8).map(\.shortened).joined(separator: ", ")
        + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }
  }
}
