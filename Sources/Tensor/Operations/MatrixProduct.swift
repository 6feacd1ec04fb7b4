import Kernels
import Support

/// General matrix products, by OpenBLAS where that is the ``ProductEngine``, or else by our own tiles of
/// registers (Sources/Kernels/families/products.c): the first factor is read as it is, and so is the second unless it is transposed or ragged; it is then
/// cut into panels on the way.
package enum MatrixProduct {
  /// Numbers summed at a time: that much of a panel (160 KB) does, too.
  static let depth = 640
  /// The same where A is transposed. A tile then reads six numbers of each line of the cache that it
  /// touches; of so few lines, they are still in the first level when the next tile reads the others.
  private static let depthOfTransposed = 128

  /// One block on the calling thread: `C ← op(A)·op(B)`, or `C ← C + op(A)·op(B)`, row-major.
  ///
  /// - Shape: op(A) `[m, k]`, op(B) `[k, n]`, C `[m, n]`; `lda`, `ldb`, `ldc` are row strides.
  package static func block(
    _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
    adds: Bool = false, _ c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    if ProductEngine.current == .openBLAS {
      return OpenBLAS.product(
        m, n, k, a, lda: lda, transposeA: transposeA, b, ldb: ldb, transposeB: transposeB,
        adds: adds,
        c, ldc: ldc)
    }
    let (rowStride, depthStep) = transposeA ? (1, lda) : (lda, 1)
    let (columnStride, depthStride) = transposeB ? (ldb, 1) : (1, ldb)
    let depth = depth(k, transposeA: transposeA)
    let width = Int(PANEL_COLUMNS)
    let panel = Storage(count: width * min(k, depth))
    // Rows of one panel are multiplied while it is in the cache; of several panels, the rows stay there.
    let rowsPerBlock = n > width ? ProductGrid.mostRows : max(m, 1)
    for block in stride(from: 0, to: m, by: rowsPerBlock) {
      for start in stride(from: 0, to: max(k, 1), by: depth) {
        for column in stride(from: 0, to: n, by: width) {
          let (columns, count) = (min(width, n - column), min(depth, k - start))
          var (factor, step) = (b + column * columnStride + start * depthStride, ldb)
          if transposeB || columns != panelWidth(columns) {
            kernels.panel(factor, ldb, transposeB ? 1 : 0, count, columns, panel.pointer)
            (factor, step) = (UnsafePointer(panel.pointer), panelWidth(columns))
          }
          let last = min(block + rowsPerBlock, m)
          for row in stride(from: block, to: last, by: ProductGrid.mostRows) {
            var product = PanelProduct(
              a: a + row * rowStride + start * depthStep, aStride: lda, isTransposed: transposeA,
              rows: min(ProductGrid.mostRows, last - row), count: count, b: factor, bStride: step,
              columns: columns, start: nil, adds: adds || start > 0, y: c + row * ldc + column,
              yStride: ldc)
            kernels.panelProduct(&product)
          }
        }
      }
    }
  }

  /// Numbers summed at a time. Where there is little to sum, results would be read and written more often
  /// than a small depth saves.
  static func depth(_ k: Int, transposeA: Bool) -> Int {
    transposeA && k > 2 * depthOfTransposed ? depthOfTransposed : depth
  }

  /// The same, cut into pieces of C for the pool (``ProductGrid``).
  package static func parallel(
    _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
    adds: Bool = false, _ c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    guard m > 0, n > 0 else { return }
    let grid = ProductGrid(m, n, k, freedom(m, transposeA: transposeA, transposeB: transposeB))
    // Several pieces of rows share a factor that must be turned.
    let turned =
      transposeB && grid.rowPieces > 1
      ? TurnedFactor(b, stride: ldb, count: k, columns: n) : nil
    let parts = grid.depthPieces > 1 ? Storage(count: grid.depthPieces * m * n) : nil
    let (rowStride, depthStride) = transposeA ? (1, lda) : (lda, 1)
    let (columnStride, depthStrideOfB) = transposeB ? (ldb, 1) : (1, ldb)
    grid.forEachPiece { piece in
      let (rows, columns, depth) = (piece.rows, piece.columns, piece.depth)
      let first = a + rows.lowerBound * rowStride + depth.lowerBound * depthStride
      let (to, stride) = parts.map { ($0.pointer + piece.part * m * n, n) } ?? (c, ldc)
      let target = to + rows.lowerBound * stride + columns.lowerBound
      if let turned {
        block(
          rows.count, columns, k, first, lda: lda, transposeA: transposeA, turned, adds: adds,
          target, ldc: stride)
      } else {
        block(
          rows.count, columns.count, depth.count, first, lda: lda, transposeA: transposeA,
          b + columns.lowerBound * columnStride + depth.lowerBound * depthStrideOfB, ldb: ldb,
          transposeB: transposeB, adds: adds && parts == nil, target, ldc: stride)
      }
    }
    if let parts { sum(parts.pointer, count: grid.depthPieces, m, n, adds: adds, c, ldc: ldc) }
  }

  /// Only the long sums of weights' gradients are cut. What must be turned is not turned again for other
  /// rows, but where these are many.
  private static func freedom(_ m: Int, transposeA: Bool, transposeB: Bool) -> ProductGrid.Freedom {
    var freedom = ProductGrid.Freedom()
    if transposeA && !transposeB { freedom.shallowest = 1024 }
    if transposeB, m <= 2 * ProductGrid.mostRows { (freedom.most, freedom.fewest) = (m, m) }
    return freedom
  }

  /// C, or C added to, from the sums of its parts, in order.
  static func sum(
    _ parts: UnsafePointer<Float>, count: Int, _ m: Int, _ n: Int, adds: Bool = false,
    _ c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    parallelRanges(m, grain: max(elementGrain / (n * count), 1)) { rows in
      for row in rows {
        let target = c + row * ldc
        if !adds { target.update(from: parts + row * n, count: n) }
        for part in (adds ? 0 : 1)..<count {
          kernels.add(target, parts + (part * m + row) * n, target, n)
        }
      }
    }
  }

  /// One block on the calling thread, with some columns of a second factor that is turned; `c` is where
  /// these begin.
  static func block(
    _ m: Int, _ columns: Range<Int>, _ k: Int,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false, _ factor: TurnedFactor,
    adds: Bool = false, _ c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    let step = transposeA ? lda : 1
    let (depth, width) = (depth(k, transposeA: transposeA), Int(PANEL_COLUMNS))
    for start in stride(from: 0, to: max(k, 1), by: depth) {
      for column in stride(from: columns.lowerBound, to: columns.upperBound, by: width) {
        guard let panel = factor.panel(column: column, start: start) else {
          return OpenBLAS.product(
            m, columns.count, k, a, lda: lda, transposeA: transposeA,
            factor.source + columns.lowerBound * factor.stride, ldb: factor.stride,
            transposeB: true, adds: adds, c, ldc: ldc)
        }
        var product = PanelProduct(
          a: a + start * step, aStride: lda, isTransposed: transposeA, rows: m,
          count: min(depth, k - start), b: panel.pointer, bStride: panel.stride,
          columns: min(width, columns.upperBound - column), start: nil, adds: adds || start > 0,
          y: c + column - columns.lowerBound, yStride: ldc)
        kernels.panelProduct(&product)
      }
    }
  }
}

