import Autograd
import Support
import Tensors

/// CLIP's text tower: the tokens of a text through transformer layers, each of which sees what is before
/// it.
///
/// - Source: `CLIPTextModel` of transformers; Radford et al., arXiv:2103.00020.
public struct TextTransformer: Sendable {
  public let configuration: TextEncoderConfiguration
  let embeddingsPath: String
  let tokenEmbedding: Parameter
  let positionEmbedding: Parameter
  let layers: [CLIPLayer]
  let outputNorm: LayerNorm

  /// Where its weights stand.
  static let place = "text_model"

  public init(_ scope: ParameterScope, _ configuration: TextEncoderConfiguration) {
    self.configuration = configuration
    let scope = scope / Self.place
    let width = configuration.hiddenSize
    let epsilon = Float(configuration.layerNormEpsilon)
    let embeddings = scope / "embeddings"
    embeddingsPath = embeddings.prefix
    tokenEmbedding = embeddings.parameter(
      "token_embedding.weight", [configuration.vocabularySize, width], .normal(deviation: 0.02))
    positionEmbedding = embeddings.parameter(
      "position_embedding.weight", [configuration.positions, width], .normal(deviation: 0.01))
    let sizes = CLIPLayerSizes(
      width: width, innerWidth: configuration.intermediateSize, heads: configuration.heads,
      activation: configuration.activation, epsilon: epsilon, isCausal: true)
    layers = (0..<configuration.layers).map { CLIPLayer(scope / "encoder.layers" / $0, sizes) }
    outputNorm = LayerNorm(scope / "final_layer_norm", width, epsilon: epsilon)
  }

  /// What the tower makes of every token: transformers' `last_hidden_state`.
  ///
  /// - Parameter tokens: texts of the same length, at most `positions`; all numbers below
  ///   `vocabularySize`.
  /// - Returns: `[N, T, hiddenSize]`.
  public func callAsFunction(_ tokens: [[Int]]) -> Variable {
    let length = tokens.first?.count ?? 0
    check(
      tokens.allSatisfy { $0.count == length } && 1...configuration.positions ~= length,
      "texts of \(tokens.map(\.count)) tokens, for \(configuration.positions) positions")
    let width = configuration.hiddenSize
    let embedded = tokenEmbedding.variable.rows(tokens.flatMap { $0 })
      .reshaped([tokens.count, length, width])
    let placed =
      (embedded + positionEmbedding.variable.slice(0..<length, axis: 0))
      .traced(as: embeddingsPath)
    return outputNorm(layers.reduce(placed) { $1($0) }).traced(as: outputNorm.path)
  }

  /// The same of tokens as a tensor.
  ///
  /// - Shape: `[N, T]` → `[N, T, hiddenSize]`.
  public func callAsFunction(_ tokens: Tensor) -> Variable { self(Self.numbers(of: tokens)) }

  /// Of every text, what the tower made of its end: transformers' `pooler_output`.
  ///
  /// - Shape: `states [N, T, hiddenSize]`, `tokens` as they were given → `[N, hiddenSize]`.
  public func pooled(_ states: Variable, of tokens: [[Int]]) -> Variable {
    let length = states.shape[1]
    let rows = tokens.enumerated().map { n, text in n * length + end(of: text) }
    return states.reshaped([-1, configuration.hiddenSize]).rows(rows)
  }

  /// The place of a text's end: its first end token, the first token where there is none.
  private func end(of text: [Int]) -> Int {
    let isGreatest = configuration.endToken == TextEncoderConfiguration.greatestToken
    let end = isGreatest ? text.max() : configuration.endToken
    return text.firstIndex { $0 == end } ?? 0
  }

  private static func numbers(of tokens: Tensor) -> [[Int]] {
    check(tokens.rank == 2, "tokens \(tokens.shape)")
    let (values, length) = (tokens.values, tokens.shape[1])
    return (0..<tokens.shape[0]).map { n in
      values[n * length..<(n + 1) * length].map { Int($0) }
    }
  }
}

extension Tensor {
  /// Tokens as a network's input.
  ///
  /// - Shape: → `[1, T]`.
  package init(tokens: [Int]) { self.init([1, tokens.count], tokens.map { Float($0) }) }
}
