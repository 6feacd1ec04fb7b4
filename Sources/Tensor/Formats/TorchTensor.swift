/// A tensor as PyTorch pickles it: the call that would rebuild it from a part of a storage.
struct TorchTensor {
  struct StorageReference {
    let type: Safetensors.ElementType
    let key: String
    /// In elements.
    let count: Int
  }

  /// Why a tensor cannot be read.
  struct Problem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  let storage: StorageReference
  let offset: Int
  let shape: [Int]
  let strides: [Int]

  private static let utilities = "torch._utils"
  private static let mostAxes = 64  // as in PyTorch
  private static let deepestWrapping = 8

  /// - Returns: nil where the value is no tensor.
  /// - Throws: ``Problem``.
  init?(_ value: PickleValue) throws {
    guard let object = value.object else { return nil }
    var (callable, arguments) = (object.callable, object.arguments)
    for _ in 0..<Self.deepestWrapping {
      guard let global = callable.global else { return nil }
      switch (global.module, global.name) {
      case (Self.utilities, "_rebuild_parameter"),
        (Self.utilities, "_rebuild_parameter_with_state"):
        guard let inner = arguments.first?.object else { throw Problem("it is malformed") }
        (callable, arguments) = (inner.callable, inner.arguments)
      case ("torch._tensor", "_rebuild_from_type_v2"):
        guard arguments.count > 2, let inner = arguments[2].items else {
          throw Problem("it is malformed")
        }
        (callable, arguments) = (arguments[0], inner)
      case (Self.utilities, "_rebuild_tensor_v2"), (Self.utilities, "_rebuild_tensor"):
        try self.init(arguments)
        return
      case (Self.utilities, "_rebuild_tensor_v3"):
        let type = arguments.count > 6 ? arguments[6].global?.name : nil
        throw Problem("its type \((type ?? "?").shortened) is not supported")
      case (Self.utilities, let name) where name.hasPrefix("_rebuild_"):
        throw Problem("it is of a kind that is not supported (\(name.shortened))")
      default: return nil
      }
    }
    throw Problem("it is wrapped more than \(Self.deepestWrapping) times")
  }

  private init(_ arguments: PickleItems) throws {
    guard arguments.count >= 4, let offset = arguments[1].integer,
      let shape = Self.integers(arguments[2]), let strides = Self.integers(arguments[3]),
      shape.count == strides.count
    else { throw Problem("its storage, offset, shape or strides are malformed") }
    storage = try StorageReference(arguments[0])
    guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
      throw Problem("its offset \(offset), shape \(shape) or strides \(strides) are negative")
    }
    (self.offset, self.shape, self.strides) = (offset, shape, strides)
  }

  private static func integers(_ value: PickleValue) -> [Int]? {
    guard let items = value.items, items.count <= mostAxes else { return nil }
    let integers = items.compactMap(\.integer)
    return integers.count == items.count ? integers : nil
  }

  /// The elements of the storage that the tensor spans.
  ///
  /// - Throws: ``Problem`` where they are not in it.
  func elements() throws -> Range<Int> {
    var (count, last) = (1, offset)
    for (size, stride) in zip(shape, strides) {
      let product = count.multipliedReportingOverflow(by: size)
      let reach = max(size - 1, 0).multipliedReportingOverflow(by: stride)
      let end = last.addingReportingOverflow(reach.partialValue)
      guard !product.overflow, !reach.overflow, !end.overflow else {
        throw Problem("its shape \(shape) with strides \(strides) overflows")
      }
      (count, last) = (product.partialValue, end.partialValue)
    }
    let end = count == 0 ? offset : last
    guard end <= storage.count - (count == 0 ? 0 : 1) else {
      throw Problem(
        "shape \(shape) with strides \(strides) from element \(offset) reaches beyond its storage "
          + "of \(storage.count) elements")
    }
    return offset..<(count == 0 ? offset : last + 1)
  }

  var isContiguous: Bool {
    guard !shape.contains(0) else { return true }
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      guard stride == expected else { return false }
      expected *= size
    }
    return true
  }
}

extension TorchTensor.StorageReference {
  private static let types: [String: Safetensors.ElementType] = [
    "Float": .float32, "Half": .float16, "BFloat16": .bfloat16, "Double": .float64,
    "Long": .int64, "Int": .int32, "Short": .int16, "Char": .int8, "Byte": .uint8, "Bool": .bool,
  ]

  /// From the tuple `("storage", torch.FloatStorage, "0", "cpu", 6)`.
  ///
  /// - Throws: ``TorchTensor/Problem``.
  fileprivate init(_ value: PickleValue) throws {
    guard let items = value.persistentID?.items, items.count >= 5, items[0].string == "storage",
      let global = items[1].global, let key = items[2].string, let count = items[4].integer,
      count >= 0
    else { throw TorchTensor.Problem("its storage is malformed") }
    let suffix = "Storage"
    guard global.module == "torch", global.name.hasSuffix(suffix),
      let type = Self.types[String(global.name.dropLast(suffix.count))]
    else {
      let name = "\(global.module).\(global.name)".shortened
      throw TorchTensor.Problem("its storage, a \(name), is not of a supported type")
    }
    (self.type, self.key, self.count) = (type, key, count)
  }
}
