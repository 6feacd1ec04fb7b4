import Autograd
import Support
import Tensors

/// The method's own condition: a reference picture, of which only CLIP's class token gets through.
///
/// - Source: Yang et al., "Paint by Example", arXiv:2211.13227, section 3.2.
public struct ImageConditioner: Conditioner {
  public var component: Component<ImageEncoder>
  /// What diffusers does to references; training and the official code only stretch them.
  public var preprocessing: PreprocessorConfiguration

  private var configuration: ImageEncoderConfiguration { component.network.configuration }

  /// - Parameters:
  ///   - component: CLIP's vision tower and what maps its class token to the condition.
  ///   - preprocessing: nil for CLIP's.
  public init(
    _ component: Component<ImageEncoder>, preprocessing: PreprocessorConfiguration? = nil
  ) {
    self.component = component
    self.preprocessing =
      preprocessing
      ?? PreprocessorConfiguration(size: component.network.configuration.imageSize)
  }

  public var name: ComponentName { .imageEncoder }
  public var parameters: ParameterStore { component.parameters }
  public var json: [String: JSONValue] { configuration.json }
  public var tokens: Int { configuration.contextTokens }
  public var width: Int { configuration.projectionDimension }

  public var workingFloats: Int {
    let sizes = configuration
    return sizes.tokens * (2 * sizes.intermediateSize + 6 * sizes.hiddenSize)
      + 3 * sizes.patchSize * sizes.patchSize * sizes.hiddenSize
      + 6 * sizes.imageSize * sizes.imageSize
  }

  public func prepare(_ prompt: Prompt, _ resize: ReferenceResize) throws -> Tensor {
    switch (prompt, resize) {
    case (.picture(let reference), .stretch):
      Tensor(reference: reference, size: configuration.imageSize)
    case (.picture(let reference), .clip): try Tensor(reference: reference, preprocessing)
    case (.prepared(let input), _): input
    case (.text, _):
      throw PromptError.otherKind(found: prompt.kind, expected: "a reference picture")
    }
  }

  public func features(_ inputs: Variable) -> Variable { component.network.features(inputs) }
  public func condition(_ features: Variable) -> Variable { component.network.condition(features) }
  public func null(_ count: Int) -> Variable { component.network.null(count) }

  public func part(of parameter: String) -> ConditionerPart {
    if parameter == ImageEncoder.nullName { return .null }
    return parameter.hasPrefix(ImageEncoder.towerPrefix) ? .tower : .head
  }
}
