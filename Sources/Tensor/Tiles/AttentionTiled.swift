import Kernels

/// Attention by tiles (Sources/Kernels/tiles/attention.c): keys and values are packed once a head.
extension Attention {
  private static let queriesPerPiece = Int(TILE_BLOCK)

  /// `softmax(scale · q kᵀ) v`, head by head, of brain floats; the weights are rounded to them, too.
  ///
  /// - Shape: → `[N, Q, heads·e]`.
  package func tiled(_ q: BrainFloats, _ k: BrainFloats, _ v: BrainFloats) -> Tensor {
    Tensor([batch, queries, heads * valueWidth]) { y in
      attend(q, k, v, stride: heads * valueWidth) { at in (y + at, nil) }
    }
  }

  /// The same, rounded.
  package func tiledRounded(_ q: BrainFloats, _ k: BrainFloats, _ v: BrainFloats) -> BrainFloats {
    let shape = BrainFloats.Shape([batch, queries, heads * valueWidth])
    let result = BrainFloats(uninitialized: shape, pieces: 1, isBordered: false)
    let rest = result.rowStride - shape.count
    if rest > 0 {
      for row in 0..<shape.rows {
        (result.pointer + row * result.rowStride + shape.count).update(repeating: 0, count: rest)
      }
    }
    attend(q, k, v, stride: result.rowStride) { at in (nil, result.pointer + at) }
    return result
  }

  private func attend(
    _ q: BrainFloats, _ k: BrainFloats, _ v: BrainFloats, stride: Int,
    _ target: (Int) -> (UnsafeMutablePointer<Float>?, UnsafeMutablePointer<UInt16>?)
  ) {
    let (keySize, valueSize) = (packedSize(width), packedSize(valueWidth))
    let packed = Storage(count: batch * heads * (keySize + valueSize) / 2)
    let halves = UnsafeMutableRawPointer(packed.pointer).assumingMemoryBound(to: UInt16.self)
    let values = halves + batch * heads * keySize
    parallelFor(2 * batch * heads) { i in
      let (head, isValues) = (i / 2, i % 2 == 1)
      if isValues {
        tiles?.packValues(
          place(v, head, keys, valueWidth), v.rowStride, keys, valueWidth,
          values + head * valueSize)
      } else {
        tiles?.packKeys(
          place(k, head, keys, width), k.rowStride, keys, width, halves + head * keySize)
      }
    }
    let pieces = (queries + Self.queriesPerPiece - 1) / Self.queriesPerPiece
    parallelFor(batch * heads * pieces) { i in
      let (head, first) = (i / pieces, i % pieces * Self.queriesPerPiece)
      let scratch = Storage(count: tileAttentionScratch(width, valueWidth))
      let (y, rounded) = target(
        ((head / heads) * queries + first) * stride + head % heads * valueWidth)
      tiles?.attention(
        place(q, head, queries, width) + first * q.rowStride, q.rowStride,
        min(Self.queriesPerPiece, queries - first), halves + head * keySize,
        values + head * valueSize, keys, width, valueWidth, scale, y, rounded, stride,
        scratch.pointer)
    }
  }

  /// Numbers of a head's packed keys, or values.
  private func packedSize(_ width: Int) -> Int {
    tileBlocks(keys) * tileBlocks(width) * Int(TILE_BLOCK * TILE_BLOCK)
  }

  /// The first number of a picture's head.
  private func place(
    _ x: BrainFloats, _ head: Int, _ tokens: Int, _ width: Int
  ) -> UnsafeMutablePointer<UInt16> {
    x.pointer + head / heads * tokens * x.rowStride + head % heads * width
  }
}
