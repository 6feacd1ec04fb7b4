import Autograd
import Tensors

/// CLIP's text tower with its projection: what compares texts with pictures.
///
/// - Source: `encode_text` of OpenAI's CLIP; `CLIPTextModelWithProjection` of transformers;
///   Radford et al., arXiv:2103.00020.
public struct CLIPText: Sendable {
  public let configuration: TextEncoderConfiguration
  /// The natural logarithm of what cosines are multiplied by in CLIP's comparison; nil where the file
  /// does not say.
  public internal(set) var logitScale: Float?
  private let tower: TextTransformer
  private let projection: Linear

  static let projectionName = "text_projection.weight"
  static let logitScaleName = "logit_scale"

  package init(_ scope: ParameterScope, _ configuration: TextEncoderConfiguration) {
    self.configuration = configuration
    tower = TextTransformer(scope, configuration)
    projection = Linear(
      scope / "text_projection", configuration.hiddenSize, configuration.projectionDimension,
      bias: false)
  }

  /// The projected end of each text, not normalised.
  ///
  /// - Parameter tokens: texts of the same length, as a ``Tokenizer`` makes them.
  /// - Returns: `[N, projectionDimension]`.
  public func callAsFunction(_ tokens: [[Int]]) -> Tensor {
    withoutGradients { features(tokens).value }
  }

  /// The same, with gradients.
  public func features(_ tokens: [[Int]]) -> Variable {
    projection(tower.pooled(tower(tokens), of: tokens))
  }
}

extension Component<CLIPText> {
  package init(_ configuration: TextEncoderConfiguration, seed: UInt64 = 0) {
    self.init(seed: seed) { CLIPText($0, configuration) }
  }
}
