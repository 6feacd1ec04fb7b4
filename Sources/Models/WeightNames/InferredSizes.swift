import Tensors

/// Sizes read off the shapes of an original checkpoint, which has no configuration beside it.
///
/// Shapes tell neither heads nor norm groups: they are as published, 8 heads in the UNet, heads of 64
/// in the tower, 32 groups. What is missing stays at its default, so that the strict comparison
/// can list it.
public struct InferredSizes {
  let layouts: [String: TensorLayout]
  /// What begins with these steps: `input_blocks.3`.
  private let steps: Set<String>

  init(_ file: any TensorFile) {
    layouts = file.layouts
    var steps: Set<String> = []
    for name in layouts.keys {
      for (index, letter) in zip(name.indices, name) where letter == "." {
        steps.insert(String(name[..<index]))
      }
    }
    self.steps = steps
  }

  private func size(_ name: String, _ axis: Int) -> Int? {
    guard let shape = layouts[name]?.shape, shape.indices.contains(axis), shape[axis] > 0 else {
      return nil
    }
    return shape[axis]
  }

  /// How many of `prefix.0`, `prefix.1`, … there are without a gap.
  private func count(_ prefix: String) -> Int {
    var count = 0
    while steps.contains("\(prefix).\(count)") { count += 1 }
    return count
  }

  var unet: UNetConfiguration {
    let prefix = UNetConfiguration.originalPrefix
    var sizes = UNetConfiguration()
    sizes.inChannels = size("\(prefix)input_blocks.0.0.weight", 1) ?? sizes.inChannels
    sizes.outChannels = size("\(prefix)out.2.weight", 0) ?? sizes.outChannels
    let context = "\(prefix)middle_block.1.transformer_blocks.0.attn2.to_k.weight"
    sizes.crossAttentionDimension = size(context, 1) ?? sizes.crossAttentionDimension
    let blocks = count("\(prefix)input_blocks")
    guard blocks > 1 else { return sizes }
    var channels = [size("\(prefix)input_blocks.0.0.weight", 0) ?? sizes.blockOutChannels[0]]
    var attends = [false]
    var layers = 0
    for number in 1..<blocks {
      let block = "\(prefix)input_blocks.\(number)"
      if steps.contains("\(block).0.op") {
        channels.append(channels[channels.count - 1])
        attends.append(false)
        continue
      }
      let level = channels.count - 1
      channels[level] = size("\(block).0.in_layers.2.weight", 0) ?? channels[level]
      if steps.contains("\(block).1") { attends[level] = true }
      if level == 0 { layers += 1 }
    }
    (sizes.blockOutChannels, sizes.attentionLevels) = (channels, attends)
    sizes.layersPerBlock = max(layers, 1)
    return sizes
  }

  var autoencoder: AutoencoderConfiguration {
    let prefix = AutoencoderConfiguration.originalPrefix
    var sizes = AutoencoderConfiguration()
    sizes.inChannels = size("\(prefix)encoder.conv_in.weight", 1) ?? sizes.inChannels
    sizes.outChannels = size("\(prefix)decoder.conv_out.weight", 0) ?? sizes.outChannels
    sizes.latentChannels = size("\(prefix)decoder.conv_in.weight", 1) ?? sizes.latentChannels
    let levels = count("\(prefix)encoder.down")
    if levels > 0 {
      sizes.blockOutChannels = (0..<levels).map { level in
        size("\(prefix)encoder.down.\(level).block.0.conv1.weight", 0) ?? 128
      }
      sizes.layersPerBlock = max(count("\(prefix)encoder.down.0.block"), 1)
    }
    sizes.sampleSize = UNetConfiguration().sampleSize * sizes.downsampling
    return sizes
  }

  var imageEncoder: ImageEncoderConfiguration {
    let prefix = ImageEncoderConfiguration.originalPrefix
    var sizes = tower(below: "\(prefix)transformer.vision_model.")
    sizes.projectionDimension = size("proj_out.weight", 0) ?? sizes.projectionDimension
    return sizes
  }

  var textEncoder: TextEncoderConfiguration {
    textTower(below: TextEncoderConfiguration.originalPrefix)
  }

  private func textTower(below place: String) -> TextEncoderConfiguration {
    var sizes = TextEncoderConfiguration()
    let tokens = "\(place)embeddings.token_embedding.weight"
    sizes.vocabularySize = size(tokens, 0) ?? sizes.vocabularySize
    sizes.hiddenSize = size(tokens, 1) ?? sizes.hiddenSize
    sizes.positions = size("\(place)embeddings.position_embedding.weight", 0) ?? sizes.positions
    let layers = count("\(place)encoder.layers")
    if layers > 0 { sizes.layers = layers }
    let inner = "\(place)encoder.layers.0.mlp.fc1.weight"
    sizes.intermediateSize = size(inner, 0) ?? sizes.intermediateSize
    sizes.heads = max(sizes.hiddenSize / 64, 1)
    sizes.endToken = TextEncoderConfiguration.greatestToken
    return sizes
  }

  private func tower(below place: String) -> ImageEncoderConfiguration {
    var sizes = ImageEncoderConfiguration()
    let patches = "\(place)embeddings.patch_embedding.weight"
    sizes.hiddenSize = size(patches, 0) ?? sizes.hiddenSize
    sizes.patchSize = size(patches, 2) ?? sizes.patchSize
    if let tokens = size("\(place)embeddings.position_embedding.weight", 0) {
      sizes.imageSize = Int(Double(max(tokens - 1, 1)).squareRoot()) * sizes.patchSize
    }
    let layers = count("\(place)encoder.layers")
    if layers > 0 { sizes.layers = layers }
    let inner = "\(place)encoder.layers.0.mlp.fc1.weight"
    sizes.intermediateSize = size(inner, 0) ?? sizes.intermediateSize
    sizes.heads = max(sizes.hiddenSize / 64, 1)
    return sizes
  }
}
