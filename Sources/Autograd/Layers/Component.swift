/// A network with the store that owns its parameters.
public struct Component<Network: Sendable>: Sendable {
  public var network: Network
  public let parameters: ParameterStore

  /// - Parameters:
  ///   - seed: of the random start; loading weights replaces it.
  ///   - build: makes the network, whose parameters it takes from the scope.
  public init(seed: UInt64 = 0, _ build: (ParameterScope) -> Network) {
    parameters = ParameterStore(seed: seed)
    network = build(parameters.root)
  }
}
