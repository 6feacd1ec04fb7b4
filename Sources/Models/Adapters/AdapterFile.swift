import Foundation
import Support
import Tensors

/// A file of low-rank adapters, whatever tool has written it.
struct AdapterFile {
  /// The change of one module.
  struct Change {
    /// As the file spells it.
    let module: String
    let down: String
    let up: String
    let rank: Int
    /// Multiplies the product of both.
    let scale: Float
  }

  let path: String
  let changes: [Change]
  private let tensors: any TensorFile

  /// - Parameters:
  ///   - path: of the tensors.
  ///   - configuration: PEFT's, beside them.
  /// - Throws: ``AdapterError``; what is wrong with the file.
  init(_ path: String, configuration: String? = nil) throws {
    self.path = path
    let tensors = try openTensors(path)
    self.tensors = tensors
    let alphas = try AdapterAlphas(tensors, configuration: configuration)
    var names: [String: [AdapterName.Role: String]] = [:]
    var unknown: [String] = []
    for name in tensors.names {
      guard let parsed = AdapterName(name) else {
        if let method = AdapterName.otherMethod(of: name) {
          throw AdapterError.otherMethod(path, name, method)
        }
        unknown.append(name)
        continue
      }
      names[parsed.module, default: [:]][parsed.role] = name
    }
    guard unknown.isEmpty else { throw AdapterError.unknownTensors(path, unknown) }
    guard !names.isEmpty else { throw AdapterError.notAdapters(path) }
    let notFinite = try tensors.names.filter { try !tensors.tensor($0).isFinite }
    guard notFinite.isEmpty else { throw AdapterError.notFinite(path, notFinite) }
    changes = try Self.changes(names, tensors, alphas)
  }

  private static func changes(
    _ names: [String: [AdapterName.Role: String]], _ file: any TensorFile, _ alphas: AdapterAlphas
  ) throws -> [Change] {
    let layouts = file.layouts
    var incomplete: [String] = []
    let changes = try names.sorted { $0.key < $1.key }.compactMap { module, roles -> Change? in
      guard let down = roles[.down], let up = roles[.up],
        let rank = layouts[down]?.shape.first, rank > 0, layouts[up]?.shape.count ?? 0 > 1
      else {
        incomplete.append(module)
        return nil
      }
      let alpha = try roles[.alpha].map { try number($0, file) }
      return Change(
        module: module, down: down, up: up, rank: rank,
        scale: alpha.map { $0 / Float(rank) } ?? alphas.scale(of: module, rank: rank))
    }
    guard incomplete.isEmpty else { throw AdapterError.incomplete(file.path, incomplete) }
    return changes
  }

  private static func number(_ name: String, _ file: any TensorFile) throws -> Float {
    guard file.layouts[name]?.shape.reduce(1, *) == 1 else {
      throw AdapterError.badAlpha(file.path, name)
    }
    return try file.tensor(name).values[0]
  }

  func shape(_ name: String) -> [Int] { tensors.layouts[name]?.shape ?? [] }

  /// What is added to a weight, made anew each time.
  ///
  /// - Parameter weight: of the file as a whole.
  func difference(of change: Change, weight: Float, shape: [Int]) throws -> @Sendable () -> Tensor {
    let (down, up) = (try tensors.reader(of: change.down), try tensors.reader(of: change.up))
    let factor = change.scale * weight
    let rank = change.rank
    return {
      let product = up().reshaped([-1, rank]).matrixProduct(down().reshaped([rank, -1]))
      return product.reshaped(shape) * factor
    }
  }
}
