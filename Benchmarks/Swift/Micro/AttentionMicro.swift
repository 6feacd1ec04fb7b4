import Tensors

extension Micro {
  /// Self-attentions of the UNet, the image encoder and the decoder; plain: all scores at once.
  static var attentions: [Micro] {
    [(2, 4096, 8, 40), (2, 1024, 8, 80), (2, 256, 8, 160), (1, 257, 16, 64), (1, 4096, 1, 512)]
      .map { batch, tokens, heads, width in
        let name = "attention \(batch) x \(tokens) x \(heads) heads of \(width)"
        let operations = 4 * Double(batch * heads * width) * Double(tokens * tokens)
        return Micro(name: name, amount: .operations(operations)) {
          let q = random([batch, tokens, heads * width])
          let (k, v) = (q * 0.5, q * 2)
          let attention = Tensors.Attention(q, k, v, heads: heads)
          return ({ _ = attention(q, k, v) }, { _ = plainAttention(q, k, v, heads: heads) })
        }
      }
  }

  /// `softmax(q kᵀ / √d) v` with every score in memory.
  private static func plainAttention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int
  ) -> Tensor {
    let (batch, tokens, width) = (q.shape[0], q.shape[1], q.shape[2] / heads)
    func apart(_ x: Tensor) -> Tensor {
      x.reshaped([batch, tokens, heads, width]).transposed([0, 2, 1, 3])
        .reshaped([batch * heads, tokens, width])
    }
    let scores = apart(q).matrixProduct(apart(k), transposeOther: true)
    let weights = (scores * (1 / Float(width).squareRoot())).softmax()
    return weights.matrixProduct(apart(v)).reshaped([batch, heads, tokens, width])
      .transposed([0, 2, 1, 3]).reshaped(q.shape)
  }
}
