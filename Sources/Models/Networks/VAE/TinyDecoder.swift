import Autograd

/// Latents to pictures by few convolutions of few channels: nearly what the autoencoder's decoder makes of
/// them, in a fraction of the time.
///
/// It takes latents as the UNet has them, scaled: their factor is learnt.
///
/// - Source: `DecoderTiny` of diffusers' `AutoencoderTiny`, the layout of TAESD.
public struct TinyDecoder: Sendable {
  public let configuration: TinyDecoderConfiguration
  let input: Conv2d
  let levels: [(blocks: [TinyBlock], output: Conv2d)]

  public init(_ scope: ParameterScope, _ configuration: TinyDecoderConfiguration) {
    self.configuration = configuration
    let channels = configuration.channels
    let layers = scope / "decoder" / "layers"
    input = Conv2d(layers / 0, configuration.latentChannels, channels, kernel: 3)
    var next = 2  // after the first convolution's ReLU
    let last = configuration.blocks.count - 1
    levels = configuration.blocks.enumerated().map { level, count in
      let blocks = (next..<next + count).map { TinyBlock(layers / $0 / "conv", channels) }
      next += count + (level < last ? 1 : 0)  // the upsampling has a number, too
      defer { next += 1 }
      let output = Conv2d(
        layers / next, channels, level < last ? channels : configuration.outChannels, kernel: 3,
        bias: level == last)
      return (blocks, output)
    }
  }

  /// - Parameter latents: scaled for the UNet, `[N, h, w, latentChannels]`.
  /// - Returns: pictures, about in [−1, 1], `[N, f·h, f·w, outChannels]`.
  public func callAsFunction(_ latents: Variable) -> Variable {
    // tanh(x/3)·3, by the logistic function.
    let bounded = latents.scaled(by: 2 / 3).sigmoid().scaled(by: 6, plus: -3)
    var h = input(bounded).relu()
    for (level, (blocks, output)) in levels.enumerated() {
      for block in blocks { h = block(h) }
      h = output(level < levels.count - 1 ? h.upsampledNearest2x() : h)
    }
    return h.scaled(by: 2, plus: -1)
  }
}

/// Three convolutions beside a shortcut.
///
/// - Source: `AutoencoderTinyBlock` of diffusers.
struct TinyBlock: Sendable {
  let convolutions: [Conv2d]

  init(_ scope: ParameterScope, _ channels: Int) {
    convolutions = [0, 2, 4].map { Conv2d(scope / $0, channels, channels, kernel: 3) }
  }

  func callAsFunction(_ x: Variable) -> Variable {
    let h = convolutions[1](convolutions[0](x).relu()).relu()
    return (convolutions[2](h) + x).relu()
  }
}
