import Support

/// An n-dimensional array of `Float`, contiguous and row-major, with value semantics.
///
/// Activations are channels-last (`[N, H, W, C]`, tokens `[N, T, C]`); parameters keep PyTorch's
/// layouts (`[out, in, kh, kw]`, `[out, in]`). Copies share memory until one of them is written.
public struct Tensor: Sendable {
  public let shape: [Int]
  package var storage: Storage

  /// Uninitialised: the caller writes every element.
  package init(uninitialized shape: [Int]) {
    check(shape.allSatisfy { $0 >= 0 }, "negative size in shape \(shape)")
    self.shape = shape
    storage = Storage(count: shape.reduce(1, *))
  }

  package init(_ shape: [Int], storage: Storage) {
    check(storage.capacity >= shape.reduce(1, *), "storage too small for \(shape)")
    self.shape = shape
    self.storage = storage
  }

  /// Writes the elements through `fill`, which must initialise them all.
  package init(_ shape: [Int], fill: (UnsafeMutablePointer<Float>) throws -> Void) rethrows {
    self.init(uninitialized: shape)
    try fill(storage.pointer)
  }

  /// From row-major values; their number must be the product of the shape.
  public init(_ shape: [Int], _ values: [Float]) {
    self.init(uninitialized: shape)
    check(values.count == count, "\(values.count) values for shape \(shape)")
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { storage.pointer.update(from: base, count: source.count) }
    }
  }

  public init(full shape: [Int], _ value: Float) {
    self.init(uninitialized: shape)
    let pointer = storage.pointer
    parallelRanges(count, grain: movingGrain) {
      (pointer + $0.lowerBound).update(repeating: value, count: $0.count)
    }
  }

  public init(zeros shape: [Int]) { self.init(full: shape, 0) }

  /// A scalar, of shape `[]`.
  public init(_ value: Float) { self.init(full: [], value) }

  public var count: Int { shape.reduce(1, *) }
  public var rank: Int { shape.count }

  /// The elements in row-major order.
  public var values: [Float] { Array(UnsafeBufferPointer(start: storage.pointer, count: count)) }

  /// The only element of a tensor with one element.
  public var scalar: Float {
    check(count == 1, "scalar of a tensor of shape \(shape)")
    return storage.pointer[0]
  }

  /// Valid while the tensor lives: keep it alive with ``withExtendedLifetime`` or in a property.
  package var pointer: UnsafePointer<Float> { UnsafePointer(storage.pointer) }

  public func withUnsafeBufferPointer<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    let count = count
    return try withExtendedLifetime(storage) {
      try body(UnsafeBufferPointer(start: storage.pointer, count: count))
    }
  }

  /// Writes in place; copies first where the memory is shared or borrowed.
  public mutating func withUnsafeMutableBufferPointer<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    if storage.isBorrowed || !isKnownUniquelyReferenced(&storage) { storage = copied().storage }
    return try body(UnsafeMutableBufferPointer(start: storage.pointer, count: count))
  }

  /// The same elements in memory of their own.
  package func copied() -> Tensor {
    Tensor(shape) { Self.copy(storage.pointer, to: $0, count: count) }
  }

  /// The same elements under another shape; one size may be −1 and is inferred.
  public func reshaped(_ newShape: [Int]) -> Tensor {
    Tensor(Self.resolve(newShape, count: count, from: shape), storage: storage)
  }

  package static func resolve(_ newShape: [Int], count: Int, from shape: [Int]) -> [Int] {
    var resolved = newShape
    if let unknown = newShape.firstIndex(of: -1) {
      let known = newShape.reduce(1) { $1 == -1 ? $0 : $0 * $1 }
      check(known > 0 && count % known == 0, "cannot reshape \(shape) to \(newShape)")
      resolved[unknown] = count / known
    }
    check(resolved.reduce(1, *) == count, "cannot reshape \(shape) to \(newShape)")
    return resolved
  }
}

extension Tensor: Equatable {
  /// Same shape and same values; NaN equals nothing.
  public static func == (a: Tensor, b: Tensor) -> Bool {
    guard a.shape == b.shape else { return false }
    return a.withUnsafeBufferPointer { x in b.withUnsafeBufferPointer { x.elementsEqual($0) } }
  }
}

extension Tensor: CustomStringConvertible {
  public var description: String {
    let shown = (0..<min(count, 8)).map { "\(storage.pointer[$0])" }.joined(separator: ", ")
    return "Tensor\(shape)(\(shown)\(count > 8 ? ", …" : ""))"
  }
}
