import Autograd
import Foundation
import Support
import Tensors

/// CLIP's vision tower on disk.
///
/// It comes from a folder of transformers (`CLIPModel`, `CLIPVisionModelWithProjection`) or from a
/// state dict of OpenAI's CLIP or open_clip. The text tower and the temperature are passed over by
/// name; any other name that is not a weight of the tower is an error.
extension CLIPVision {
  /// - Parameter path: A folder with `config.json`, its weights, or a state dict.
  /// - Throws: ``EvaluatorError``, `ModelConfigurationError`, or what is wrong with the file.
  package static func load(from path: String) throws -> Component<CLIPVision> {
    guard FileSystem.exists(path) else { throw FileError.missing(path: path) }
    guard FileSystem.isFolder(path) else { return try load(openTensors(path)) }
    let configuration = URL(fileURLWithPath: "\(path)/config.json")
    guard FileSystem.exists(configuration.path) else {
      throw EvaluatorError.noConfiguration(folder: path)
    }
    return try load(
      openTensors(WeightFiles.path(in: path, .imageEncoder)),
      ImageEncoderConfiguration(clip: configuration))
  }

  private static func load(_ file: any TensorFile) throws -> Component<CLIPVision> {
    if file.layouts["visual.class_embedding"] != nil {
      return try OriginalCLIP(file).load()
    }
    let folder = file.path.parentFolder
    let beside = URL(fileURLWithPath: folder.isEmpty ? "config.json" : "\(folder)/config.json")
    guard transformersPlace(file) != nil else { throw EvaluatorError.notCLIP(file.path) }
    guard FileSystem.exists(beside.path) else {
      throw EvaluatorError.needsConfiguration(file: file.path)
    }
    return try load(file, ImageEncoderConfiguration(clip: beside))
  }

  /// What stands before the tower's names: some versions of transformers leave a level out.
  private static func transformersPlace(_ file: any TensorFile) -> String? {
    let layouts = file.layouts
    return ["vision_model.", "", "model.vision_model."].first {
      layouts[$0 + "embeddings.class_embedding"] != nil
    }
  }

  private static func load(
    _ file: any TensorFile, _ configuration: ImageEncoderConfiguration
  ) throws -> Component<CLIPVision> {
    guard let place = transformersPlace(file) else { throw EvaluatorError.notCLIP(file.path) }
    let component = Component<CLIPVision>(configuration)
    let parameters = component.parameters.parameters
    let ours = "vision_model."
    let names = parameters.filter { $0.name.hasPrefix(ours) }.map {
      ModuleName($0.name, place + $0.name.dropFirst(ours.count))
    }
    let skipped = { (name: String) in
      name.hasPrefix("text_model.") || name == "text_projection.weight" || name == "logit_scale"
        || name == place + "embeddings.position_ids"
    }
    let weights = EvaluatorWeights(
      file, of: "the CLIP that config.json describes", map: NameMap(names), isSkipped: skipped)
    try component.parameters.load(weights.checked(for: parameters))
    return component
  }
}

/// A state dict of OpenAI's CLIP or open_clip: the tower below `visual.`, its sizes in the shapes.
///
/// Shapes tell neither the heads, which are 64 wide in all of these, nor the activation: it is taken
/// to be the QuickGELU of OpenAI's weights, on which the method's evaluation rests.
///
/// - Source: `build_model` and `VisionTransformer` in clip/model.py of OpenAI's CLIP.
private struct OriginalCLIP {
  let file: any TensorFile
  let layouts: [String: TensorLayout]

  init(_ file: any TensorFile) {
    self.file = file
    layouts = file.layouts
  }

  func load() throws -> Component<CLIPVision> {
    let component = Component<CLIPVision>(configuration)
    let blocks = (0..<configuration.layers).flatMap { layer in
      ModuleName.block(
        "vision_model.encoder.layers.\(layer)", "visual.transformer.resblocks.\(layer)", Self.block)
    }
    let weights = EvaluatorWeights(
      file, of: "a CLIP of these sizes (\(sizes))", map: NameMap(Self.modules + blocks),
      transposed: [CLIPVision.projectionName], isSkipped: Self.isSkipped)
    try component.parameters.load(weights.checked(for: component.parameters.parameters))
    return component
  }

  private static let modules = [
    ModuleName("vision_model.embeddings.class_embedding", "visual.class_embedding"),
    ModuleName("vision_model.embeddings.patch_embedding", "visual.conv1"),
    ModuleName(
      "vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"),
    ModuleName("vision_model.pre_layrnorm", "visual.ln_pre"),
    ModuleName("vision_model.post_layernorm", "visual.ln_post"),
    ModuleName(CLIPVision.projectionName, "visual.proj"),
  ]

  private static let block: [ModuleName] = {
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

  private static func isSkipped(_ name: String) -> Bool {
    let others: Set = [
      "positional_embedding", "text_projection", "logit_scale", "logit_bias", "attn_mask",
      "input_resolution", "context_length", "vocab_size",
    ]
    return others.contains(name) || name.hasPrefix("transformer.")
      || name.hasPrefix("token_embedding.") || name.hasPrefix("ln_final.")
  }

  private var configuration: ImageEncoderConfiguration {
    var sizes = ImageEncoderConfiguration()
    sizes.hiddenSize = max(size("visual.class_embedding", 0), 1)
    sizes.patchSize = max(size("visual.conv1.weight", 2), 1)
    let patches = max(size("visual.positional_embedding", 0) - 1, 1)
    sizes.imageSize = Int(Double(patches).squareRoot().rounded()) * sizes.patchSize
    sizes.projectionDimension = max(size("visual.proj", 1), 1)
    sizes.layers = layers
    sizes.intermediateSize = max(size("visual.transformer.resblocks.0.mlp.c_fc.weight", 0), 1)
    sizes.heads = max(sizes.hiddenSize / 64, 1)
    sizes.activation = .quickGELU
    return sizes
  }

  private var layers: Int {
    let named = (0..<ConfigurationReader.mostLayers).prefix {
      layouts["visual.transformer.resblocks.\($0).attn.in_proj_weight"] != nil
    }
    return max(named.count, 1)
  }

  private var sizes: String {
    let sizes = configuration
    return "\(sizes.layers) layers, width \(sizes.hiddenSize), patches of \(sizes.patchSize)"
  }

  private func size(_ name: String, _ axis: Int) -> Int {
    guard let shape = layouts[name]?.shape, shape.indices.contains(axis) else { return 0 }
    return shape[axis]
  }
}
