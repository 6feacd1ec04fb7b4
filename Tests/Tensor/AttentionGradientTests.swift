import Foundation
import Kernels
import Tensors
import TestSupport
import Testing

/// The kernel of attention's gradient, against the definition in double precision.
@Suite struct AttentionGradientTests {
  private static let (queries, width, valueWidth) = (67, 13, 9)
  private static let scale: Float = 0.3

  /// One head: rows of q, k, v and of the result's gradient.
  private struct Case {
    let keys: Int
    /// Keys that the first query sees; each next one sees one more.
    let visible: Int
    let q: [Float], k: [Float], v: [Float], dy: [Float]

    init(keys: Int, visible: Int? = nil) {
      var random = RandomStream(seed: 2, purpose: "attention gradient", index: UInt64(keys))
      self.keys = keys
      self.visible = visible ?? keys
      q = random.normals(queries * width)
      k = random.normals(keys * width)
      v = random.normals(keys * valueWidth)
      dy = random.normals(queries * valueWidth)
    }

    /// The gradients of q, k and v: dS = P (dP − Σ P dP), dq = dS k, dk = dSᵀ q, dv = Pᵀ dy.
    var expected: [[Double]] {
      var (dq, dk) = (
        [Double](repeating: 0, count: q.count), [Double](repeating: 0, count: k.count)
      )
      var dv = [Double](repeating: 0, count: v.count)
      for r in 0..<queries {
        let seen = min(keys, visible + r)
        let scores = (0..<seen).map { Double(scale) * product(q, r, k, $0, width) }
        let largest = scores.max() ?? 0
        let powers = scores.map { exp($0 - largest) }
        let weights = powers.map { $0 / powers.reduce(0, +) }
        let slopes = (0..<seen).map { product(dy, r, v, $0, valueWidth) }
        let mean = zip(weights, slopes).reduce(0) { $0 + $1.0 * $1.1 }
        for j in 0..<seen {
          let slope = Double(scale) * weights[j] * (slopes[j] - mean)
          for c in 0..<width {
            dq[r * width + c] += slope * Double(k[j * width + c])
            dk[j * width + c] += slope * Double(q[r * width + c])
          }
          for c in 0..<valueWidth {
            dv[j * valueWidth + c] += weights[j] * Double(dy[r * valueWidth + c])
          }
        }
      }
      return [dq, dk, dv]
    }

    private func product(_ a: [Float], _ i: Int, _ b: [Float], _ j: Int, _ width: Int) -> Double {
      (0..<width).reduce(0) { $0 + Double(a[i * width + $1]) * Double(b[j * width + $1]) }
    }

    func gradients(_ table: KernelTable) -> [[Float]] {
      let scratch = Storage(count: attentionGradientScratch(keys, width, valueWidth))
      let (q, k, v) = (KernelNumbers(q), KernelNumbers(k), KernelNumbers(v))
      let dy = KernelNumbers(dy)
      func unset(_ count: Int) -> KernelNumbers<Float> { .init(repeating: 99, count: count) }
      let (y, logTotals) = (unset(dy.count), unset(queries))
      var head = HeadAttention(
        q: q.pointer, queryStride: width, queries: queries, k: k.pointer, keyStride: width,
        v: v.pointer, valueStride: valueWidth, keys: keys, width: width, valueWidth: valueWidth,
        visible: visible, scale: scale, y: y.pointer, resultStride: valueWidth,
        logTotals: logTotals.pointer)
      table.attention(&head, scratch.pointer)
      let (dq, dk, dv) = (unset(q.count), unset(k.count), unset(v.count))
      var gradient = HeadAttentionGradient(
        q: q.pointer, k: k.pointer, v: v.pointer, y: y.pointer, logTotals: logTotals.pointer,
        dy: dy.pointer, stride: width, valueStride: valueWidth, queries: queries, keys: keys,
        width: width, valueWidth: valueWidth, visible: visible, scale: scale, dq: dq.pointer,
        dk: dk.pointer, dv: dv.pointer)
      table.attentionGradient(&gradient, scratch.pointer)
      return [dq.values, dk.values, dv.values]
    }
  }

  /// Queries and keys that fill no block, one, and several with a rest.
  @Test(arguments: ProductKernelTests.levels, [1, 12, 96, 203])
  func itIsTheDefinitions(_ level: String, keys: Int) throws {
    try compare(Case(keys: keys), level)
  }

  /// Queries that see some keys at first and one more each: as many keys as queries, fewer, and blocks
  /// of keys that only some queries see.
  @Test(arguments: ProductKernelTests.levels, [(67, 1), (12, 1), (203, 60), (203, 1), (130, 97)])
  func hiddenKeysHaveNoPart(_ level: String, _ sizes: (keys: Int, visible: Int)) throws {
    try compare(Case(keys: sizes.keys, visible: sizes.visible), level)
  }

  private func compare(_ example: Case, _ level: String) throws {
    let table = try #require(kernelTableNamed(level)).pointee
    for (name, (found, expected)) in zip(
      ["q", "k", "v"], zip(example.gradients(table), example.expected))
    {
      let largest = max(expected.map(abs).max() ?? 0, 1e-3)  // of one key, dq and dk are zero
      let error = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
      #expect(error / largest < 1e-5, "gradient of \(name)")
    }
  }
}
