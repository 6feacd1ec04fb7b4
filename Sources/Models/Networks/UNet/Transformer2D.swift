import Autograd

/// Self-attention among the positions of a picture, then attention to the context.
///
/// - Shape: `x [N, H, W, C]`, `context [N, K, D]` → `[N, H, W, C]`; with `k · N` contexts
///   `[k · N, H, W, C]`.
/// - Source: `Transformer2DModel` and `BasicTransformerBlock` of diffusers, one block deep.
package struct Transformer2D: Sendable {
  let path: String
  let blockPath: String
  let norm: GroupNorm
  let input: Conv2d
  let norm1: LayerNorm
  let selfAttention: MultiHeadAttention
  let norm2: LayerNorm
  let crossAttention: MultiHeadAttention
  let norm3: LayerNorm
  let feedForward: FeedForward
  let output: Conv2d

  init(_ scope: ParameterScope, _ channels: Int, _ configuration: UNetConfiguration) {
    path = scope.prefix
    let heads = configuration.attentionHeads
    let context = configuration.crossAttentionDimension
    norm = GroupNorm(
      scope / "norm", groups: configuration.normGroups, channels: channels, epsilon: 1e-6)
    input = Conv2d(scope / "proj_in", channels, channels, kernel: 1)
    let block = scope / "transformer_blocks" / 0
    blockPath = block.prefix
    norm1 = LayerNorm(block / "norm1", channels)
    selfAttention = MultiHeadAttention(block / "attn1", channels, heads: heads)
    norm2 = LayerNorm(block / "norm2", channels)
    crossAttention = MultiHeadAttention(block / "attn2", channels, context: context, heads: heads)
    norm3 = LayerNorm(block / "norm3", channels)
    feedForward = FeedForward(block / "ff", channels, activation: .geglu)
    output = Conv2d(scope / "proj_out", channels, channels, kernel: 1)
  }

  package func callAsFunction(_ x: Variable, context: Variable) -> Variable {
    var h = input(norm(x)).reshaped([x.shape[0], -1, x.shape[3]])
    h = h + selfAttention(norm1(h)).traced(as: selfAttention.path)
    let count = context.shape[0]  // until here, conditions of the same picture share everything
    h = h.tiled(to: count)
    let attended = crossAttention(norm2(h), context: context)
    h = h + attended.traced(as: crossAttention.path, expandedTo: h.shape)
    h = (h + feedForward(norm3(h))).traced(as: blockPath)
    h = output(h.reshaped([count] + x.shape.dropFirst()))
    return (x.tiled(to: count) + h).traced(as: path)
  }
}
