import Autograd
import Models
import Support
import Tensors

/// Tokens that are given.
public struct FixedConditioner: Conditioner {
  private let nullTokens: Tensor

  /// - Parameter nullTokens: `[1, K, D]`.
  public init(nullTokens: Tensor) { self.nullTokens = nullTokens }

  public let name = ComponentName("fixed", noun: "fixture")
  public let parameters = ParameterStore()
  public let json: [String: JSONValue] = [:]
  public let workingFloats = 0
  public var tokens: Int { nullTokens.shape[1] }
  public var width: Int { nullTokens.shape[2] }

  public func prepare(_ prompt: Prompt, _ resize: ReferenceResize) throws -> Tensor {
    guard case .prepared(let tokens) = prompt else {
      throw PromptError.otherKind(found: "\(prompt)", expected: "tokens")
    }
    return tokens
  }
  public func features(_ inputs: Variable) -> Variable { inputs }
  public func condition(_ features: Variable) -> Variable { features }
  public func null(_ count: Int) -> Variable {
    .concatenated([Variable](repeating: Variable(nullTokens), count: count), axis: 0)
  }
}
