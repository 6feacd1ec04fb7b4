import Autograd
import Tensors

/// Pictures to the moments of their latents.
///
/// - Shape: `[N, H, W, inChannels]` → `[N, H/f, W/f, 2 · latentChannels]`.
/// - Source: `Encoder` of diffusers' `AutoencoderKL`.
struct PictureEncoder: Sendable {
  let path: String
  let input: Conv2d
  let levels: [(path: String, resnets: [ResnetBlock], downsample: Downsample?)]
  let middle: AutoencoderMiddle
  let outputNorm: GroupNorm
  let output: Conv2d

  init(_ scope: ParameterScope, _ layers: AutoencoderLayers) {
    path = scope.prefix
    let configuration = layers.configuration
    let widths = configuration.blockOutChannels
    var channels = widths[0]
    input = layers.conv(scope / "conv_in", configuration.inChannels, channels)
    levels = widths.enumerated().map { level, width in
      let block = scope / "down_blocks" / level
      let resnets = (0..<configuration.layersPerBlock).map { index in
        defer { channels = width }
        return layers.resnet(block / "resnets" / index, channels, width)
      }
      let isLast = level == widths.count - 1
      let downsample =
        isLast
        ? nil
        : Downsample(
          block / "downsamplers" / 0, width, padding: Padding(top: 0, left: 0, bottom: 1, right: 1),
          gain: layers.initialization.convolutionGain)
      return (block.prefix, resnets, downsample)
    }
    middle = layers.middle(scope / "mid_block", channels)
    outputNorm = layers.norm(scope / "conv_norm_out", channels)
    output = layers.conv(scope / "conv_out", channels, 2 * configuration.latentChannels)
  }

  func callAsFunction(_ x: Variable) -> Variable {
    var h = input(x).traced(as: input.path)
    for (path, resnets, downsample) in levels {
      for resnet in resnets { h = resnet(h) }
      if let downsample { h = downsample(h) }
      h = h.traced(as: path)
    }
    return output(outputNorm.silu(middle(h))).traced(as: output.path).traced(as: path)
  }
}
