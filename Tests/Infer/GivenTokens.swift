import Autograd
import Models
import Support
import Tensors
import TestSupport

/// The tokens that the fixture's text encoder made of the one text and of none.
struct GivenTokens: Conditioner {
  private let given: Tensor
  private let none: Tensor

  init() throws {
    let tokens = try Golden("inpainting/prompts")
    (given, none) = (tokens["text"], tokens["null"])
  }

  var name: ComponentName { ComponentName("text_encoder", noun: "text encoder") }
  var parameters: ParameterStore { ParameterStore() }
  var json: [String: JSONValue] { [:] }
  var tokens: Int { given.shape[1] }
  var width: Int { given.shape[2] }
  var workingFloats: Int { 0 }

  func prepare(_ prompt: Prompt, _ resize: ReferenceResize) throws -> Tensor { given }
  func features(_ inputs: Variable) -> Variable { inputs }
  func condition(_ features: Variable) -> Variable { features }
  func null(_ count: Int) -> Variable { Variable(none).repeated(count) }
}
