import Support
import Tensors

/// The named tensors that a component is given, to be checked against what it takes.
struct ComponentInputs {
  private let path: String
  private let tensors: [String: Tensor]

  /// What an axis of an input may measure.
  enum Axis: CustomStringConvertible {
    case exactly(Int)
    /// One or more, called by a letter in messages.
    case any(String)
    case atMost(Int)
    case multiple(String, Int)

    func accepts(_ size: Int) -> Bool {
      switch self {
      case .exactly(let expected): size == expected
      case .any: size >= 1
      case .atMost(let limit): (1...limit).contains(size)
      case .multiple(_, let unit): size >= 1 && size % unit == 0
      }
    }

    var description: String {
      switch self {
      case .exactly(let size): "\(size)"
      case .atMost(let limit): "1...\(limit)"
      case .any(let letter), .multiple(let letter, 1): letter
      case .multiple(let letter, let unit): "\(letter) (a multiple of \(unit))"
      }
    }
  }

  /// - Throws: ``ComponentInputError`` that lists every name that is missing or not known.
  init(_ file: some TensorFile, names: [String]) throws {
    let missing = names.filter { file.layouts[$0] == nil }
    let unknown = file.names.filter { !names.contains($0) }
    guard missing.isEmpty, unknown.isEmpty else {
      throw ComponentInputError.names(
        file.path, missing: missing, unknown: unknown, expected: names)
    }
    path = file.path
    tensors = try file.tensors()
  }

  /// Inputs that can only give a result that says nothing, one sentence each.
  var warnings: [String] {
    tensors.sorted { $0.key < $1.key }.compactMap { name, tensor in
      let count = tensor.withUnsafeBufferPointer { $0.count { !$0.isFinite } }
      return count == 0
        ? nil
        : "\(path): \(count) of the \(tensor.count) numbers of `\(name)` are infinite or not a "
          + "number; so will the outputs be"
    }
  }

  /// - Throws: ``ComponentInputError`` when the shape is not as the axes say.
  func tensor(_ name: String, _ axes: [Axis]) throws -> Tensor {
    let tensor = tensors[name] ?? Tensor(zeros: [0])
    let fits =
      tensor.shape.count == axes.count && zip(axes, tensor.shape).allSatisfy { $0.accepts($1) }
    guard fits else {
      let expected = "[\(axes.map(\.description).joined(separator: ", "))]"
      throw ComponentInputError.shape(path, name, found: tensor.shape, expected: expected)
    }
    return tensor
  }

  /// One timestep for each of `count` pictures; a single one is for all.
  ///
  /// - Throws: ``ComponentInputError`` when they are not whole numbers from 0 to `limit` − 1.
  func timesteps(_ name: String, count: Int, below limit: Int) throws -> [Int] {
    let tensor = tensors[name] ?? Tensor(zeros: [0])
    guard tensor.shape.count <= 1, tensor.count == 1 || tensor.count == count else {
      throw ComponentInputError.shape(
        path, name, found: tensor.shape, expected: "[] or [1] or [\(count)]")
    }
    let timesteps = try wholeNumbers(tensor, name, below: limit)
    return timesteps.count == count ? timesteps : Array(repeating: timesteps[0], count: count)
  }

  /// Texts of the same number of tokens.
  ///
  /// - Throws: ``ComponentInputError`` when they are too long, or not whole numbers from 0 to
  ///   `limit` − 1.
  func tokens(_ name: String, positions: Int, below limit: Int) throws -> [[Int]] {
    let tensor = try tensor(name, [.any("N"), .atMost(positions)])
    let tokens = try wholeNumbers(tensor, name, below: limit)
    let length = tensor.shape[1]
    return stride(from: 0, to: tokens.count, by: length).map { Array(tokens[$0..<$0 + length]) }
  }

  private func wholeNumbers(_ tensor: Tensor, _ name: String, below limit: Int) throws -> [Int] {
    try tensor.values.map { value in
      guard let number = Int(exactly: value), (0..<limit).contains(number) else {
        throw ComponentInputError.number(path, name, found: value, limit: limit)
      }
      return number
    }
  }
}

/// What can be wrong with a component's inputs.
enum ComponentInputError: Error, CustomStringConvertible {
  case names(_ file: String, missing: [String], unknown: [String], expected: [String])
  case shape(_ file: String, _ name: String, found: [Int], expected: String)
  case number(_ file: String, _ name: String, found: Float, limit: Int)

  var description: String {
    switch self {
    case .names(let file, let missing, let unknown, let expected):
      "\(file): the component's inputs are \(Self.list(expected))"
        + (missing.isEmpty ? "" : "; missing: \(Self.list(missing))")
        + (unknown.isEmpty
          ? ""
          : "; not known: "
            + unknown.prefix(8).map { "\($0)\(didYouMean($0, in: expected))" }
            .joined(separator: ", "))
        + (unknown.count > 8 ? " and \(unknown.count - 8) more" : "")
    case .shape(let file, let name, let found, let expected):
      "\(file): `\(name)` has the shape \(found), this model takes \(expected)"
    case .number(let file, let name, let found, let limit):
      "\(file): `\(name)` holds \(found), expected whole numbers from 0 to \(limit - 1)"
    }
  }

  private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
