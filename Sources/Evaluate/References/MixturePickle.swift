import Tensors

extension GaussianMixture {
  /// Reads the pickle of a scikit-learn `GaussianMixture`, such as the official evaluation's,
  /// running nothing of it. Covariances of every type become full.
  ///
  /// - Throws: `FileError`, `PickleError`, ``GaussianMixtureError``.
  /// - Source: scikit-learn, `mixture/_gaussian_mixture.py` (attributes); NumPy,
  ///   `_core/multiarray.py` and `_core/numeric.py` (how arrays are pickled).
  public init(pickle path: String) throws {
    func refused(_ reason: String) -> GaussianMixtureError {
      .notMixture(file: path, reason: reason)
    }
    let root = try Pickle(contentsOf: path).root
    guard let object = root.object, let state = object.state, Self.isMixture(object) else {
      throw refused("the pickle is \(root.kind), expected scikit-learn's GaussianMixture")
    }
    func array(_ name: String) throws -> PickledArray {
      guard let value = state[name] else {
        throw refused("it has no \(name): has it been fitted?")
      }
      do {
        return try PickledArray(value)
      } catch {
        throw refused("\(name): \(error)")
      }
    }
    let weights = try array("weights_")
    let means = try array("means_")
    guard weights.shape.count == 1, means.shape.count == 2, means.shape[0] == weights.shape[0],
      means.shape[1] > 0
    else {
      throw refused("weights \(weights.shape) and means \(means.shape) do not fit together")
    }
    let type = state["covariance_type"]?.string ?? "full"
    let stored = try array("covariances_")
    guard
      let covariances = stored.covariances(
        type, count: means.shape[0], dimension: means.shape[1])
    else {
      throw refused(
        "covariances of type '\(type)' and shape \(stored.shape) do not fit means \(means.shape)")
    }
    try self.init(
      weights: weights.values,
      means: Matrix(rows: means.shape[0], columns: means.shape[1], values: means.values),
      covariances: covariances)
  }

  private static func isMixture(_ object: PickleObject) -> Bool {
    // Newer protocols call the class, older ones `copyreg._reconstructor(class, object, None)`.
    let classes = [object.callable] + object.arguments.prefix(1)
    return classes.contains { value in
      guard let name = value.global else { return false }
      return name.name == "GaussianMixture" && name.module.hasPrefix("sklearn.mixture")
    }
  }
}

/// A NumPy array of floating-point numbers in a pickle.
private struct PickledArray {
  let shape: [Int]
  /// Row-major.
  let values: [Double]

  struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  /// At most 2 GB: more than any mixture has.
  private static let mostElements = 1 << 28

  init(_ value: PickleValue) throws(Refusal) {
    guard let object = value.object, let function = object.callable.global else {
      throw Refusal(description: "found \(value.kind), expected a NumPy array")
    }
    // `_reconstruct` and then the state, or `_frombuffer(bytes, dtype, shape, order)`.
    let parts: (data: PickleValue, type: PickleValue, shape: PickleValue, isFortran: Bool)
    let state = object.state?.items
    if function.name == "_reconstruct", let state, state.count == 5 {
      parts = (state[4], state[2], state[1], state[3].bool ?? (state[3].integer == 1))
    } else if function.name == "_frombuffer", object.arguments.count == 4 {
      let arguments = object.arguments
      parts = (arguments[0], arguments[1], arguments[2], arguments[3].string == "F")
    } else {
      throw Refusal(description: "found \(value.kind), expected a NumPy array")
    }
    shape = parts.shape.items?.compactMap { $0.integer }.filter { $0 >= 0 } ?? []
    guard let sizes = parts.shape.items, sizes.count <= 3, sizes.count == shape.count
    else { throw Refusal(description: "its shape is no tuple of up to three sizes") }
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, product <= Self.mostElements else {
        throw Refusal(description: "its shape \(shape) is too large")
      }
      count = product
    }
    let decode = try Self.decoder(parts.type)
    guard let bytes = parts.data.bytes, bytes.count == count * decode.size else {
      let found = parts.data.bytes.map { "\($0.count) bytes" } ?? parts.data.kind
      throw Refusal(
        description: "it holds \(found), shape \(shape) needs \(count * decode.size)")
    }
    let stored = bytes.withUnsafeBytes { raw in
      (0..<count).map { decode.read(raw, $0 * decode.size) }
    }
    values = parts.isFortran ? Self.rowMajor(stored, shape) : stored
  }

  /// How the elements of a `numpy.dtype` are read: 4 or 8 bytes of either order.
  private static func decoder(
    _ type: PickleValue
  ) throws(Refusal) -> (size: Int, read: (UnsafeRawBufferPointer, Int) -> Double) {
    guard let object = type.object, object.callable.isGlobal("numpy", "dtype"),
      let name = object.arguments.first?.string
    else { throw Refusal(description: "its type is \(type.kind), expected numpy.dtype") }
    let order = object.state?.items?.dropFirst().first?.string ?? "<"
    let isBig = order == ">" || name.hasPrefix(">")
    func bits<Bits: FixedWidthInteger>(
      _ bytes: UnsafeRawBufferPointer, _ offset: Int, _ type: Bits.Type
    ) -> Bits {
      let bits = bytes.loadUnaligned(fromByteOffset: offset, as: type)
      return isBig ? bits.byteSwapped : bits
    }
    switch name.drop(while: { "<>=|".contains($0) }) {
    case "f8": return (8, { Double(bitPattern: bits($0, $1, UInt64.self)) })
    case "f4": return (4, { Double(Float(bitPattern: bits($0, $1, UInt32.self))) })
    default: throw Refusal(description: "its elements are \(name), expected f8 or f4")
    }
  }

  /// Elements whose first index runs fastest, in the order of the last.
  private static func rowMajor(_ values: [Double], _ shape: [Int]) -> [Double] {
    var strides: [Int] = []
    for axis in shape.indices { strides.append(shape[..<axis].reduce(1, *)) }
    return values.indices.map { offset in
      var (rest, place) = (offset, 0)
      for axis in shape.indices.reversed() {
        place += rest % shape[axis] * strides[axis]
        rest /= shape[axis]
      }
      return values[place]
    }
  }

  /// Full covariances of what scikit-learn stores for a type; nil if the shape isn't that type's.
  func covariances(_ type: String, count: Int, dimension: Int) -> [Matrix]? {
    let size = dimension * dimension
    func diagonal(_ value: (Int) -> Double) -> Matrix {
      var matrix = Matrix(zeros: dimension, dimension)
      for i in 0..<dimension { matrix[i, i] = value(i) }
      return matrix
    }
    func full(_ part: ArraySlice<Double>) -> Matrix {
      Matrix(rows: dimension, columns: dimension, values: Array(part))
    }
    switch (type, shape) {
    case ("full", [count, dimension, dimension]):
      return (0..<count).map { full(values[$0 * size..<($0 + 1) * size]) }
    case ("tied", [dimension, dimension]):
      return [Matrix](repeating: full(values[...]), count: count)
    case ("diag", [count, dimension]):
      return (0..<count).map { k in diagonal { values[k * dimension + $0] } }
    case ("spherical", [count]):
      return (0..<count).map { k in diagonal { _ in values[k] } }
    default: return nil
    }
  }
}
