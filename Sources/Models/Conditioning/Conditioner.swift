import Autograd
import Support
import Tensors

/// What makes the tokens that the UNet attends to: of reference pictures, of texts, of anything else.
///
/// Training, sampling, guidance and memory estimates know a condition only by this.
public protocol Conditioner: Sendable {
  /// What a model folder calls it.
  var name: ComponentName { get }
  var parameters: ParameterStore { get }
  /// What its `config.json` holds.
  var json: [String: JSONValue] { get }
  /// Tokens of a prompt.
  var tokens: Int { get }
  /// Channels of a token.
  var width: Int { get }
  /// Floats that it holds at once at its most demanding place, for one prompt.
  var workingFloats: Int { get }

  /// The network's input for one prompt, `[1, …]`.
  ///
  /// - Throws: ``PromptError``.
  func prepare(_ prompt: Prompt, _ resize: ReferenceResize) throws -> Tensor

  /// What the published part of the network says, which is the same every time while it is frozen.
  ///
  /// - Shape: prepared inputs `[N, …]` → whatever ``condition(_:)`` takes.
  func features(_ inputs: Variable) -> Variable

  /// The tokens made of features.
  ///
  /// - Returns: `[N, tokens, width]`.
  func condition(_ features: Variable) -> Variable

  /// The tokens that stand for no prompt.
  ///
  /// - Returns: `[count, tokens, width]`.
  func null(_ count: Int) -> Variable

  /// Which part of it a parameter belongs to.
  func part(of parameter: String) -> ConditionerPart
}

/// The parts of a conditioner that training treats differently.
public enum ConditionerPart: Sendable {
  /// Published weights, which ``Conditioner/features(_:)`` uses.
  case tower
  /// What turns features into tokens.
  case head
  /// The learnt null condition.
  case null
}

extension Conditioner {
  /// - Shape: prepared inputs `[N, …]` → `[N, tokens, width]`.
  public func callAsFunction(_ inputs: Variable) -> Variable { condition(features(inputs)) }

  /// The null condition beside one of several prompts: repeated, so that it has as many tokens.
  ///
  /// - Parameters:
  ///   - count: how many prompts it stands for.
  ///   - tokens: a multiple of one prompt's.
  /// - Returns: `[count, tokens, width]`.
  public func null(_ count: Int, tokens: Int) -> Variable {
    let (prompts, rest) = tokens.quotientAndRemainder(dividingBy: self.tokens)
    check(prompts > 0 && rest == 0, "\(tokens) tokens, expected a multiple of \(self.tokens)")
    let once = null(count)
    return prompts == 1 ? once : .concatenated(Array(repeating: once, count: prompts), axis: 1)
  }

  public func part(of parameter: String) -> ConditionerPart { .tower }
}
