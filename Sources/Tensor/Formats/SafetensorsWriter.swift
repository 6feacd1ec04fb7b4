import Foundation
import Support

extension Safetensors {
  /// A tensor that is made when its turn to be written comes.
  public struct Pending: Sendable {
    public let name: String
    public let shape: [Int]
    let make: @Sendable () throws -> Tensor

    public init(_ name: String, _ shape: [Int], make: @escaping @Sendable () throws -> Tensor) {
      (self.name, self.shape, self.make) = (name, shape, make)
    }
  }

  /// Writes tensors as a safetensors file, whole or not at all; the same tensors give the same bytes.
  ///
  /// - Parameters:
  ///   - tensors: by their names in the file.
  ///   - doubles: row-major numbers to be kept in double precision, with their shapes; other names
  ///     than those of `tensors`.
  ///   - path: of the file, which is replaced if it is there.
  ///   - type: what the tensors are stored as: `.float32`, `.float16` or `.bfloat16`.
  ///   - metadata: for the header's `__metadata__`.
  /// - Throws: `FileError`.
  public static func write(
    _ tensors: [String: Tensor], doubles: [String: (shape: [Int], values: [Double])] = [:],
    to path: String, type: ElementType = .float32, metadata: [String: String] = [:]
  ) throws {
    try write(
      tensors.map { name, tensor in Pending(name, tensor.shape) { tensor } }, doubles: doubles,
      to: path, type: type, metadata: metadata)
  }

  /// The same without having all tensors in memory at once; names must differ.
  public static func write(
    _ tensors: [Pending], doubles: [String: (shape: [Int], values: [Double])] = [:],
    to path: String, type: ElementType = .float32, metadata: [String: String] = [:]
  ) throws {
    // Doubles first, so that they are aligned.
    let doubles = doubles.sorted { $0.key < $1.key }
    let tensors = tensors.sorted { $0.name < $1.name }
    let header = try header(
      doubles.map { ($0.key, .float64, $0.value.shape) }
        + tensors.map { ($0.name, type, $0.shape) },
      metadata)
    try AtomicFile.write(to: path) { file in
      try header.withUnsafeBytes { try file.append($0) }
      for (name, (shape, values)) in doubles {
        check(values.count == shape.reduce(1, *), "\(values.count) values for \(name) \(shape)")
        try values.withUnsafeBytes { try file.append($0) }
      }
      for pending in tensors {
        let tensor = try pending.make()
        check(tensor.count == pending.shape.reduce(1, *), "\(pending.name): \(tensor.shape)")
        try append(tensor, type, to: file)
        tensor.releasePages()
      }
    }
  }

  /// The length and the JSON header, padded with spaces so that the data is aligned.
  private static func header(
    _ entries: [(name: String, type: ElementType, shape: [Int])], _ metadata: [String: String]
  ) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Piece by piece: a tree of thousands of entries would leave holes all over the heap.
    var text = Data("{".utf8)
    if !metadata.isEmpty {
      text += Data("\"__metadata__\":".utf8) + (try encoder.encode(metadata))
    }
    var offset = 0
    for (name, type, shape) in entries {
      let end = offset + shape.reduce(type.size, *)
      if text.count > 1 { text += Data(",".utf8) }
      text += try encoder.encode(name)
      let sizes = shape.map(String.init).joined(separator: ",")
      let place = "\"data_offsets\":[\(offset),\(end)],\"dtype\":\"\(type.rawValue)\""
      text += Data(":{\(place),\"shape\":[\(sizes)]}".utf8)
      offset = end
    }
    text += Data("}".utf8)
    text.append(Data(repeating: 0x20, count: (64 - (text.count + 8) % 64) % 64))
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text
  }

  private static func append(
    _ tensor: Tensor, _ type: ElementType, to file: borrowing FileAppender
  ) throws {
    guard type != .float32 else {
      return try tensor.withUnsafeBufferPointer { try file.append(UnsafeRawBufferPointer($0)) }
    }
    check(type == .float16 || type == .bfloat16, "writing tensors as \(type)")
    let kernel = type == .float16 ? kernels.toHalf : kernels.toBFloat
    try tensor.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return }
      let halves = [UInt16](unsafeUninitializedCapacity: values.count) { buffer, initialized in
        if let target = buffer.baseAddress { kernel(base, target, values.count) }
        initialized = values.count
      }
      try halves.withUnsafeBytes { try file.append($0) }
    }
  }
}
