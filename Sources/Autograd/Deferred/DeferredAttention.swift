import Tensors

/// Attention by tiles; queries, keys and values are rounded on their way out of their own products.
struct DeferredAttention: Deferred {
  let q: Variable, k: Variable, v: Variable
  let attention: Attention

  var shape: [Int] { attention.outputShape }

  func tensor() -> Tensor { attention.tiled(rounded(q), rounded(k), rounded(v)) }

  func rounded(pieces: Int, isBordered: Bool) -> BrainFloats {
    guard pieces == 1, !isBordered else {
      return BrainFloats(tensor(), pieces: pieces, isBordered: isBordered)
    }
    return attention.tiledRounded(rounded(q), rounded(k), rounded(v))
  }

  private func rounded(_ x: Variable) -> BrainFloats { x.rounded(pieces: 1, isBordered: false) }
}
