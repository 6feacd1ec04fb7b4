import Autograd
import Foundation
import Support
import Tensors

/// CLIP whole, as it is trained: both towers and the temperature, under the names of transformers'
/// `CLIPModel`.
///
/// - Source: Radford et al., arXiv:2103.00020, section 2.
public struct CLIPModel: Sendable {
  private let vision: CLIPVision
  private let text: CLIPText
  private let logScale: Parameter

  /// Cosines are multiplied by no more, so that training stays stable.
  private static let greatestScale: Float = 100
  private static let startingTemperature: Float = 0.07

  package init(
    _ scope: ParameterScope, _ vision: ImageEncoderConfiguration, _ text: TextEncoderConfiguration
  ) {
    self.vision = CLIPVision(scope, vision)
    self.text = CLIPText(scope, text)
    logScale = scope.parameter(
      CLIPText.logitScaleName, [], .constant(-log(Self.startingTemperature)))
  }

  /// - Shape: pictures normalised as CLIP's, `[N, imageSize, imageSize, 3]` →
  ///   `[N, projectionDimension]`, not normalised.
  public func pictures(_ pictures: Variable) -> Variable { vision.features(pictures) }

  /// - Returns: `[N, projectionDimension]`, not normalised.
  public func texts(_ tokens: [[Int]]) -> Variable { text.features(tokens) }

  /// The logarithm of what cosines are multiplied by; at its bound it is a constant.
  ///
  /// - Shape: `[]`.
  public var boundedLogScale: Variable {
    let bound = log(Self.greatestScale)
    return logScale.value.scalar < bound ? logScale.variable : Variable(Tensor(bound))
  }

  /// What `config.json` holds.
  public var json: [String: JSONValue] {
    func tower(_ members: [String: JSONValue]) -> JSONValue {
      .object(members.filter { $0.key != "architectures" })
    }
    return [
      "architectures": .array([.string("CLIPModel")]),
      "logit_scale_init_value": .number(Double(-log(Self.startingTemperature))),
      "model_type": .string("clip"),
      "projection_dim": .integer(text.configuration.projectionDimension),
      "text_config": tower(text.configuration.json),
      "torch_dtype": .string("float32"),
      "vision_config": tower(vision.configuration.json),
    ]
  }
}

extension ComponentName {
  /// CLIP as our training keeps it: no part of a model, but a folder that reads as transformers'.
  public static let clip = ComponentName("clip", noun: "CLIP", isTransformers: true)
}

extension Component<CLIPModel> {
  package init(
    _ vision: ImageEncoderConfiguration, _ text: TextEncoderConfiguration, seed: UInt64
  ) {
    self.init(seed: seed) { CLIPModel($0, vision, text) }
  }

  /// Gives all of it the weights of a folder that our training wrote.
  ///
  /// - Throws: what is wrong with the file.
  package func load(from folder: String) throws {
    try parameters.load(
      Safetensors("\(folder)/\(ComponentName.clip.weightsFile)").tensors())
  }
}

extension TextConditioner {
  /// The text tower of a folder of CLIP, with the tokenizer in it.
  ///
  /// - Throws: as ``CLIPText``'s reading does; ``ModelFolderError/doesNotFit(_:_:)``.
  package init(clip path: String) throws {
    let whole = try CLIPText.load(from: path)
    let tower = Component<TextTransformer>(whole.network.configuration)
    let names = Set(tower.parameters.parameters.map(\.name))
    try tower.parameters.load(whole.parameters.weights.filter { names.contains($0.key) })
    let tokenizer = try CLIPText.tokenizer(for: path)
    let problems = Self.problems(whole.network.configuration, tokenizer)
    guard problems.isEmpty else { throw ModelFolderError.doesNotFit(path, problems) }
    self.init(tower, tokenizer: tokenizer)
  }
}
