/// Multi-head attention, of tokens to one another or to a context.
///
/// - Shape: `x [N, T, width]`, context `[N, K, contextWidth]` → `[N, T, width]`; over one key
///   `[N, 1, width]`, the same for every token.
/// - Source: `Attention` of diffusers.
public struct MultiHeadAttention: Sendable {
  public let path: String
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let heads: Int

  public init(
    _ scope: ParameterScope, _ width: Int, context: Int? = nil, heads: Int, bias: Bool = false
  ) {
    path = scope.prefix
    query = Linear(scope / "to_q", width, width, bias: bias)
    key = Linear(scope / "to_k", context ?? width, width, bias: bias)
    value = Linear(scope / "to_v", context ?? width, width, bias: bias)
    output = Linear(scope / "to_out" / 0, width, width)
    self.heads = heads
  }

  public func callAsFunction(_ x: Variable) -> Variable { self(x, context: x) }

  /// Softmax over one key is 1, so that attention to a single context token is that token's value,
  /// whatever the query: then `x` is not even evaluated.
  public func callAsFunction(_ x: @autoclosure () -> Variable, context: Variable) -> Variable {
    let values = value(context)
    if context.shape[1] == 1 { return output(values) }
    return output(query(x()).attention(key(context), values, heads: heads))
  }
}
