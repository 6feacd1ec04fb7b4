import Autograd

/// A reference picture to the tokens that the UNet attends to.
///
/// - Source: `PaintByExampleImageEncoder` of diffusers; `FrozenCLIPImageEmbedder` of
///   Paint-by-Example.
public struct ImageEncoder: Sendable {
  public package(set) var configuration: ImageEncoderConfiguration
  let tower: VisionTransformer
  let mapper: Mapper
  let finalNorm: LayerNorm
  let projection: Linear
  let nullVector: Parameter

  /// Where the published weights stand.
  static let tower = "model.vision_model"
  static let towerPrefix = tower + "."
  static let nullName = "uncond_vector"

  public init(_ scope: ParameterScope, _ configuration: ImageEncoderConfiguration) {
    self.configuration = configuration
    let dimension = configuration.projectionDimension
    tower = VisionTransformer(scope / Self.tower, configuration)
    mapper = Mapper(scope / "mapper", configuration)
    finalNorm = LayerNorm(scope / "final_layer_norm", configuration.hiddenSize)
    projection = Linear(scope / "proj_out", configuration.hiddenSize, dimension)
    nullVector = scope.parameter(Self.nullName, [1, 1, dimension], .normal(deviation: 1))
  }

  /// What the tower says, which is the same every time while the tower is frozen.
  ///
  /// - Parameter pictures: normalised as CLIP's, `[N, imageSize, imageSize, 3]`.
  /// - Returns: `[N, contextTokens, hiddenSize]`.
  public func features(_ pictures: Variable) -> Variable {
    let tokens = tower(pictures)
    guard configuration.condition == .classToken else { return tower.normalized(tokens) }
    let count = pictures.shape[0]
    let first = tokens.slice(0..<1, axis: 1).reshaped([count, -1])
    return tower.normalized(first).reshaped([count, 1, -1])
  }

  /// All tokens of pictures after each layer of the tower.
  ///
  /// - Parameter pictures: normalised as CLIP's, `[N, imageSize, imageSize, 3]`.
  /// - Returns: `[N, tokens, hiddenSize]` each.
  package func hiddenStates(_ pictures: Variable) -> [Variable] { tower.hiddenStates(pictures) }

  /// The condition made of features; everything here is trained.
  ///
  /// - Shape: `[N, K, hiddenSize]` → `[N, K, projectionDimension]`.
  public func condition(_ features: Variable) -> Variable {
    let normalized = finalNorm(mapper(features)).traced(as: finalNorm.path)
    return projection(normalized).traced(as: projection.path)
  }

  /// - Shape: `[N, imageSize, imageSize, 3]` → `[N, contextTokens, projectionDimension]`.
  public func callAsFunction(_ pictures: Variable) -> Variable { condition(features(pictures)) }

  /// The learnt condition that stands for no reference, for every picture and token of a batch.
  ///
  /// - Returns: `[count, contextTokens, projectionDimension]`.
  public func null(_ count: Int) -> Variable {
    let tokens = configuration.contextTokens
    return nullVector.variable.repeated(count * tokens).reshaped([count, tokens, -1])
  }
}
