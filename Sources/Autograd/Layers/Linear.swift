/// `y = x Wᵀ + b`.
///
/// - Shape: `[…, input]` → `[…, output]`; weight `[output, input]`, bias `[output]`.
/// - Source: torch.nn.Linear, its initial distribution included.
public struct Linear: Sendable {
  public let path: String
  let weight: Parameter
  let bias: Parameter?

  public init(_ scope: ParameterScope, _ input: Int, _ output: Int, bias: Bool = true) {
    path = scope.prefix
    weight = scope.parameter("weight", [output, input], .fanIn(input))
    self.bias = bias ? scope.parameter("bias", [output], .fanIn(input)) : nil
  }

  public func callAsFunction(_ x: Variable) -> Variable {
    let y = x.linear(weight.variable, bias?.variable)
    return weight.adapter.map { y + $0.linear(x) } ?? y
  }
}