extension Tensor {
  /// Product of matrices, or of two batches of matrices.
  ///
  /// - Shape: `[…, M, K] × […, K, N]` → `[…, M, N]`, with equal leading sizes; a transposed
  ///   argument has its last two sizes swapped.
  public func matrixProduct(
    _ other: Tensor, transposeSelf: Bool = false, transposeOther: Bool = false
  ) -> Tensor {
    check(
      rank >= 2 && rank == other.rank && shape.dropLast(2) == other.shape.dropLast(2),
      "matrix product of \(shape) and \(other.shape)")
    let (rows, columns) = (shape[rank - 2], shape[rank - 1])
    let (otherRows, otherColumns) = (other.shape[rank - 2], other.shape[rank - 1])
    let (m, k) = transposeSelf ? (columns, rows) : (rows, columns)
    let (k2, n) = transposeOther ? (otherColumns, otherRows) : (otherRows, otherColumns)
    check(k == k2, "matrix product of \(shape) and \(other.shape)")
    let batches = shape.dropLast(2).reduce(1, *)
    return Tensor(Array(shape.dropLast(2)) + [m, n]) { result in
      let product = batches == 1 ? MatrixProduct.parallel : MatrixProduct.block
      parallelFor(batches == 1 ? 1 : batches) { i in
        product(
          m, n, k, pointer + i * rows * columns, columns, transposeSelf,
          other.pointer + i * otherRows * otherColumns, otherColumns, transposeOther, false,
          result + i * m * n, n)
      }
    }
  }

  /// Affine map of the last axis, `x Wᵀ + b`.
  ///
  /// - Parameters:
  ///   - packed: the weight, packed before; nil to decide here.
  ///   - precision: of the factors, where the weight was not packed before.
  /// - Shape: `x […, I]`, `weight [O, I]`, `bias [O]` → `[…, O]`.
  /// - Source: torch.nn.functional.linear.
  package func linear(
    _ weight: Tensor, _ bias: Tensor?, packed: PackedMatrix? = nil,
    _ precision: ProductPrecision = .fp32
  ) -> Tensor {
    let (output, input) = (weight.shape[0], weight.shape[1])
    check(shape.last == input && weight.rank == 2, "linear of \(shape) with weight \(weight.shape)")
    let rows = count / max(input, 1)
    let inPairs = PairedProduct.serves(weight.shape, precision)
    let matrix =
      packed
      ?? (inPairs
        ? PackedMatrix(weight, .bf16)
        : PackedMatrix.pays(weight.shape, rows: rows) ? PackedMatrix(weight) : nil)
    return Tensor(Array(shape.dropLast()) + [output]) { result in
      if let matrix {
        matrix.product(pointer, count: rows, bias: bias?.pointer, into: result)
        return
      }
      if let bias { fillRows(result, rows: rows, with: bias) }
      MatrixProduct.parallel(
        rows, output, input, pointer, lda: input, weight.pointer, ldb: input, transposeB: true,
        adds: bias != nil, result, ldc: output)
    }
  }
}

/// Writes `row` into each of `rows` rows, so that a product can accumulate onto it.
package func fillRows(_ result: UnsafeMutablePointer<Float>, rows: Int, with row: Tensor) {
  let columns = row.count
  parallelRanges(rows, grain: max(16_384 / max(columns, 1), 1)) { range in
    for r in range { (result + r * columns).update(from: row.pointer, count: columns) }
  }
}
