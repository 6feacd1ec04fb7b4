/// `y = x Wᵀ + b`.
///
/// - Shape: `[…, input]` → `[…, output]`; weight `[output, input]`, bias `[output]`.
/// - Source: torch.nn.Linear, its initial distribution included.
package struct Linear: Sendable {
  package let path: String
  let weight: Parameter
  let bias: Parameter?

  package init(_ scope: ParameterScope, _ input: Int, _ output: Int, bias: Bool = true) {
    path = scope.prefix
    weight = scope.parameter("weight", [output, input], .fanIn(input))
    self.bias = bias ? scope.parameter("bias", [output], .fanIn(input)) : nil
  }

  package func callAsFunction(_ x: Variable) -> Variable {
    x.linear(weight.variable, bias?.variable)
  }
}
