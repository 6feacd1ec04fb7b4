import Support

/// A dense matrix of double-precision numbers, row by row: for statistics, whose sums and
/// factorisations need more digits than a ``Tensor`` has.
///
/// Products are cut by shape and run in parallel; results don't depend on the number of threads.
public struct Matrix: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// `rows × columns` numbers.
  public var values: [Double]

  public init(rows: Int, columns: Int, values: [Double]) {
    check(values.count == rows * columns, "\(values.count) values for \(rows) × \(columns)")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  public init(zeros rows: Int, _ columns: Int) {
    self.init(rows: rows, columns: columns, values: [Double](repeating: 0, count: rows * columns))
  }

  /// - Shape: `tensor [rows, columns]`.
  public init(_ tensor: Tensor) {
    check(tensor.rank == 2, "a matrix from a tensor of \(tensor.shape)")
    self.init(
      rows: tensor.shape[0], columns: tensor.shape[1],
      values: tensor.withUnsafeBufferPointer { $0.map(Double.init) })
  }

  public subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  public func row(_ index: Int) -> ArraySlice<Double> {
    values[index * columns..<(index + 1) * columns]
  }

  /// Rows of a range, as a matrix of their own.
  public func rows(_ range: Range<Int>) -> Matrix {
    Matrix(
      rows: range.count, columns: columns,
      values: Array(values[range.lowerBound * columns..<range.upperBound * columns]))
  }

  /// Sum of the diagonal.
  public var trace: Double { (0..<min(rows, columns)).reduce(0) { $0 + self[$1, $1] } }

  /// The mean of the rows.
  public var columnMeans: [Double] {
    var sums = [Double](repeating: 0, count: columns)
    for i in 0..<rows {
      for (j, value) in row(i).enumerated() { sums[j] += value }
    }
    return sums.map { $0 / Double(rows) }
  }

  /// The rows less `center`.
  public func centered(on center: [Double]) -> Matrix {
    var copy = self
    for i in 0..<rows {
      for j in 0..<columns { copy.values[i * columns + j] -= center[j] }
    }
    return copy
  }

  /// Every row times a number of its own.
  public func scalingRows(by factors: [Double]) -> Matrix {
    var copy = self
    for i in 0..<rows {
      for j in 0..<columns { copy.values[i * columns + j] *= factors[i] }
    }
    return copy
  }
}

// MARK: Products

extension Matrix {
  private static let grain = 128

  /// - Shape: `[m, k] × [k, n]` → `[m, n]`; `[n, k]` for a transposed argument.
  public func product(_ other: Matrix, transposeOther: Bool = false) -> Matrix {
    let columnCount = transposeOther ? other.rows : other.columns
    check(
      columns == (transposeOther ? other.columns : other.rows),
      "matrix product of \(rows) × \(columns) and \(other.rows) × \(other.columns)")
    return Matrix(rows: rows, columns: columnCount) { result in
      values.withUnsafeBufferPointer { a in
        other.values.withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress else { return }
          parallelRanges(rows, grain: Self.grain) { range in
            OpenBLAS.product(
              range.count, columnCount, columns, a + range.lowerBound * columns, lda: columns,
              transposeA: false, b, ldb: other.columns, transposeB: transposeOther,
              result + range.lowerBound * columnCount, ldc: columnCount)
          }
        }
      }
    }
  }

  /// The products of all pairs of columns, `AᵀA`: symmetric to the last bit.
  public func gram() -> Matrix {
    Matrix(rows: columns, columns: columns) { result in
      values.withUnsafeBufferPointer { a in
        guard let a = a.baseAddress else { return }
        parallelRanges(columns, grain: Self.grain) { range in
          let start = range.lowerBound
          OpenBLAS.product(
            range.count, columns - start, rows, a + start, lda: columns, transposeA: true,
            a + start, ldb: columns, transposeB: false, result + start * columns + start,
            ldc: columns)
        }
        for i in 0..<columns {
          for j in 0..<i { result[i * columns + j] = result[j * columns + i] }
        }
      }
    }
  }

  private init(rows: Int, columns: Int, fill: (UnsafeMutablePointer<Double>) -> Void) {
    var values = [Double](repeating: 0, count: rows * columns)
    values.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { fill(base) }
    }
    self.init(rows: rows, columns: columns, values: values)
  }
}

