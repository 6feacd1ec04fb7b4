import Autograd
import Support
import Tensors

/// A text as the condition: every token that CLIP's text tower makes of it, padding included.
///
/// - Source: Rombach et al., arXiv:2112.10752; `FrozenCLIPEmbedder` in
///   ldm/modules/encoders/modules.py of Stable Diffusion.
public struct TextConditioner: Conditioner {
  public var component: Component<TextTransformer>
  public let tokenizer: Tokenizer

  private var configuration: TextEncoderConfiguration { component.network.configuration }

  /// - Parameters:
  ///   - component: CLIP's text tower.
  ///   - tokenizer: of its vocabulary; its texts may be no longer than the tower's.
  public init(_ component: Component<TextTransformer>, tokenizer: Tokenizer) {
    let problems = Self.problems(component.network.configuration, tokenizer)
    check(problems.isEmpty, problems.joined(separator: "; "))
    (self.component, self.tokenizer) = (component, tokenizer)
  }

  /// Why a tokenizer is not a tower's.
  static func problems(
    _ configuration: TextEncoderConfiguration, _ tokenizer: Tokenizer
  ) -> [String] {
    let (tokens, positions) = (tokenizer.vocabularySize, configuration.positions)
    return [
      tokens <= configuration.vocabularySize
        ? nil
        : "the tokenizer has \(tokens) tokens, the text encoder \(configuration.vocabularySize)",
      tokenizer.length <= positions
        ? nil
        : "the tokenizer makes texts of \(tokenizer.length) tokens, the text encoder takes "
          + "\(positions)",
    ].compactMap { $0 }
  }

  public var name: ComponentName { .textEncoder }
  public var parameters: ParameterStore { component.parameters }
  public var json: [String: JSONValue] { configuration.json }
  public var tokens: Int { tokenizer.length }
  public var width: Int { configuration.hiddenSize }

  public var workingFloats: Int {
    tokens * (2 * configuration.intermediateSize + 6 * configuration.hiddenSize)
  }

  /// The text's tokens, cut or padded to the same number.
  ///
  /// - Returns: `[1, tokens]`.
  public func prepare(_ prompt: Prompt, _ resize: ReferenceResize) throws -> Tensor {
    switch prompt {
    case .text(let text): Tensor(tokens: tokenizer(text))
    case .prepared(let input): input
    case .picture: throw PromptError.otherKind(found: prompt.kind, expected: "a text")
    }
  }

  public func features(_ inputs: Variable) -> Variable { component.network(inputs.value) }
  public func condition(_ features: Variable) -> Variable { features }

  /// The tokens of the empty text, which is no learnt condition.
  public func null(_ count: Int) -> Variable {
    component.network([tokenizer("")]).repeated(count)
  }
}
