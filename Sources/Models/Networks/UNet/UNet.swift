import Autograd

/// The denoising network: what was added to the latents, seen beside the masked picture.
///
/// - Source: `UNet2DConditionModel` of diffusers, the UNet of Stable Diffusion 1.x.
public struct UNet: Sendable {
  public let configuration: UNetConfiguration
  /// Which blocks save memory in training by computing their inside twice.
  public var recomputed = RecomputedBlocks.none
  let timeEmbedding: TimeEmbedding
  let input: Conv2d
  let down: [DownBlock]
  let middle: MiddleBlock
  let up: [UpBlock]
  let outputNorm: GroupNorm
  let output: Conv2d

  public init(_ scope: ParameterScope, _ configuration: UNetConfiguration) {
    self.configuration = configuration
    let widths = configuration.blockOutChannels
    timeEmbedding = TimeEmbedding(
      scope / "time_embedding", channels: widths[0], output: configuration.timeEmbeddingChannels)
    input = Conv2d(
      scope / "conv_in", configuration.inChannels, widths[0], kernel: 3)
    var skips = [widths[0]]
    down = widths.indices.map { level in
      DownBlock(scope / "down_blocks" / level, level: level, configuration, skips: &skips)
    }
    var channels = widths[widths.count - 1]
    middle = MiddleBlock(scope / "mid_block", channels, configuration)
    up = widths.indices.reversed().enumerated().map { index, level in
      defer { channels = widths[level] }
      return UpBlock(
        scope / "up_blocks" / index, level: level, input: channels, configuration, skips: &skips)
    }
    outputNorm = GroupNorm(
      scope / "conv_norm_out", groups: configuration.normGroups, channels: channels, epsilon: 1e-5)
    output = Conv2d(
      scope / "conv_out", channels, configuration.outChannels, kernel: 3)
  }

  /// Starts every transformer's output projection at zero, so that a fresh network has none.
  ///
  /// - Source: `zero_module` in ldm/modules/attention.py.
  public func zeroTransformerOutputs() {
    for layer in layers { layer.transformer?.output.zero() }
  }

  /// Starts every ResNet block's last convolution, and the network's own, at zero.
  ///
  /// - Source: `zero_module` in ldm/modules/diffusionmodules/openaimodel.py.
  public func zeroLastConvolutions() {
    for layer in layers { layer.resnet.zero() }
    output.zero()
  }

  private var layers: [UNetLayer] {
    down.flatMap(\.layers) + [middle.first, middle.second] + up.flatMap(\.layers)
  }

  /// - Parameters:
  ///   - x: noisy latents, latents of the masked picture, mask (1 = keep), in this order;
  ///     `[N, H, W, inChannels]`, H and W divisible by 2 to the number of halvings.
  ///   - timesteps: one for each picture, 0…999.
  ///   - context: condition tokens, `[N, K, crossAttentionDimension]`; or several conditions for
  ///     each picture, `[k · N, K, crossAttentionDimension]`, of which n, N + n, … belong to
  ///     picture n. What comes before the first cross-attention is then computed once.
  /// - Returns: noise or v, as the model was trained; `[N, H, W, outChannels]`, or
  ///   `[k · N, H, W, outChannels]`.
  public func callAsFunction(_ x: Variable, timesteps: [Int], context: Variable) -> Variable {
    let time = timeEmbedding(timesteps).silu()  // every ResNet block starts with this SiLU
    let signals = UNetSignals(time: time, context: context, recomputed: recomputed)
    var h = input(x).traced(as: input.path)
    var skips = [h]
    for block in down { h = block(h, signals, skips: &skips) }
    h = middle(h, signals)
    for block in up { h = block(h, signals, skips: &skips) }
    return output(outputNorm.silu(h)).traced(as: output.path)
  }
}
