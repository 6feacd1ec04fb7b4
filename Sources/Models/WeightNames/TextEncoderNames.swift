/// CLIP's text tower in Stable Diffusion's original checkpoints, as other versions of transformers name
/// it, and in OpenAI's state dicts.
///
/// - Source: `FrozenCLIPEmbedder` in ldm/modules/encoders/modules.py; `CLIP` in clip/model.py.
extension TextEncoderConfiguration {
  package static let originalPrefix = "cond_stage_model.transformer.text_model."

  public var originalNames: [ModuleName] {
    towerNames(below: String(Self.originalPrefix.dropLast()))
  }

  /// The tower's modules, which have the same names wherever it stands.
  ///
  /// - Parameter place: what stands before them in a file: nothing since transformers 5.
  package func towerNames(below place: String) -> [ModuleName] {
    let layer = [
      "layer_norm1", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
      "self_attn.out_proj", "layer_norm2", "mlp.fc1", "mlp.fc2",
    ]
    let modules =
      ["embeddings.token_embedding", "embeddings.position_embedding", "final_layer_norm"]
      + (0..<layers).flatMap { index in layer.map { "encoder.layers.\(index).\($0)" } }
    return modules.map {
      ModuleName("\(TextTransformer.place).\($0)", place.isEmpty ? $0 : "\(place).\($0)")
    }
  }

  /// OpenAI's names, where query, key and value are stacked.
  package var openAINames: [ModuleName] {
    let place = TextTransformer.place
    let blocks = (0..<layers).flatMap { layer in
      ModuleName.block(
        "\(place).encoder.layers.\(layer)", "transformer.resblocks.\(layer)",
        ModuleName.openAIBlock)
    }
    return [
      ModuleName("\(place).embeddings.token_embedding", "token_embedding"),
      ModuleName("\(place).embeddings.position_embedding.weight", "positional_embedding"),
      ModuleName("\(place).final_layer_norm", "ln_final"),
    ] + blocks
  }
}

extension ModuleName {
  /// A block of either tower in OpenAI's state dicts.
  static let openAIBlock: [ModuleName] = {
    var names = [
      ModuleName("layer_norm1", "ln_1"),
      ModuleName("self_attn.out_proj", "attn.out_proj"),
      ModuleName("layer_norm2", "ln_2"),
      ModuleName("mlp.fc1", "mlp.c_fc"),
      ModuleName("mlp.fc2", "mlp.c_proj"),
    ]
    for (index, name) in ["q_proj", "k_proj", "v_proj"].enumerated() {
      let part = ModuleName.Part(index: index, count: 3)
      for leaf in ["weight", "bias"] {
        names.append(ModuleName("self_attn.\(name).\(leaf)", "attn.in_proj_\(leaf)", part: part))
      }
    }
    return names
  }()
}
