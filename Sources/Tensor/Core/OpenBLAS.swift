import COpenBLAS

/// What we take from OpenBLAS, row-major: products, systems and factorisations in double precision, for
/// statistics, and products in single precision where it is the ``ProductEngine``.
///
/// It is called single-threaded: our own loops share out the work.
package enum OpenBLAS {
  private static let configured: Void = openblas_set_num_threads(1)

  /// ``MatrixProduct/block(_:_:_:_:lda:transposeA:_:ldb:transposeB:adds:_:ldc:)``, in another way.
  package static func product(
    _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
    adds: Bool = false, _ c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    _ = configured
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), 1, a, blasint(max(lda, 1)), b, blasint(max(ldb, 1)),
      adds ? 1 : 0, c, blasint(max(ldc, 1)))
  }

  /// `C ← op(A)·op(B)`, in double precision.
  static func product(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Double>, lda: Int, transposeA: Bool,
    _ b: UnsafePointer<Double>, ldb: Int, transposeB: Bool, _ c: UnsafeMutablePointer<Double>,
    ldc: Int
  ) {
    _ = configured
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), 1, a, blasint(lda), b, blasint(ldb), 0, c, blasint(ldc))
  }

  /// `X ← X·L⁻ᵀ` for a lower triangle L: row i becomes `L⁻¹ xᵢ`.
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
