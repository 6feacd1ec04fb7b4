/// A file of named tensors, whatever its format.
public protocol TensorFile: Sendable {
  var path: String { get }

  /// What every tensor is, by name; known without reading any.
  var layouts: [String: TensorLayout] { get }

  /// Makes the tensor of that name as fp32: to be called later, and as often as wanted.
  ///
  /// - Throws: when there is none of that name.
  func reader(of name: String) throws -> @Sendable () -> Tensor

  /// The tensor's elements in row-major order, in the type that ``layouts`` names.
  ///
  /// - Throws: when there is none of that name.
  func withBytes<Result>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result

  /// Gives back the memory of a tensor's bytes until they are next touched, where they are mapped.
  func releasePages(of name: String)
}

/// How a tensor is stored.
public struct TensorLayout: Sendable, Equatable {
  public let type: Safetensors.ElementType
  public let shape: [Int]

  public init(_ type: Safetensors.ElementType, _ shape: [Int]) {
    self.type = type
    self.shape = shape
  }
}

extension TensorFile {
  public func releasePages(of name: String) {}

  public var names: [String] { layouts.keys.sorted() }

  /// The tensor of that name as fp32.
  ///
  /// - Throws: when there is none of that name.
  public func tensor(_ name: String) throws -> Tensor { try reader(of: name)() }

  /// All tensors by name.
  public func tensors() throws -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for name in layouts.keys { result[name] = try tensor(name) }
    return result
  }
}

extension TensorFile {
  /// The tensor of that name in double precision, of any floating-point or integer type.
  ///
  /// - Throws: when there is none of that name.
  public func doubles(_ name: String) throws -> (shape: [Int], values: [Double]) {
    guard let layout = layouts[name], layout.type == .float64 else {
      let tensor = try tensor(name)
      return (tensor.shape, tensor.withUnsafeBufferPointer { $0.map(Double.init) })
    }
    let values = try withBytes(of: name) { bytes in
      (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
    }
    return (layout.shape, values)
  }
}
