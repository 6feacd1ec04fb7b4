/// The image encoder in the original code's checkpoints and as other versions of transformers name
/// its tower.
///
/// - Source: `FrozenCLIPImageEmbedder` in ldm/modules/encoders/modules.py, `Transformer` in xf.py,
///   `LatentDiffusion` in ldm/models/diffusion/ddpm.py, which owns projection and null vector.
extension ImageEncoderConfiguration {
  package static let originalPrefix = "cond_stage_model."

  /// Block of the mapper: the rows of query, key and value are stacked, for its single head.
  private static let mapperBlock = [
    ModuleName("norm1", "ln_1"),
    ModuleName("attn1.to_q", "attn.c_qkv", part: .init(index: 0, count: 3)),
    ModuleName("attn1.to_k", "attn.c_qkv", part: .init(index: 1, count: 3)),
    ModuleName("attn1.to_v", "attn.c_qkv", part: .init(index: 2, count: 3)),
    ModuleName("attn1.to_out.0", "attn.c_proj"),
    ModuleName("norm3", "ln_2"),
    ModuleName("ff.net.0.proj", "mlp.c_fc"),
    ModuleName("ff.net.2", "mlp.c_proj"),
  ]

  public var originalNames: [ModuleName] {
    let prefix = Self.originalPrefix
    let mapper = (0..<mapperLayers).flatMap {
      ModuleName.block("mapper.blocks.\($0)", "\(prefix)mapper.resblocks.\($0)", Self.mapperBlock)
    }
    return towerNames(below: prefix + "transformer.vision_model") + mapper + [
      ModuleName("final_layer_norm", prefix + "final_ln"),
      ModuleName("proj_out", "proj_out"),
      ModuleName("uncond_vector", "learnable_vector"),
    ]
  }

  /// The tower's modules, which have the same names wherever it stands.
  ///
  /// - Parameter place: what stands before them in a file: `model` in image encoders saved by
  ///   transformers 5, `vision_model` or nothing in a folder of CLIP.
  package func towerNames(below place: String) -> [ModuleName] {
    let layer = [
      "layer_norm1", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
      "self_attn.out_proj", "layer_norm2", "mlp.fc1", "mlp.fc2",
    ]
    let modules =
      [
        "embeddings", "embeddings.patch_embedding", "embeddings.position_embedding",
        "pre_layrnorm", "post_layernorm",
      ]
      + (0..<layers).flatMap { index in layer.map { "encoder.layers.\(index).\($0)" } }
    return modules.map {
      ModuleName("\(ImageEncoder.tower).\($0)", place.isEmpty ? $0 : "\(place).\($0)")
    }
  }
}
