import Kernels
import Support

/// Multi-head attention over tokens whose heads lie side by side in the channels.
///
/// Scores never leave the cache (Sources/Kernels/families/attention.c), so that memory does not grow
/// with the square of the number of tokens; the gradient makes them again.
package struct Attention {
  let batch: Int, queries: Int, keys: Int, heads: Int, width: Int, valueWidth: Int
  let scale: Float
  /// What multiplies in fp32.
  package var engine = ProductEngine.current
  /// Whether a query sees only the keys up to its own place. Such attention is always fp32: it is that
  /// of texts, whose few tokens take next to no time.
  package let isCausal: Bool

  /// - Shape: `q [N, Q, heads·d]`, `k [N, K, heads·d]`, `v [N, K, heads·e]`.
  package init(
    _ q: [Int], _ k: [Int], _ v: [Int], heads: Int, scale: Float? = nil, isCausal: Bool = false
  ) {
    check(
      q.count == 3 && k.count == 3 && v.count == 3 && q[0] == k[0] && k[0] == v[0]
        && q[2] == k[2] && k[1] == v[1] && q[2] % heads == 0 && v[2] % heads == 0,
      "attention of q \(q), k \(k), v \(v) with \(heads) heads")
    (batch, queries, keys) = (q[0], q[1], k[1])
    self.heads = heads
    width = q[2] / heads
    valueWidth = v[2] / heads
    self.scale = scale ?? 1 / Float(width).squareRoot()
    self.isCausal = isCausal
  }

  package init(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, scale: Float? = nil, isCausal: Bool = false
  ) {
    self.init(q.shape, k.shape, v.shape, heads: heads, scale: scale, isCausal: isCausal)
  }

  package var outputShape: [Int] { [batch, queries, valueChannels] }

  var channels: Int { heads * width }
  var valueChannels: Int { heads * valueWidth }

  /// Where one head of one picture begins.
  struct HeadPlace {
    let query: Int, key: Int, value: Int, result: Int
  }

  private func place(_ n: Int, _ head: Int) -> HeadPlace {
    HeadPlace(
      query: n * queries * channels + head * width, key: n * keys * channels + head * width,
      value: n * keys * valueChannels + head * valueWidth,
      result: n * queries * valueChannels + head * valueWidth)
  }

  /// By tiles of registers, `softmax(scale · q kᵀ) v` of each head.
  ///
  /// - Parameter precision: of the factors, where registers multiply such and `d` is even.
  func onRegisters(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ precision: ProductPrecision
  ) -> Tensor {
    onRegisters(q, k, v, precision, logTotals: nil)
  }

  private func onRegisters(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ precision: ProductPrecision, logTotals: Tensor?
  ) -> Tensor {
    if precision == .bf16, width % 2 == 0, !isCausal, let bfloatKernels {
      return rounded(q, k, v, bfloatKernels, logTotals: logTotals)
    }
    return exact(q, k, v, logTotals: logTotals)
  }

  /// The same, with what ``gradient(_:_:_:_:logTotals:_:)`` needs of the softmax.
  ///
  /// - Shape: → `y [N, Q, heads·e]`, `logTotals [N, heads, Q]`.
  package func withLogTotals(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ precision: ProductPrecision = .fp32
  ) -> (y: Tensor, logTotals: Tensor) {
    let logTotals = Tensor(uninitialized: [batch, heads, queries])
    return (onRegisters(q, k, v, precision, logTotals: logTotals), logTotals)
  }

  private func exact(_ q: Tensor, _ k: Tensor, _ v: Tensor, logTotals: Tensor?) -> Tensor {
    Tensor([batch, queries, valueChannels]) { output in
      forEachBlock { n, head, first, block in
        let (place, rows) = (place(n, head), min(block, queries - first))
        let totals = logTotals.map { $0.storage.pointer + (n * heads + head) * queries + first }
        guard engine == .ours else {
          return attendByProducts(place, first, rows, q, k, v, logTotals: totals, into: output)
        }
        let scratch = Storage(count: attentionScratch(width, valueWidth))
        var attention = HeadAttention(
          q: q.pointer + place.query + first * channels, queryStride: channels, queries: rows,
          k: k.pointer + place.key, keyStride: channels, v: v.pointer + place.value,
          valueStride: valueChannels, keys: keys, width: width, valueWidth: valueWidth,
          visible: isCausal ? first + 1 : keys, scale: scale,
          y: output + place.result + first * valueChannels, resultStride: valueChannels,
          logTotals: totals)
        kernels.attention(&attention, scratch.pointer)
      }
    }
  }

  /// Visits pictures, heads and blocks of queries by their first.
  private func forEachBlock(_ body: (_ n: Int, _ head: Int, _ first: Int, _ block: Int) -> Void) {
    let block = Int(ATTENTION_QUERIES)
    let blocks = (queries + block - 1) / block
    parallelFor(batch * heads * blocks) { i in
      body(i / (heads * blocks), i / blocks % heads, i % blocks * block, block)
    }
  }

  /// The same with factors rounded to brain floats.
  private func rounded(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ kernels: BFloatKernels, logTotals: Tensor?
  ) -> Tensor {
    let pairs = (keys + 1) / 2  // of keys, in a row of words each
    let keyWords = PackedMatrix.pairs(k.pointer, count: k.count)
    let valueCount = batch * pairs * valueChannels
    let valueWords = Storage(count: valueCount)
    valueWords.pointer.withMemoryRebound(to: UInt32.self, capacity: valueCount) { words in
      parallelFor(batch) { n in
        kernels.rowPairs(
          v.pointer + n * keys * valueChannels, keys, valueChannels,
          words + n * pairs * valueChannels)
      }
    }
    return Tensor([batch, queries, valueChannels]) { output in
      forEachBlock { n, head, first, block in
        let scratch = Storage(count: (width / 2 + valueWidth + Int(ATTENTION_KEYS) * 3 / 2) * block)
        let key = UnsafeRawPointer(keyWords.pointer + (n * keys * channels + head * width) / 2)
        let value = UnsafeRawPointer(
          valueWords.pointer + n * pairs * valueChannels + head * valueWidth)
        var attention = BFloatHeadAttention(
          q: q.pointer + (n * queries + first) * channels + head * width, queryStride: channels,
          queries: min(block, queries - first), k: key.assumingMemoryBound(to: UInt32.self),
          keyStride: channels / 2, v: value.assumingMemoryBound(to: UInt32.self),
          valueStride: valueChannels, keys: keys, width: width, valueWidth: valueWidth,
          scale: scale, y: output + (n * queries + first) * valueChannels + head * valueWidth,
          resultStride: valueChannels,
          logTotals: logTotals.map { $0.storage.pointer + (n * heads + head) * queries + first })
        kernels.attention(&attention, scratch.pointer)
      }
    }
  }

  /// Gradients with respect to q, k and v.
  ///
  /// - Parameters:
  ///   - y: the output for these inputs, with its `logTotals`.
  ///   - dy: the output's gradient.
  package func gradient(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ y: Tensor, logTotals: Tensor, _ dy: Tensor
  ) -> (dq: Tensor, dk: Tensor, dv: Tensor) {
    let dq = Tensor(uninitialized: q.shape)
    let dk = Tensor(uninitialized: k.shape)
    let dv = Tensor(uninitialized: v.shape)
    let blocks = keyBlocks
    // Each block of keys has its own part of dq.
    let parts = blocks > 1 ? Storage(count: blocks * q.count) : nil
    let size = (keys + blocks - 1) / blocks
    parallelFor(batch * heads * blocks) { i in
      let (head, block) = (i / blocks, i % blocks)
      guard engine == .ours else {
        return addGradientByProducts(
          place(head / heads, head % heads), q, k, v, dy, dq.storage.pointer, dk.storage.pointer,
          dv.storage.pointer)
      }
      setGradient(
        block * size..<min((block + 1) * size, keys), head, q, k, v, y, logTotals, dy,
        parts.map { $0.pointer + block * q.count } ?? dq.storage.pointer, dk.storage.pointer,
        dv.storage.pointer)
    }
    if let parts {
      MatrixProduct.sum(
        parts.pointer, count: blocks, batch * queries, channels, dq.storage.pointer, ldc: channels)
    }
    return (dq, dk, dv)
  }

  /// Blocks of keys by which a head's gradient is cut: heads alone are too few for many threads.
  private var keyBlocks: Int {
    isCausal || engine != .ours
      ? 1 : max(min(keys / (2 * Int(ATTENTION_KEYS)), 64 / max(batch * heads, 1)), 1)
  }

  /// What some keys of a head contribute: all of their own gradients, their part of that of q.
  private func setGradient(
    _ range: Range<Int>, _ head: Int, _ q: Tensor, _ k: Tensor, _ v: Tensor, _ y: Tensor,
    _ logTotals: Tensor, _ dy: Tensor, _ dq: UnsafeMutablePointer<Float>,
    _ dk: UnsafeMutablePointer<Float>, _ dv: UnsafeMutablePointer<Float>
  ) {
    let place = place(head / heads, head % heads)
    let key = place.key + range.lowerBound * channels
    let value = place.value + range.lowerBound * valueChannels
    let scratch = Storage(count: attentionGradientScratch(range.count, width, valueWidth))
    var gradient = HeadAttentionGradient(
      q: q.pointer + place.query, k: k.pointer + key, v: v.pointer + value,
      y: y.pointer + place.result, logTotals: logTotals.pointer + head * queries,
      dy: dy.pointer + place.result, stride: channels, valueStride: valueChannels,
      queries: queries, keys: range.count, width: width, valueWidth: valueWidth,
      visible: isCausal ? 1 : range.count, scale: scale, dq: dq + place.query, dk: dk + key,
      dv: dv + value)
    kernels.attentionGradient(&gradient, scratch.pointer)
  }
}

extension Tensor {
  /// Softmax over the last axis.
  public func softmax() -> Tensor {
    let columns = shape.last ?? 1
    let result = copied()
    parallelRanges(count / max(columns, 1), grain: Self.rowGrain(columns)) {
      kernels.softmaxRows(result.storage.pointer + $0.lowerBound * columns, 1, $0.count, columns)
    }
    return result
  }

  /// The gradient of ``softmax()``, called on its output.
  package func softmaxGradient(_ dy: Tensor) -> Tensor {
    let columns = shape.last ?? 1
    let result = dy.copied()
    parallelRanges(count / max(columns, 1), grain: Self.rowGrain(columns)) {
      let at = $0.lowerBound * columns
      kernels.softmaxGradientRows(pointer + at, result.storage.pointer + at, 1, $0.count, columns)
    }
    return result
  }
}
