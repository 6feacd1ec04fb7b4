import Autograd

/// Self-attention among the positions of a picture, one head, beside a shortcut.
///
/// - Shape: `[N, H, W, C]` → same.
/// - Source: `Attention` of diffusers as `AutoencoderKL`'s middle blocks use it.
struct PixelAttention: Sendable {
  let norm: GroupNorm
  let attention: MultiHeadAttention

  init(_ scope: ParameterScope, _ channels: Int, groups: Int) {
    norm = GroupNorm(scope / "group_norm", groups: groups, channels: channels, epsilon: 1e-6)
    attention = MultiHeadAttention(scope, channels, heads: 1, bias: true)
  }

  func callAsFunction(_ x: Variable) -> Variable {
    let tokens = norm(x).reshaped([x.shape[0], -1, x.shape[3]])
    return (x + attention(tokens).reshaped(x.shape)).traced(as: attention.path)
  }
}
