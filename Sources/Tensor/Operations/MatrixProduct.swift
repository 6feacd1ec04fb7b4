import Kernels
import Support

/// General matrix products, by OpenBLAS where that is the ``ProductEngine``, or else by our own tiles of
/// registers (Sources/Kernels/families/products.c): the first factor is read as it is, and so is the second unless it is transposed or ragged; it is then
/// cut into panels on the way.
package enum MatrixProduct {
  /// Rows worked on at a time: that much of A stays in the second-level cache.
  private static let rowsPerPiece = 192
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
    let (rowStride, step) = transposeA ? (1, lda) : (lda, 1)
    let (columnStride, depthStride) = transposeB ? (ldb, 1) : (1, ldb)
    // Where there is little to sum, results would be read and written more often than it saves.
    let depth = transposeA && k > 2 * depthOfTransposed ? depthOfTransposed : depth
    let width = Int(PANEL_COLUMNS)
    let panel = Storage(count: width * min(k, depth))
    for row in stride(from: 0, to: m, by: rowsPerPiece) {
      for start in stride(from: 0, to: max(k, 1), by: depth) {
        for column in stride(from: 0, to: n, by: width) {
          let (columns, count) = (min(width, n - column), min(depth, k - start))
          var (factor, stride) = (b + column * columnStride + start * depthStride, ldb)
          if transposeB || columns != panelWidth(columns) {
            kernels.panel(factor, ldb, transposeB ? 1 : 0, count, columns, panel.pointer)
            (factor, stride) = (UnsafePointer(panel.pointer), panelWidth(columns))
          }
          var product = PanelProduct(
            a: a + row * rowStride + start * step, aStride: lda, isTransposed: transposeA,
            rows: min(rowsPerPiece, m - row), count: count, b: factor, bStride: stride,
            columns: columns, start: nil, adds: adds || start > 0, y: c + row * ldc + column,
            yStride: ldc)
          kernels.panelProduct(&product)
        }
      }
    }
  }

  /// The same, cut into blocks of C for the pool. The cut depends on the sizes alone.
  package static func parallel(
    _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
    adds: Bool = false, _ c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    guard m > 0, n > 0 else { return }
    let pieces = pieceCount(m, n, k)
    if m >= n {
      let grain = pieceSize(m, pieces, multipleOf: 6)
      parallelRanges(m, grain: grain) { rows in
        let start = transposeA ? a + rows.lowerBound : a + rows.lowerBound * lda
        block(
          rows.count, n, k, start, lda: lda, transposeA: transposeA, b, ldb: ldb,
          transposeB: transposeB, adds: adds, c + rows.lowerBound * ldc, ldc: ldc)
      }
    } else {
      let grain = pieceSize(n, pieces, multipleOf: Int(PANEL_COLUMNS) / 2)
      parallelRanges(n, grain: grain) { columns in
        let start = transposeB ? b + columns.lowerBound * ldb : b + columns.lowerBound
        block(
          m, columns.count, k, a, lda: lda, transposeA: transposeA, start, ldb: ldb,
          transposeB: transposeB, adds: adds, c + columns.lowerBound, ldc: ldc)
      }
    }
  }

  /// Pieces of at least some 10 MFLOP and 256 rows, or two where there is some work at all: every
  /// piece packs the other factor again, which costs up to a fifth in pieces of half that size. An
  /// even number, for two threads.
  private static func pieceCount(_ m: Int, _ n: Int, _ k: Int) -> Int {
    let flops = 2.0 * Double(m) * Double(n) * Double(k)
    let most = min(max(max(m, n) / 256, 2), 8)
    let pieces = min(max(Int(flops / 10e6), flops > 4e5 ? 2 : 1), most)
    return pieces == 1 ? 1 : pieces / 2 * 2
  }

  /// A piece's size: whole tiles of registers, so that only the last is ragged.
  private static func pieceSize(_ size: Int, _ pieces: Int, multipleOf unit: Int) -> Int {
    let piece = (size + pieces - 1) / pieces
    return pieces == 1 ? size : (piece + unit - 1) / unit * unit
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
  /// - Parameter packed: the weight, packed before; nil to decide here.
  /// - Shape: `x […, I]`, `weight [O, I]`, `bias [O]` → `[…, O]`.
  /// - Source: torch.nn.functional.linear.
  package func linear(
    _ weight: Tensor, _ bias: Tensor?, packed: PackedMatrix? = nil
  ) -> Tensor {
    let (output, input) = (weight.shape[0], weight.shape[1])
    check(shape.last == input && weight.rank == 2, "linear of \(shape) with weight \(weight.shape)")
    let rows = count / max(input, 1)
    let matrix =
      packed ?? (PackedMatrix.pays(weight.shape, rows: rows) ? PackedMatrix(weight) : nil)
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
