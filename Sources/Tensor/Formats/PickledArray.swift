/// A NumPy array of floating-point numbers in a pickle.
package struct PickledArray {
  package let shape: [Int]
  /// Row-major.
  package let values: [Double]

  package struct Refusal: Error, CustomStringConvertible {
    package let description: String
  }

  /// At most 2 GB: more than any mixture has.
  private static let mostElements = 1 << 28

  package init(_ value: PickleValue) throws(Refusal) {
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
}
