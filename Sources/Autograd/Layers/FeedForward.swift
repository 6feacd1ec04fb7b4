/// The two-layer network of a transformer block, four times as wide inside.
///
/// - Shape: `[N, T, width]` → same.
/// - Source: `FeedForward` of diffusers.
public struct FeedForward: Sendable {
  public enum Activation: Sendable {
    /// `a · gelu(b)`, halves of one projection (Shazeer, arXiv:2002.05202).
    case geglu
    case gelu
  }

  let path: String
  let projection: Linear
  let output: Linear
  let activation: Activation

  public init(_ scope: ParameterScope, _ width: Int, activation: Activation) {
    path = scope.prefix
    let inner = 4 * width
    projection = Linear(scope / "net.0.proj", width, activation == .geglu ? 2 * inner : inner)
    output = Linear(scope / "net.2", inner, width)
    self.activation = activation
  }

  public func callAsFunction(_ x: Variable) -> Variable {
    let h = projection(x)
    return output(activation == .geglu ? h.geglu() : h.gelu()).traced(as: path)
  }
}
