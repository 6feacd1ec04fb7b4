import Autograd

/// What every rung of the UNet is told.
struct UNetSignals: Sendable {
  /// The time embedding after its SiLU, `[N, T]`.
  let time: Variable
  /// Condition tokens, `[N, K, D]`.
  let context: Variable
  /// Whether rungs save nothing and compute twice; see `recompute`.
  let recomputes: Bool
}

/// A ResNet block and, where its level attends, a transformer: one rung of the UNet.
///
/// - Shape: `[N, H, W, input]` → `[N, H, W, output]`.
struct UNetLayer: Sendable {
  let resnet: ResnetBlock
  let transformer: Transformer2D?

  /// - Parameters:
  ///   - index: the rung's place in its block, part of the weights' names.
  init(
    _ scope: ParameterScope, _ index: Int, _ input: Int, _ output: Int, attends: Bool,
    _ configuration: UNetConfiguration
  ) {
    resnet = ResnetBlock(
      scope / "resnets" / index, input, output, time: configuration.timeEmbeddingChannels,
      groups: configuration.normGroups, epsilon: 1e-5)
    transformer =
      attends ? Transformer2D(scope / "attentions" / index, output, configuration) : nil
  }

  func callAsFunction(_ x: Variable, _ signals: UNetSignals) -> Variable {
    guard signals.recomputes else { return forward(x, signals.time, signals.context) }
    return recompute([x, signals.time, signals.context]) { forward($0[0], $0[1], $0[2]) }
  }

  private func forward(_ x: Variable, _ time: Variable, _ context: Variable) -> Variable {
    let h = resnet(x, time: time)
    return transformer.map { $0(h, context: context) } ?? h
  }
}
