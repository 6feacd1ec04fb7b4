/// The autoencoder in the original code's checkpoints and in old ones of diffusers.
///
/// - Source: `Encoder` and `Decoder` in ldm/modules/diffusionmodules/model.py, where a decoder's
///   levels are numbered from the finest, too.
extension AutoencoderConfiguration {
  package static let originalPrefix = "first_stage_model."

  private static let resnet = [
    ModuleName("norm1", "norm1"),
    ModuleName("conv1", "conv1"),
    ModuleName("norm2", "norm2"),
    ModuleName("conv2", "conv2"),
    ModuleName("conv_shortcut", "nin_shortcut"),
  ]

  /// `AttnBlock`, whose linear layers are 1×1 convolutions.
  private static let attention = [
    ModuleName("group_norm", "norm"),
    ModuleName("to_q", "q", isConvolution: true),
    ModuleName("to_k", "k", isConvolution: true),
    ModuleName("to_v", "v", isConvolution: true),
    ModuleName("to_out.0", "proj_out", isConvolution: true),
  ]

  public var originalNames: [ModuleName] {
    let prefix = Self.originalPrefix
    let (shrinking, growing) =
      (("downsamplers.0.conv", "downsample.conv"), ("upsamplers.0.conv", "upsample.conv"))
    return half("encoder", "down", layers: layersPerBlock, shrinking)
      + half("decoder", "up", layers: layersPerBlock + 1, growing)
      + ["quant_conv", "post_quant_conv"].map { ModuleName($0, prefix + $0) }
  }

  /// - Parameter sampling: what ends a level, by our name and theirs.
  private func half(
    _ name: String, _ direction: String, layers: Int, _ sampling: (ours: String, other: String)
  ) -> [ModuleName] {
    let other = Self.originalPrefix + name
    var modules = [
      ModuleName("\(name).conv_in", "\(other).conv_in"),
      ModuleName("\(name).conv_norm_out", "\(other).norm_out"),
      ModuleName("\(name).conv_out", "\(other).conv_out"),
    ]
    let middle = ("\(name).mid_block", "\(other).mid")
    modules += ModuleName.block("\(middle.0).resnets.0", "\(middle.1).block_1", Self.resnet)
    modules += ModuleName.block("\(middle.0).attentions.0", "\(middle.1).attn_1", Self.attention)
    modules += ModuleName.block("\(middle.0).resnets.1", "\(middle.1).block_2", Self.resnet)
    for level in blockOutChannels.indices {
      let index = direction == "up" ? blockOutChannels.count - 1 - level : level
      let ours = "\(name).\(direction)_blocks.\(index)"
      let theirs = "\(other).\(direction).\(level)"
      for layer in 0..<layers {
        modules += ModuleName.block(
          "\(ours).resnets.\(layer)", "\(theirs).block.\(layer)", Self.resnet)
      }
      modules.append(ModuleName("\(ours).\(sampling.ours)", "\(theirs).\(sampling.other)"))
    }
    return modules
  }

  /// What diffusers before 0.18 called the layers of the middle blocks' attention.
  package static let oldAttentionNames = ["encoder", "decoder"].flatMap { half in
    let block = "\(half).mid_block.attentions.0"
    return ModuleName.block(
      block, block,
      [
        ModuleName("to_q", "query"),
        ModuleName("to_k", "key"),
        ModuleName("to_v", "value"),
        ModuleName("to_out.0", "proj_attn"),
      ])
  }
}
