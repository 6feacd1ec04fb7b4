import Autograd

/// The transformer between tower and projection.
///
/// - Shape: `[N, T, hiddenSize]` → same.
/// - Source: `PaintByExampleMapper` of diffusers; `xf.py` of Paint-by-Example.
package struct Mapper: Sendable {
  let path: String
  let blocks: [MapperBlock]

  package init(_ scope: ParameterScope, _ configuration: ImageEncoderConfiguration) {
    path = scope.prefix
    blocks = (0..<configuration.mapperLayers).map {
      MapperBlock(scope / "blocks" / $0, configuration.hiddenSize)
    }
  }

  package func callAsFunction(_ x: Variable) -> Variable {
    blocks.reduce(x) { $1($0) }.traced(as: path)
  }
}

/// Self-attention with one head, then two linear layers.
package struct MapperBlock: Sendable {
  let path: String
  let norm1: LayerNorm
  let attention: MultiHeadAttention
  let norm3: LayerNorm
  let feedForward: FeedForward

  init(_ scope: ParameterScope, _ width: Int) {
    path = scope.prefix
    norm1 = LayerNorm(scope / "norm1", width)
    attention = MultiHeadAttention(scope / "attn1", width, heads: 1, bias: true)
    norm3 = LayerNorm(scope / "norm3", width)  // diffusers' numbering: there is no norm2
    feedForward = FeedForward(scope / "ff", width, activation: .gelu)
  }

  func callAsFunction(_ x: Variable) -> Variable {
    let h = x + attention(norm1(x)).traced(as: attention.path)
    return (h + feedForward(norm3(h))).traced(as: path)
  }
}
