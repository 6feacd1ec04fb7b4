import Foundation
import Kernels

/// Attention by general products, for processors on which these are faster than our kernels of attention:
/// the scores of a block of queries lie in memory.
extension Attention {
  /// Queries `first ..< first + rows` of one head.
  ///
  /// - Parameter logTotals: of these queries, log₂ Σ 2ˢ with s = scale · q kᵀ / ln 2; nil where nobody asks.
  func attendByProducts(
    _ head: HeadPlace, _ first: Int, _ rows: Int, _ q: Tensor, _ k: Tensor, _ v: Tensor,
    logTotals: UnsafeMutablePointer<Float>?, into output: UnsafeMutablePointer<Float>
  ) {
    let weights = Storage(count: rows * keys)
    scores(head, first, rows, q, k, into: weights.pointer)
    let largest = logTotals.map { _ in (0..<rows).map { largestScore(weights.pointer, $0, first) } }
    softmax(weights.pointer, first, rows)
    OpenBLAS.product(
      rows, valueWidth, keys, weights.pointer, lda: keys, v.pointer + head.value,
      ldb: valueChannels, output + head.result + first * valueChannels, ldc: valueChannels)
    guard let logTotals, let largest else { return }
    for row in 0..<rows {
      // The largest weight is that of the largest score, e⁰ / Σ.
      let (score, weight) = largest[row], share = weights.pointer[row * keys + weight]
      logTotals[row] = scale * score / Float(0.693_147_18) - log2(share)
    }
  }

  /// Adds one head's gradients, a block of queries at a time.
  func addGradientByProducts(
    _ head: HeadPlace, _ q: Tensor, _ k: Tensor, _ v: Tensor, _ dy: Tensor,
    _ dq: UnsafeMutablePointer<Float>, _ dk: UnsafeMutablePointer<Float>,
    _ dv: UnsafeMutablePointer<Float>
  ) {
    let block = Int(ATTENTION_QUERIES)
    let (weights, gradients) = (Storage(count: block * keys), Storage(count: block * keys))
    for first in stride(from: 0, to: queries, by: block) {
      let rows = min(block, queries - first)
      let (p, ds) = (weights.pointer, gradients.pointer)
      let adds = first > 0
      let query = q.pointer + head.query + first * channels
      let result = dy.pointer + head.result + first * valueChannels
      scores(head, first, rows, q, k, into: p)
      softmax(p, first, rows)
      OpenBLAS.product(
        rows, keys, valueWidth, result, lda: valueChannels, v.pointer + head.value,
        ldb: valueChannels, transposeB: true, ds, ldc: keys)
      kernels.softmaxGradientRows(p, ds, scale, rows, keys)
      OpenBLAS.product(
        rows, width, keys, ds, lda: keys, k.pointer + head.key, ldb: channels,
        dq + head.query + first * channels, ldc: channels)
      OpenBLAS.product(
        keys, width, rows, ds, lda: keys, transposeA: true, query, ldb: channels, adds: adds,
        dk + head.key, ldc: channels)
      OpenBLAS.product(
        keys, valueWidth, rows, p, lda: keys, transposeA: true, result, ldb: valueChannels,
        adds: adds, dv + head.value, ldc: valueChannels)
    }
  }

  private func scores(
    _ head: HeadPlace, _ first: Int, _ rows: Int, _ q: Tensor, _ k: Tensor,
    into scores: UnsafeMutablePointer<Float>
  ) {
    OpenBLAS.product(
      rows, keys, width, q.pointer + head.query + first * channels, lda: channels,
      k.pointer + head.key, ldb: channels, transposeB: true, scores, ldc: keys)
  }

  /// Keys that a row of a block sees.
  private func visible(_ row: Int, _ first: Int) -> Int {
    isCausal ? min(first + row + 1, keys) : keys
  }

  private func largestScore(
    _ scores: UnsafeMutablePointer<Float>, _ row: Int, _ first: Int
  ) -> (score: Float, place: Int) {
    let start = scores + row * keys
    var largest = (score: start[0], place: 0)
    for key in 1..<max(visible(row, first), 1) where start[key] > largest.score {
      largest = (start[key], key)
    }
    return largest
  }

  private func softmax(_ scores: UnsafeMutablePointer<Float>, _ first: Int, _ rows: Int) {
    guard isCausal else { return kernels.softmaxRows(scores, scale, rows, keys) }
    for row in 0..<rows {
      let (start, count) = (scores + row * keys, visible(row, first))
      kernels.softmaxRows(start, scale, 1, count)
      (start + count).update(repeating: 0, count: keys - count)
    }
  }
}
