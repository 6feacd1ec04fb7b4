import Tensors

extension Micro {
  /// Self-attentions of the UNet, the image encoder and the decoder; plain: all scores at once.
  static var attentions: [Micro] {
    [
      (2, 4096, 8, 40), (2, 1024, 8, 80), (2, 256, 8, 160), (1, 257, 16, 64), (1, 4096, 1, 512),
      (16, 1024, 8, 14),
    ]
    .map { shape in
      micro("attention", shape, products: 2) { attention, q, k, v in
        (
          { _ = attention(q, k, v) },
          { _ = plainAttention(q, k, v, heads: shape.2) }
        )
      }
    }
  }

  /// The UNet's with factors rounded to brain floats, where this CPU has them; plain: our fp32.
  static var roundedAttentions: [Micro] {
    guard ProductPrecision.bf16.isSupported else { return [] }
    return [(2, 4096, 8, 40), (2, 1024, 8, 80), (2, 256, 8, 160)].map { shape in
      micro("attention bf16", shape, products: 2) { attention, q, k, v in
        ({ _ = attention(q, k, v, .bf16) }, { _ = attention(q, k, v) })
      }
    }
  }

  /// Their gradients at training's sizes, the benchmark's small one and scenes.yaml's first; plain: all
  /// scores at once.
  static var attentionGradients: [Micro] {
    [
      (16, 1024, 8, 14), (16, 256, 4, 14), (1, 4096, 8, 40), (1, 1024, 8, 80), (1, 256, 8, 160),
    ].map { shape in
      micro("attention gradient", shape, products: 5) { attention, q, k, v in
        let dy = q * 3
        let (y, logTotals) = attention.withLogTotals(q, k, v)
        return (
          { _ = attention.gradient(q, k, v, y, logTotals: logTotals, dy) },
          { _ = plainAttentionGradient(q, k, v, dy, heads: shape.2) }
        )
      }
    }
  }

  /// - Parameter products: of matrices in one call.
  private static func micro(
    _ name: String, _ shape: (batch: Int, tokens: Int, heads: Int, width: Int), products: Int,
    _ prepare:
      @escaping (Tensors.Attention, _ q: Tensor, _ k: Tensor, _ v: Tensor) -> (
        kernel: () -> Void, plain: () -> Void
      )
  ) -> Micro {
    let (batch, tokens, heads, width) = shape
    let operations = 2 * Double(products * batch * heads * width) * Double(tokens * tokens)
    return Micro(
      name: "\(name) \(batch) x \(tokens) x \(heads) heads of \(width)",
      amount: .operations(operations)
    ) {
      let q = random([batch, tokens, heads * width])
      let (k, v) = (q * 0.5, q * 2)
      return prepare(Tensors.Attention(q, k, v, heads: heads), q, k, v)
    }
  }

  private static func plainAttentionGradient(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ dy: Tensor, heads: Int
  ) -> [Tensor] {
    let (q, k, v, dy) = (
      apart(q, heads), apart(k, heads), apart(v, heads), apart(dy, heads)
    )
    let scale = 1 / Float(q.shape[2]).squareRoot()
    let weights = (q.matrixProduct(k, transposeOther: true) * scale).softmax()
    let slopes = weights.softmaxGradient(dy.matrixProduct(v, transposeOther: true)) * scale
    let turned = slopes.transposed([0, 2, 1])
    return [
      slopes.matrixProduct(k), turned.matrixProduct(q),
      weights.transposed([0, 2, 1]).matrixProduct(dy),
    ]
  }

  /// One head a matrix.
  private static func apart(_ x: Tensor, _ heads: Int) -> Tensor {
    let (batch, tokens, width) = (x.shape[0], x.shape[1], x.shape[2] / heads)
    return x.reshaped([batch, tokens, heads, width]).transposed([0, 2, 1, 3])
      .reshaped([batch * heads, tokens, width])
  }

  /// `softmax(q kᵀ / √d) v` with every score in memory.
  private static func plainAttention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int
  ) -> Tensor {
    let (batch, tokens, width) = (q.shape[0], q.shape[1], q.shape[2] / heads)
    let scores = apart(q, heads).matrixProduct(apart(k, heads), transposeOther: true)
    let weights = (scores * (1 / Float(width).squareRoot())).softmax()
    return weights.matrixProduct(apart(v, heads)).reshaped([batch, heads, tokens, width])
      .transposed([0, 2, 1, 3]).reshaped(q.shape)
  }
}