// MARK: Factorisations

/// What stops a factorisation.
public enum MatrixError: Error, Equatable, CustomStringConvertible {
  case notFinite
  case noConvergence(size: Int)
  case notPositiveDefinite(size: Int)

  public var description: String {
    switch self {
    case .notFinite: "a matrix holds numbers that are not finite"
    case .noConvergence(let size):
      "the eigenvalues or singular values of a matrix of size \(size) did not converge"
    case .notPositiveDefinite(let size): "a matrix of \(size) × \(size) is not positive definite"
    }
  }
}

extension Matrix {
  /// The eigenvalues of a symmetric matrix, ascending.
  ///
  /// - Throws: ``MatrixError``.
  public func eigenvalues() throws(MatrixError) -> [Double] {
    try eigen(wantsVectors: false).values
  }

  /// The eigenvalues of a symmetric matrix, ascending, and its eigenvectors, one a row.
  ///
  /// - Throws: ``MatrixError``.
  /// - Source: LAPACK `dsyevd`.
  public func eigenvectors() throws(MatrixError) -> (values: [Double], vectors: Matrix) {
    try eigen(wantsVectors: true)
  }

  private func eigen(
    wantsVectors: Bool
  ) throws(MatrixError) -> (values: [Double], vectors: Matrix) {
    check(rows == columns, "eigenvalues of \(rows) × \(columns)")
    guard rows > 0 else { return ([], self) }
    guard values.allSatisfy(\.isFinite) else { throw .notFinite }  // LAPACK may not return
    var vectors = self
    var found = [Double](repeating: 0, count: rows)
    let converged = vectors.values.withUnsafeMutableBufferPointer { a in
      found.withUnsafeMutableBufferPointer { w in
        guard let a = a.baseAddress, let w = w.baseAddress else { return true }
        return OpenBLAS.eigen(rows, a, values: w, wantsVectors: wantsVectors)
      }
    }
    guard converged else { throw .noConvergence(size: rows) }
    return (found, vectors)
  }

  /// The singular values, descending.
  ///
  /// - Throws: ``MatrixError``.
  /// - Source: LAPACK `dgesdd`.
  public func singularValues() throws(MatrixError) -> [Double] {
    guard rows > 0, columns > 0 else { return [] }
    guard values.allSatisfy(\.isFinite) else { throw .notFinite }
    var overwritten = values
    var found = [Double](repeating: 0, count: min(rows, columns))
    let converged = overwritten.withUnsafeMutableBufferPointer { a in
      found.withUnsafeMutableBufferPointer { s in
        guard let a = a.baseAddress, let s = s.baseAddress else { return true }
        return OpenBLAS.singularValues(rows, columns, a, s)
      }
    }
    guard converged else { throw .noConvergence(size: max(rows, columns)) }
    return found
  }

  /// The lower triangle L with `L Lᵀ` equal to this symmetric matrix; zeros above the diagonal.
  ///
  /// - Throws: ``MatrixError``.
  /// - Source: LAPACK `dpotrf`.
  public func cholesky() throws(MatrixError) -> Matrix {
    check(rows == columns, "Cholesky factor of \(rows) × \(columns)")
    guard values.allSatisfy(\.isFinite) else { throw .notFinite }
    var factor = self
    let isDefinite = factor.values.withUnsafeMutableBufferPointer { a in
      a.baseAddress.map { OpenBLAS.cholesky(rows, $0) } ?? true
    }
    guard isDefinite else { throw .notPositiveDefinite(size: rows) }
    for i in 0..<rows {
      for j in i + 1..<max(columns, i + 1) { factor[i, j] = 0 }
    }
    return factor
  }

  /// Every row x replaced by `L⁻¹ x`, on the calling thread.
  ///
  /// - Shape: `lower [columns, columns]`, a lower triangle.
  public mutating func solveRows(lower: Matrix) {
    check(
      lower.rows == columns && lower.columns == columns,
      "solving rows of \(columns) with \(lower.rows) × \(lower.columns)")
    values.withUnsafeMutableBufferPointer { x in
      lower.values.withUnsafeBufferPointer { l in
        guard let x = x.baseAddress, let l = l.baseAddress else { return }
        OpenBLAS.solve(rows, columns, lower: l, x)
      }
    }
  }
}
