import Support

/// A tensor that lies in a mapped file.
struct MappedTensor: Sendable {
  let layout: TensorLayout
  let file: MappedFile
  /// The bytes that its elements span, in the file.
  let range: Range<Int>
  /// From element to element along each axis, in elements; nil for row-major order without gaps.
  let strides: [Int]?

  init(_ layout: TensorLayout, _ file: MappedFile, _ range: Range<Int>, strides: [Int]? = nil) {
    self.layout = layout
    self.file = file
    self.range = range
    self.strides = strides
  }

  private var count: Int { layout.shape.reduce(1, *) }
  private var source: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: file.bytes[range]) }

  /// Gives back the memory of its bytes until they are next touched.
  func releasePages() { file.releasePages(of: source) }

  /// As fp32: a view of the file where its bytes are just that, converted otherwise.
  func read() -> Tensor {
    let (type, shape, count) = (layout.type, layout.shape, count)
    guard count > 0, let base = source.baseAddress else { return Tensor(zeros: shape) }
    let isAligned = Int(bitPattern: base) % MemoryLayout<Float>.alignment == 0
    if type == .float32, strides == nil, isAligned {
      let floats = base.assumingMemoryBound(to: Float.self)
      return Tensor(shape, storage: Storage(borrowing: floats, count: count, owner: file))
    }
    return withBytes { bytes in
      let converted = Tensor(shape) { type.convert(bytes, count, to: $0) }
      file.releasePages(of: source)  // else the weights would be in memory twice
      return converted
    }
  }

  /// The elements in row-major order, as they are in the file.
  func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(file) {
      guard let strides, count > 0 else { return try body(source) }
      let size = layout.type.size
      let gathered = UnsafeMutableRawBufferPointer.allocate(byteCount: count * size, alignment: 64)
      defer { gathered.deallocate() }
      switch size {
      case 1: gather(UInt8.self, strides, into: gathered)
      case 2: gather(UInt16.self, strides, into: gathered)
      case 4: gather(UInt32.self, strides, into: gathered)
      default: gather(UInt64.self, strides, into: gathered)
      }
      return try body(UnsafeRawBufferPointer(gathered))
    }
  }

  private func gather<Element: FixedWidthInteger>(
    _: Element.Type, _ strides: [Int], into result: UnsafeMutableRawBufferPointer
  ) {
    let (shape, source) = (layout.shape, source)
    let (length, step) = (shape.last ?? 1, strides.last ?? 1)
    var index = [Int](repeating: 0, count: max(shape.count - 1, 0))
    var start = 0
    for row in 0..<count / length {
      for i in 0..<length {
        let offset = (start + i * step) * MemoryLayout<Element>.size
        result.storeBytes(
          of: source.loadUnaligned(fromByteOffset: offset, as: Element.self),
          toByteOffset: (row * length + i) * MemoryLayout<Element>.size, as: Element.self)
      }
      for axis in index.indices.reversed() {
        index[axis] += 1
        start += strides[axis]
        if index[axis] < shape[axis] { break }
        start -= shape[axis] * strides[axis]
        index[axis] = 0
      }
    }
  }
}

extension Safetensors.ElementType {
  /// Writes `count` elements of this type as floats.
  fileprivate func convert(
    _ source: UnsafeRawBufferPointer, _ count: Int, to result: UnsafeMutablePointer<Float>
  ) {
    func each<Value>(_: Value.Type, _ body: (Value) -> Float) {
      let size = MemoryLayout<Value>.size
      for i in 0..<count {
        result[i] = body(source.loadUnaligned(fromByteOffset: i * size, as: Value.self))
      }
    }
    switch self {
    case .float32: each(Float.self) { $0 }
    case .float64: each(Double.self) { Float($0) }
    case .int64: each(Int64.self) { Float($0) }
    case .int32: each(Int32.self) { Float($0) }
    case .int16: each(Int16.self) { Float($0) }
    case .int8: each(Int8.self) { Float($0) }
    case .uint8, .bool: each(UInt8.self) { Float($0) }
    case .float16, .bfloat16:
      guard let base = source.baseAddress else { return }
      let kernel = self == .float16 ? kernels.fromHalf : kernels.fromBFloat
      parallelRanges(count, grain: elementGrain) {
        kernel(
          base.advanced(by: 2 * $0.lowerBound).assumingMemoryBound(to: UInt16.self),
          result + $0.lowerBound, $0.count)
      }
    }
  }
}
