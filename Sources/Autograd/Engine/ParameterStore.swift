import Support
import Synchronization
import Tensors

/// All parameters of one network, by name and in the order of their creation.
public final class ParameterStore: Sendable {
  public let seed: UInt64
  private let state = Mutex<(ordered: [Parameter], byName: [String: Parameter])>(([], [:]))

  /// `seed` decides the random start of every parameter, each from a stream of its own name.
  public init(seed: UInt64 = 0) { self.seed = seed }

  public var root: ParameterScope { ParameterScope(store: self, prefix: "") }
  public var parameters: [Parameter] { state.withLock { $0.ordered } }
  public subscript(name: String) -> Parameter? { state.withLock { $0.byName[name] } }

  fileprivate func add(_ parameter: Parameter) {
    state.withLock { state in
      check(state.byName[parameter.name] == nil, "two parameters are named \(parameter.name)")
      state.byName[parameter.name] = parameter
      state.ordered.append(parameter)
    }
  }

  /// Takes every parameter's value from `weights`.
  ///
  /// - Throws: ``WeightMismatch`` that lists all missing, unexpected and misshapen weights; nothing
  ///   is changed then.
  public func load(_ weights: [String: Tensor]) throws {
    try checkFit(weights.mapValues(\.shape))
    for parameter in parameters {
      if let value = weights[parameter.name] { parameter.value = value }
    }
  }

  /// Takes every parameter's value from a file, each when it is first used.
  ///
  /// - Throws: ``WeightMismatch`` that lists all missing, unexpected and misshapen weights; nothing
  ///   is changed then.
  public func load(_ file: some TensorFile) throws {
    try checkFit(file.layouts.mapValues(\.shape))
    for parameter in parameters { parameter.load(from: try file.reader(of: parameter.name)) }
  }

  /// Frees the memory of all weights that can be read from their file again.
  public func unload() { parameters.forEach { $0.unload() } }

  /// Runs `body` with all parameters constant: gradients flow through the network, none to its weights.
  public func frozen<Result>(_ body: () throws -> Result) rethrows -> Result {
    let trained = parameters.filter(\.isTrainable)
    for parameter in trained { parameter.isTrainable = false }
    defer { for parameter in trained { parameter.isTrainable = true } }
    return try body()
  }

  private func checkFit(_ shapes: [String: [Int]]) throws {
    let mismatch = WeightMismatch(expected: parameters.map { ($0.name, $0.shape) }, found: shapes)
    guard mismatch.isEmpty else { throw mismatch }
  }

  /// Every parameter's value by name.
  public var weights: [String: Tensor] {
    Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value) })
  }
}

/// Where in a network's tree of names a module creates its parameters.
///
/// `ResnetBlock(scope / "resnets" / 0)`: the initialiser is the map of names.
public struct ParameterScope: Sendable {
  let store: ParameterStore
  public let prefix: String

  public static func / (scope: ParameterScope, name: String) -> ParameterScope {
    ParameterScope(
      store: scope.store, prefix: scope.prefix.isEmpty ? name : "\(scope.prefix).\(name)")
  }

  public static func / (scope: ParameterScope, index: Int) -> ParameterScope { scope / "\(index)" }

  /// Creates the parameter `prefix.name`.
  public func parameter(
    _ name: String, _ shape: [Int], _ start: Initialization, rate: Double = 1
  ) -> Parameter {
    let fullName = (self / name).prefix
    let seed = store.seed
    let parameter = Parameter(fullName, shape, rate: rate) {
      start(shape, seed: seed, name: fullName)
    }
    store.add(parameter)
    return parameter
  }
}
