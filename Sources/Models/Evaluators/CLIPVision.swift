import Autograd
import Tensors

/// CLIP's vision tower with its projection: what compares pictures with texts, and with each other.
///
/// - Source: `encode_image` of OpenAI's CLIP; `CLIPVisionModelWithProjection` of transformers;
///   Radford et al., arXiv:2103.00020.
public struct CLIPVision: Sendable {
  public let configuration: ImageEncoderConfiguration
  private let tower: VisionTransformer
  private let projection: Linear

  static let projectionName = "visual_projection.weight"

  package init(_ scope: ParameterScope, _ configuration: ImageEncoderConfiguration) {
    self.configuration = configuration
    tower = VisionTransformer(scope / "vision_model", configuration)
    projection = Linear(
      scope / "visual_projection", configuration.hiddenSize, configuration.projectionDimension,
      bias: false)
  }

  /// The projected class token, not normalised.
  ///
  /// - Shape: pictures normalised as CLIP's, `[N, imageSize, imageSize, 3]` →
  ///   `[N, projectionDimension]`.
  public func callAsFunction(_ pictures: Tensor) -> Tensor {
    withoutGradients { features(Variable(pictures)).value }
  }

  /// The same, with gradients.
  public func features(_ pictures: Variable) -> Variable {
    let first = tower(pictures).slice(0..<1, axis: 1)
    return projection(tower.normalized(first)).reshaped([-1, configuration.projectionDimension])
  }
}

extension Component<CLIPVision> {
  package init(_ configuration: ImageEncoderConfiguration) {
    self.init { CLIPVision($0, configuration) }
  }
}
