import Kernels
import Support

/// Attention by tiles (Sources/Kernels/tiles/attention.c): keys and values are packed once a head.
extension Attention {
  private static let queriesPerPiece = Int(TILE_BLOCK)

  /// `softmax(scale · q kᵀ) v`, head by head.
  ///
  /// - Parameter precision: of the factors, where it is in effect and `d` is even.
  /// - Shape: → `[N, Q, heads·e]`.
  /// - Source: Vaswani et al., arXiv:1706.03762, eq. 1; torch scaled_dot_product_attention.
  package func callAsFunction(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ precision: ProductPrecision = .fp32
  ) -> Tensor {
    guard precision == .bf16, tiles != nil, !isCausal else {
      return onRegisters(q, k, v, precision)
    }
    let brains = [q, k, v].map { BrainFloats($0, pieces: 1) }
    return tiled(brains[0], brains[1], brains[2])
  }

  /// `softmax(scale · q kᵀ) v`, head by head, of brain floats; the weights are rounded to them, too.
  ///
  /// - Shape: → `[N, Q, heads·e]`.
  package func tiled(_ q: BrainFloats, _ k: BrainFloats, _ v: BrainFloats) -> Tensor {
    tiled(q, k, v, logTotals: nil)
  }

  private func tiled(
    _ q: BrainFloats, _ k: BrainFloats, _ v: BrainFloats, logTotals: Tensor?
  ) -> Tensor {
    Tensor(outputShape) { y in
      attend(q, k, v, stride: heads * valueWidth, logTotals) { at in (y + at, nil) }
    }
  }

  /// The same, with what ``tiledGradient(_:_:_:_:logTotals:_:)`` needs of the softmax.
  ///
  /// - Shape: → `y [N, Q, heads·e]`, `logTotals [N, heads, Q]`.
  package func tiledWithLogTotals(
    _ q: BrainFloats, _ k: BrainFloats, _ v: BrainFloats
  ) -> (y: Tensor, logTotals: Tensor) {
    let logTotals = Tensor(uninitialized: [batch, heads, queries])
    return (tiled(q, k, v, logTotals: logTotals), logTotals)
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
    attend(q, k, v, stride: result.rowStride, nil) { at in (nil, result.pointer + at) }
    return result
  }

  private func attend(
    _ q: BrainFloats, _ k: BrainFloats, _ v: BrainFloats, stride: Int, _ logTotals: Tensor?,
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
      var attention = TileAttention(
        q: place(q, head, queries, width) + first * q.rowStride, queryStride: q.rowStride,
        queries: min(Self.queriesPerPiece, queries - first), k: halves + head * keySize,
        v: values + head * valueSize, keys: keys, width: width, valueWidth: valueWidth,
        scale: scale, y: y, rounded: rounded, resultStride: stride,
        logTotals: logTotals.map { $0.storage.pointer + head * queries + first })
      tiles?.attention(&attention, scratch.pointer)
    }
  }

  /// Gradients with respect to q, k and v, of factors rounded to brain floats.
  ///
  /// - Parameters:
  ///   - y: the output for these inputs, with its `logTotals`.
  ///   - dy: the output's gradient.
  package func tiledGradient(
    _ q: BrainFloats, _ k: BrainFloats, _ v: BrainFloats, _ y: Tensor, logTotals: Tensor,
    _ dy: Tensor
  ) -> (dq: Tensor, dk: Tensor, dv: Tensor) {
    let dq = Tensor(uninitialized: [batch, queries, heads * width])
    let dk = Tensor(uninitialized: [batch, keys, heads * width])
    let dv = Tensor(uninitialized: [batch, keys, heads * valueWidth])
    parallelFor(batch * heads) { i in
      let (n, head) = (i / heads, i % heads)
      let result = n * queries * heads * valueWidth + head * valueWidth
      var gradient = TileAttentionGradient(
        q: place(q, i, queries, width), k: place(k, i, keys, width),
        v: place(v, i, keys, valueWidth), queryStride: q.rowStride, keyStride: k.rowStride,
        valueStride: v.rowStride, queries: queries, keys: keys, width: width,
        valueWidth: valueWidth, scale: scale, y: y.pointer + result, dy: dy.pointer + result,
        logTotals: logTotals.pointer + i * queries, resultStride: heads * valueWidth,
        dq: dq.storage.pointer + n * queries * heads * width + head * width,
        dk: dk.storage.pointer + n * keys * heads * width + head * width,
        dv: dv.storage.pointer + n * keys * heads * valueWidth + head * valueWidth,
        gradientStride: heads * width)
      let scratch = Storage(
        count: tileAttentionGradientScratch(queries, keys, width, valueWidth))
      tiles?.attentionGradient(&gradient, scratch.pointer)
    }
    return (dq, dk, dv)
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
