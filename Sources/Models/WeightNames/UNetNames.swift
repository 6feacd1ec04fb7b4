/// The UNet in the original code's checkpoints.
///
/// - Source: `UNetModel` in ldm/modules/diffusionmodules/openaimodel.py, which numbers its blocks
///   through all levels; `SpatialTransformer` in ldm/modules/attention.py.
extension UNetConfiguration {
  package static let originalPrefix = "model.diffusion_model."

  /// ResNet block, `ResBlock`: numbers are places in a `Sequential`, where SiLU and dropout count.
  private static let resnet = [
    ModuleName("norm1", "in_layers.0"),
    ModuleName("conv1", "in_layers.2"),
    ModuleName("time_emb_proj", "emb_layers.1"),
    ModuleName("norm2", "out_layers.0"),
    ModuleName("conv2", "out_layers.3"),
    ModuleName("conv_shortcut", "skip_connection"),
  ]

  /// `SpatialTransformer`: diffusers kept the names of everything in it.
  private static let transformer =
    ["norm", "proj_in", "proj_out"].map { ModuleName($0, $0) }
    + ["norm1", "norm2", "norm3", "ff.net.0.proj", "ff.net.2"].map { transformerBlock($0) }
    + ["attn1", "attn2"].flatMap { attention in
      ["to_q", "to_k", "to_v", "to_out.0"].map { transformerBlock("\(attention).\($0)") }
    }

  private static func transformerBlock(_ module: String) -> ModuleName {
    ModuleName("transformer_blocks.0.\(module)", "transformer_blocks.0.\(module)")
  }

  public var originalNames: [ModuleName] {
    ends + down + middle + up
  }

  private var ends: [ModuleName] {
    let prefix = Self.originalPrefix
    return [
      ModuleName("time_embedding.linear_1", prefix + "time_embed.0"),
      ModuleName("time_embedding.linear_2", prefix + "time_embed.2"),
      ModuleName("conv_in", prefix + "input_blocks.0.0"),
      ModuleName("conv_norm_out", prefix + "out.0"),
      ModuleName("conv_out", prefix + "out.2"),
    ]
  }

  private var down: [ModuleName] {
    var modules: [ModuleName] = []
    var number = 1  // input_blocks.0 is the first convolution
    for level in blockOutChannels.indices {
      let ours = "down_blocks.\(level)"
      for layer in 0..<layersPerBlock {
        let other = Self.originalPrefix + "input_blocks.\(number)"
        modules += ModuleName.block("\(ours).resnets.\(layer)", "\(other).0", Self.resnet)
        if attentionLevels[level] {
          modules += ModuleName.block("\(ours).attentions.\(layer)", "\(other).1", Self.transformer)
        }
        number += 1
      }
      guard level < blockOutChannels.count - 1 else { continue }
      let other = Self.originalPrefix + "input_blocks.\(number)"
      modules.append(ModuleName("\(ours).downsamplers.0.conv", "\(other).0.op"))
      number += 1
    }
    return modules
  }

  private var middle: [ModuleName] {
    let other = Self.originalPrefix + "middle_block"
    return ModuleName.block("mid_block.resnets.0", "\(other).0", Self.resnet)
      + ModuleName.block("mid_block.attentions.0", "\(other).1", Self.transformer)
      + ModuleName.block("mid_block.resnets.1", "\(other).2", Self.resnet)
  }

  private var up: [ModuleName] {
    var modules: [ModuleName] = []
    var number = 0
    for (index, level) in blockOutChannels.indices.reversed().enumerated() {
      let ours = "up_blocks.\(index)"
      for layer in 0...layersPerBlock {
        let other = Self.originalPrefix + "output_blocks.\(number)"
        modules += ModuleName.block("\(ours).resnets.\(layer)", "\(other).0", Self.resnet)
        if attentionLevels[level] {
          modules += ModuleName.block("\(ours).attentions.\(layer)", "\(other).1", Self.transformer)
        }
        if layer == layersPerBlock, level > 0 {
          let place = attentionLevels[level] ? 2 : 1
          modules.append(ModuleName("\(ours).upsamplers.0.conv", "\(other).\(place).conv"))
        }
        number += 1
      }
    }
    return modules
  }
}
