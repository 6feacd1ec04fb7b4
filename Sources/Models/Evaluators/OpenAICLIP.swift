import Autograd
import Tensors

/// A state dict of OpenAI's CLIP or open_clip: the vision tower below `visual.`, the text tower without
/// such a name, their sizes in the shapes.
///
/// Shapes tell neither the heads, which are 64 wide in all of these, nor the activation: it is taken
/// to be the QuickGELU of OpenAI's weights, on which the method's evaluation rests.
///
/// - Source: `build_model`, `VisionTransformer` and `CLIP` in clip/model.py of OpenAI's CLIP.
struct OpenAICLIP {
  private let file: any TensorFile
  private let layouts: [String: TensorLayout]

  init(_ file: any TensorFile) {
    self.file = file
    layouts = file.layouts
  }

  var hasVision: Bool { layouts["visual.class_embedding"] != nil }
  var hasText: Bool { layouts["token_embedding.weight"] != nil }

  /// What such a file holds besides its towers.
  private static let others: Set = [
    "logit_scale", "logit_bias", "attn_mask", "input_resolution", "context_length", "vocab_size",
  ]

  private static func isOfText(_ name: String) -> Bool {
    name == "positional_embedding" || name == "text_projection"
      || ["transformer.", "token_embedding.", "ln_final."].contains { name.hasPrefix($0) }
  }

  private func size(_ name: String, _ axis: Int) -> Int {
    guard let shape = layouts[name]?.shape, shape.indices.contains(axis) else { return 0 }
    return shape[axis]
  }

  /// Blocks of a tower.
  private func layers(below place: String) -> Int {
    let named = (0..<ConfigurationReader.mostLayers).prefix {
      layouts["\(place)transformer.resblocks.\($0).attn.in_proj_weight"] != nil
    }
    return max(named.count, 1)
  }
}

extension OpenAICLIP {
  func vision() throws -> Component<CLIPVision> {
    let configuration = visionSizes
    let component = Component<CLIPVision>(configuration)
    let blocks = (0..<configuration.layers).flatMap { layer in
      ModuleName.block(
        "vision_model.encoder.layers.\(layer)", "visual.transformer.resblocks.\(layer)",
        ModuleName.openAIBlock)
    }
    let sizes =
      "\(configuration.layers) layers, width \(configuration.hiddenSize), patches of "
      + "\(configuration.patchSize)"
    let weights = EvaluatorWeights(
      file, of: "a CLIP of these sizes (\(sizes))", map: NameMap(Self.visionModules + blocks),
      transposed: [CLIPVision.projectionName],
      isSkipped: { Self.others.contains($0) || Self.isOfText($0) })
    try component.parameters.load(weights.checked(for: component.parameters.parameters))
    return component
  }

  private static let visionModules = [
    ModuleName("vision_model.embeddings.class_embedding", "visual.class_embedding"),
    ModuleName("vision_model.embeddings.patch_embedding", "visual.conv1"),
    ModuleName(
      "vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"),
    ModuleName("vision_model.pre_layrnorm", "visual.ln_pre"),
    ModuleName("vision_model.post_layernorm", "visual.ln_post"),
    ModuleName(CLIPVision.projectionName, "visual.proj"),
  ]

  private var visionSizes: ImageEncoderConfiguration {
    var sizes = ImageEncoderConfiguration()
    sizes.hiddenSize = max(size("visual.class_embedding", 0), 1)
    sizes.patchSize = max(size("visual.conv1.weight", 2), 1)
    let patches = max(size("visual.positional_embedding", 0) - 1, 1)
    sizes.imageSize = Int(Double(patches).squareRoot().rounded()) * sizes.patchSize
    sizes.projectionDimension = max(size("visual.proj", 1), 1)
    sizes.layers = layers(below: "visual.")
    sizes.intermediateSize = max(size("visual.transformer.resblocks.0.mlp.c_fc.weight", 0), 1)
    sizes.heads = max(sizes.hiddenSize / 64, 1)
    sizes.activation = .quickGELU
    return sizes
  }
}

extension OpenAICLIP {
  func text() throws -> Component<CLIPText> {
    let configuration = textSizes
    var component = Component<CLIPText>(configuration)
    let projection = ModuleName(CLIPText.projectionName, "text_projection")
    let sizes =
      "\(configuration.layers) layers, width \(configuration.hiddenSize), "
      + "\(configuration.positions) positions"
    let weights = EvaluatorWeights(
      file, of: "a text tower of these sizes (\(sizes))",
      map: NameMap(configuration.openAINames + [projection]),
      transposed: [CLIPText.projectionName],
      isSkipped: { Self.others.contains($0) || $0.hasPrefix("visual.") })
    try component.parameters.load(weights.checked(for: component.parameters.parameters))
    component.network.logitScale = try CLIPText.logitScale(in: file)
    return component
  }

  private var textSizes: TextEncoderConfiguration {
    var sizes = TextEncoderConfiguration()
    sizes.vocabularySize = max(size("token_embedding.weight", 0), 1)
    sizes.hiddenSize = max(size("token_embedding.weight", 1), 1)
    sizes.positions = max(size("positional_embedding", 0), 1)
    sizes.projectionDimension = max(size("text_projection", 1), 1)
    sizes.layers = layers(below: "")
    sizes.intermediateSize = max(size("transformer.resblocks.0.mlp.c_fc.weight", 0), 1)
    sizes.heads = max(sizes.hiddenSize / 64, 1)
    sizes.endToken = TextEncoderConfiguration.greatestToken
    return sizes
  }
}
