/// A convolution turned around, which enlarges pictures.
///
/// - Shape: `[N, H, W, input]` → `[N, H', W', output]`; weight `[input, output, kernel, kernel]`.
/// - Source: torch.nn.ConvTranspose2d, its initial distribution included.
public struct TransposedConv2d: Sendable {
  let weight: Parameter
  let bias: Parameter
  let stride: Int
  let padding: Int

  public init(
    _ scope: ParameterScope, _ input: Int, _ output: Int, kernel: Int, stride: Int, padding: Int
  ) {
    let fanIn = output * kernel * kernel  // as PyTorch counts it
    weight = scope.parameter("weight", [input, output, kernel, kernel], .fanIn(fanIn))
    bias = scope.parameter("bias", [output], .fanIn(fanIn))
    (self.stride, self.padding) = (stride, padding)
  }

  public func callAsFunction(_ x: Variable) -> Variable {
    x.transposedConv2d(weight.variable, bias.variable, stride: stride, padding: padding)
  }
}
