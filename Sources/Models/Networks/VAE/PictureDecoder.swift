import Autograd

/// Latents to pictures.
///
/// - Shape: `[N, h, w, latentChannels]` → `[N, f·h, f·w, outChannels]`.
/// - Source: `Decoder` of diffusers' `AutoencoderKL`.
struct PictureDecoder: Sendable {
  let path: String
  let input: Conv2d
  let middle: AutoencoderMiddle
  let levels: [(path: String, resnets: [ResnetBlock], upsample: Upsample?)]
  let outputNorm: GroupNorm
  let output: Conv2d

  init(_ scope: ParameterScope, _ layers: AutoencoderLayers) {
    path = scope.prefix
    let configuration = layers.configuration
    let widths = Array(configuration.blockOutChannels.reversed())
    var channels = widths[0]
    input = layers.conv(scope / "conv_in", configuration.latentChannels, channels)
    middle = layers.middle(scope / "mid_block", channels)
    levels = widths.enumerated().map { level, width in
      let block = scope / "up_blocks" / level
      let resnets = (0...configuration.layersPerBlock).map { index in
        defer { channels = width }
        return layers.resnet(block / "resnets" / index, channels, width)
      }
      let isLast = level == widths.count - 1
      let upsample =
        isLast
        ? nil
        : Upsample(block / "upsamplers" / 0, width, gain: layers.initialization.convolutionGain)
      return (block.prefix, resnets, upsample)
    }
    outputNorm = layers.norm(scope / "conv_norm_out", channels)
    output = layers.conv(scope / "conv_out", channels, configuration.outChannels)
  }

  func callAsFunction(_ latents: Variable) -> Variable { picture(of: features(latents)) }

  /// What the last convolution reads.
  ///
  /// - Shape: `[N, h, w, latentChannels]` → `[N, f·h, f·w, C]`.
  func features(_ latents: Variable) -> Variable {
    var h = middle(input(latents).traced(as: input.path))
    for (path, resnets, upsample) in levels {
      for resnet in resnets { h = resnet(h) }
      if let upsample { h = upsample(h) }
      h = h.traced(as: path)
    }
    return outputNorm.silu(h)
  }

  func picture(of features: Variable) -> Variable {
    output(features).traced(as: output.path).traced(as: path)
  }
}
