import Autograd

/// The sizes of a layer of one of CLIP's towers.
package struct CLIPLayerSizes: Sendable {
  let width: Int
  let innerWidth: Int
  let heads: Int
  let activation: CLIPActivation
  let epsilon: Float
  /// Whether a token sees only those before it, and itself.
  let isCausal: Bool
}

/// One layer of a tower.
///
/// - Shape: `[N, T, width]` → same.
/// - Source: `CLIPEncoderLayer` of transformers.
package struct CLIPLayer: Sendable {
  let path: String
  let norm1: LayerNorm
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let norm2: LayerNorm
  let inner: Linear
  let outer: Linear
  let sizes: CLIPLayerSizes

  init(_ scope: ParameterScope, _ sizes: CLIPLayerSizes) {
    let width = sizes.width
    path = scope.prefix
    norm1 = LayerNorm(scope / "layer_norm1", width, epsilon: sizes.epsilon)
    query = Linear(scope / "self_attn.q_proj", width, width)
    key = Linear(scope / "self_attn.k_proj", width, width)
    value = Linear(scope / "self_attn.v_proj", width, width)
    output = Linear(scope / "self_attn.out_proj", width, width)
    norm2 = LayerNorm(scope / "layer_norm2", width, epsilon: sizes.epsilon)
    inner = Linear(scope / "mlp.fc1", width, sizes.innerWidth)
    outer = Linear(scope / "mlp.fc2", sizes.innerWidth, width)
    self.sizes = sizes
  }

  func callAsFunction(_ x: Variable) -> Variable {
    let n = norm1(x)
    let mixed = query(n).attention(
      key(n), value(n), heads: sizes.heads, isCausal: sizes.isCausal)
    let h = x + output(mixed)
    let wide = inner(norm2(h))
    let active = sizes.activation == .gelu ? wide.gelu() : wide.quickGelu()
    return (h + outer(active)).traced(as: path)
  }
}
