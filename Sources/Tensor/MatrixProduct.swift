import COpenBLAS

/// General matrix products. The sole importer of OpenBLAS, which is called single-threaded from our
/// own loops: batched, grouped and fused work then scales in the same way as one large product.
package enum MatrixProduct {
  private static let configured: Void = openblas_set_num_threads(1)

  /// One block on the calling thread: `C ← α·op(A)·op(B) + β·C`, row-major.
  ///
  /// - Shape: op(A) `[m, k]`, op(B) `[k, n]`, C `[m, n]`; `lda`, `ldb`, `ldc` are row strides.
  package static func block(
    _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
    beta: Float = 0, _ c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    _ = configured
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c,
      blasint(ldc))
  }

  /// The same, cut into blocks of C for the pool. The cut depends on the sizes alone.
  package static func parallel(
    _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
    beta: Float = 0, _ c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    guard m > 0, n > 0 else { return }
    let pieces = pieceCount(m, n, k)
    if m >= n {
      let grain = pieceSize(m, pieces, multipleOf: 4)
      parallelRanges(m, grain: grain) { rows in
        let start = transposeA ? a + rows.lowerBound : a + rows.lowerBound * lda
        block(
          rows.count, n, k, alpha: alpha, start, lda: lda, transposeA: transposeA, b, ldb: ldb,
          transposeB: transposeB, beta: beta, c + rows.lowerBound * ldc, ldc: ldc)
      }
    } else {
      let grain = pieceSize(n, pieces, multipleOf: 16)
      parallelRanges(n, grain: grain) { columns in
        let start = transposeB ? b + columns.lowerBound * ldb : b + columns.lowerBound
        block(
          m, columns.count, k, alpha: alpha, a, lda: lda, transposeA: transposeA, start, ldb: ldb,
          transposeB: transposeB, beta: beta, c + columns.lowerBound, ldc: ldc)
      }
    }
  }

  /// Pieces of at least some 10 MFLOP and 256 rows, or two where there is some work at all: every
  /// piece packs the other factor again, which costs up to a fifth in pieces of half that size.
  private static func pieceCount(_ m: Int, _ n: Int, _ k: Int) -> Int {
    let flops = 2.0 * Double(m) * Double(n) * Double(k)
    let most = min(max(max(m, n) / 256, 2), 8)
    return min(max(Int(flops / 10e6), flops > 4e5 ? 2 : 1), most)
  }

  /// A piece's size, a multiple of OpenBLAS's register block (4 rows, 16 columns) so that no piece is
  /// ragged.
  private static func pieceSize(_ size: Int, _ pieces: Int, multipleOf unit: Int) -> Int {
    let piece = (size + pieces - 1) / pieces
    return pieces == 1 ? size : (piece + unit - 1) / unit * unit
  }
}

/// Double precision, for statistics; row-major like the rest.
extension MatrixProduct {
  /// One block on the calling thread: `C ← op(A)·op(B)`.
  static func block(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Double>, lda: Int, transposeA: Bool,
    _ b: UnsafePointer<Double>, ldb: Int, transposeB: Bool, _ c: UnsafeMutablePointer<Double>,
    ldc: Int
  ) {
    _ = configured
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), 1, a, blasint(lda), b, blasint(ldb), 0, c, blasint(ldc))
  }

  /// `X ← X·L⁻ᵀ` for a lower triangle L, on the calling thread: row i becomes `L⁻¹ xᵢ`.
  ///
  /// - Shape: X `[rows, n]`, L `[n, n]`.
  static func solve(
    _ rows: Int, _ n: Int, lower: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>
  ) {
    _ = configured
    cblas_dtrsm(
      CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, blasint(rows), blasint(n), 1,
      lower, blasint(n), x, blasint(n))
  }

  /// Replaces a symmetric matrix `[n, n]` by its Cholesky factor L in the lower triangle (the upper
  /// one is left as it was); false when it is not positive definite.
  static func cholesky(_ n: Int, _ a: UnsafeMutablePointer<Double>) -> Bool {
    _ = configured
    var (size, info) = (blasint(n), blasint(0))
    dpotrf_("U", &size, a, &size, &info, 1)  // column-major upper is row-major lower
    return info == 0
  }

  /// Eigenvalues of a symmetric matrix `[n, n]`, which is overwritten: by the eigenvectors, one a
  /// row, if they are wanted. False when the iteration did not converge.
  ///
  /// - Parameter values: `n` numbers, ascending.
  static func eigen(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, values: UnsafeMutablePointer<Double>,
    wantsVectors: Bool
  ) -> Bool {
    _ = configured
    let job = wantsVectors ? "V" : "N"
    var (size, info) = (blasint(n), blasint(0))
    var (workSize, integerSize) = (blasint(-1), blasint(-1))  // asks how much it needs
    var (neededWork, neededIntegers) = (0.0, blasint(0))
    dsyevd_(
      job, "L", &size, a, &size, values, &neededWork, &workSize, &neededIntegers, &integerSize,
      &info, 1, 1)
    workSize = blasint(neededWork)
    integerSize = neededIntegers
    var work = [Double](repeating: 0, count: Int(workSize))
    var integers = [blasint](repeating: 0, count: Int(integerSize))
    dsyevd_(
      job, "L", &size, a, &size, values, &work, &workSize, &integers, &integerSize, &info, 1, 1)
    return info == 0
  }

  /// Singular values of a matrix `[m, n]`, which is overwritten. False when the iteration did not
  /// converge.
  ///
  /// - Parameter values: `min(m, n)` numbers, descending.
  static func singularValues(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Double>, _ values: UnsafeMutablePointer<Double>
  ) -> Bool {
    _ = configured
    var (rows, columns) = (blasint(n), blasint(m))  // column-major: the transpose, of equal values
    var (workSize, one, info) = (blasint(-1), blasint(1), blasint(0))  // asks how much it needs
    var neededWork = 0.0
    var integers = [blasint](repeating: 0, count: 8 * min(m, n))
    dgesdd_(
      "N", &rows, &columns, a, &rows, values, nil, &one, nil, &one, &neededWork, &workSize,
      &integers, &info, 1)
    workSize = blasint(neededWork)
    var work = [Double](repeating: 0, count: Int(workSize))
    dgesdd_(
      "N", &rows, &columns, a, &rows, values, nil, &one, nil, &one, &work, &workSize,
      &integers, &info, 1)
    return info == 0
  }
}

extension Tensor {
  /// Product of matrices, or of two batches of matrices.
  ///
  /// - Shape: `[…, M, K] × […, K, N]` → `[…, M, N]`, with equal leading sizes; a transposed
  ///   argument has its last two sizes swapped.
  public func matrixProduct(
    _ other: Tensor, transposeSelf: Bool = false, transposeOther: Bool = false, scale: Float = 1
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
          m, n, k, scale, pointer + i * rows * columns, columns, transposeSelf,
          other.pointer + i * otherRows * otherColumns, otherColumns, transposeOther, 0,
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
        beta: bias == nil ? 0 : 1, result, ldc: output)
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
