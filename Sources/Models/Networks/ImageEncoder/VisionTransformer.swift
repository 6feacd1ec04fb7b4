import Autograd
import Tensors

/// CLIP's vision tower: patches and a class token through transformer layers.
///
/// - Source: `CLIPVisionTransformer` of transformers; Radford et al., arXiv:2103.00020.
package struct VisionTransformer: Sendable {
  let embeddingsPath: String
  let classEmbedding: Parameter
  let patchEmbedding: Conv2d
  let positionEmbedding: Parameter
  let inputNorm: LayerNorm
  let layers: [CLIPLayer]
  let outputNorm: LayerNorm

  package init(_ scope: ParameterScope, _ configuration: ImageEncoderConfiguration) {
    let width = configuration.hiddenSize
    let epsilon = Float(configuration.layerNormEpsilon)
    let embeddings = scope / "embeddings"
    embeddingsPath = embeddings.prefix
    classEmbedding = embeddings.parameter(
      "class_embedding", [width], .normal(deviation: 1 / Float(width).squareRoot()))
    patchEmbedding = Conv2d(
      embeddings / "patch_embedding", 3, width, kernel: configuration.patchSize,
      stride: configuration.patchSize, padding: Padding(0), bias: false)
    // As large as what the patches of a normalised picture give. The customary 0.02 leaves a young
    // encoder blind to where its patches lie, hence to shapes (docs/decisions.md).
    positionEmbedding = embeddings.parameter(
      "position_embedding.weight", [configuration.tokens, width], .normal(deviation: 1))
    inputNorm = LayerNorm(scope / "pre_layrnorm", width, epsilon: epsilon)  // CLIP's own spelling
    let sizes = CLIPLayerSizes(
      width: width, innerWidth: configuration.intermediateSize, heads: configuration.heads,
      activation: configuration.activation, epsilon: epsilon, isCausal: false)
    layers = (0..<configuration.layers).map { CLIPLayer(scope / "encoder.layers" / $0, sizes) }
    outputNorm = LayerNorm(scope / "post_layernorm", width, epsilon: epsilon)
  }

  /// All tokens, the class token first, not yet normalised: transformers' `last_hidden_state`.
  ///
  /// - Shape: `[N, imageSize, imageSize, 3]` → `[N, tokens, hiddenSize]`.
  package func callAsFunction(_ pictures: Variable) -> Variable {
    layers.reduce(embeddings(pictures)) { $1($0) }
  }

  /// All tokens after each layer.
  ///
  /// - Shape: `[N, imageSize, imageSize, 3]` → `[N, tokens, hiddenSize]` each.
  package func hiddenStates(_ pictures: Variable) -> [Variable] {
    var h = embeddings(pictures)
    return layers.map { layer in
      h = layer(h)
      return h
    }
  }

  private func embeddings(_ pictures: Variable) -> Variable {
    let count = pictures.shape[0]
    let patches = patchEmbedding(pictures).reshaped([count, -1, patchEmbedding.outputChannels])
    let first = classEmbedding.variable.reshaped([1, 1, -1]).repeated(count)
    let tokens =
      (.concatenated([first, patches], axis: 1) + positionEmbedding.variable)
      .traced(as: embeddingsPath)
    return inputNorm(tokens).traced(as: inputNorm.path)
  }

  /// What becomes the condition of tokens that the tower made.
  package func normalized(_ tokens: Variable) -> Variable {
    outputNorm(tokens).traced(as: outputNorm.path)
  }
}
