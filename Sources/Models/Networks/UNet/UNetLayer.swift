import Autograd

/// Which blocks of a UNet save nothing for their gradients and compute it again.
public enum RecomputedBlocks: Sendable {
  case none
  /// Those of the finest level: they would keep most of the memory, and take less than half of the time.
  case finest
  case all
}

/// What every rung of the UNet is told.
struct UNetSignals: Sendable {
  /// The time embedding after its SiLU, `[N, T]`.
  let time: Variable
  /// Condition tokens, `[N, K, D]`.
  let context: Variable
  let recomputed: RecomputedBlocks
}

/// A ResNet block and, where its level attends, a transformer: one rung of the UNet.
///
/// - Shape: `[N, H, W, input]` → `[N, H, W, output]`.
struct UNetLayer: Sendable {
  let resnet: ResnetBlock
  let transformer: Transformer2D?
  /// Whether it works at the latents' own size.
  private let isFinest: Bool

  /// - Parameters:
  ///   - index: the rung's place in its block, part of the weights' names.
  ///   - level: of the block; the finest is 0.
  init(
    _ scope: ParameterScope, _ index: Int, level: Int, _ input: Int, _ output: Int, attends: Bool,
    _ configuration: UNetConfiguration
  ) {
    isFinest = level == 0
    resnet = ResnetBlock(
      scope / "resnets" / index, input, output, time: configuration.timeEmbeddingChannels,
      groups: configuration.normGroups, epsilon: 1e-5)
    transformer =
      attends ? Transformer2D(scope / "attentions" / index, output, configuration) : nil
  }

  func callAsFunction(_ x: Variable, _ signals: UNetSignals) -> Variable {
    switch signals.recomputed {
    case .all: break
    case .finest where isFinest: break
    default: return forward(x, signals.time, signals.context)
    }
    return recompute([x, signals.time, signals.context]) { forward($0[0], $0[1], $0[2]) }
  }

  private func forward(_ x: Variable, _ time: Variable, _ context: Variable) -> Variable {
    let h = resnet(x, time: time)
    return transformer.map { $0(h, context: context) } ?? h
  }
}
