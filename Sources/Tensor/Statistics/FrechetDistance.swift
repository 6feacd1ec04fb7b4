import Foundation
import Support

/// The Fréchet distance between feature vectors and a reference, both taken as Gaussians:
/// `|μ₁ − μ₂|² + tr Σ₁ + tr Σ₂ − 2 tr √(Σ₁Σ₂)`.
///
/// All in double precision. With `R Rᵀ = Σ₁` from a symmetric eigendecomposition, tr √(Σ₁Σ₂) is the
/// sum of the singular values of `X R / √(n − 1)`, X the vectors less their mean: no eigenvalue of a
/// product has to be told from zero, so that neither few vectors nor small variances cost digits.
/// The bootstrap, which is about far larger errors, takes the roots of the eigenvalues of `RᵀΣ₂R`,
/// or of `X Σ₁ Xᵀ` when there are fewer vectors than dimensions.
///
/// - Source: Heusel et al. 2017, arXiv:1706.08500, eq. 6; covariances with divisor n − 1 as
///   `numpy.cov`, which both pytorch-fid and the official evaluation use.
public struct FrechetDistance: Sendable {
  public let value: Double
  /// The deviation of ``value`` over bootstrap resamples of the vectors; nil without resamples.
  public let standardError: Double?
  public let resamples: Int

  /// - Parameters:
  ///   - features: `[N, D]`, N at least 2.
  ///   - reference: Of D dimensions and at least 2 vectors; taken as exact by the bootstrap.
  ///   - resamples: Bootstrap resamples; ``affordableResamples(count:dimension:)`` if nil.
  /// - Throws: `MatrixError` for features that are not finite.
  public init(
    from features: Matrix, to reference: FeatureStatistics, resamples: Int? = nil
  ) throws {
    let comparison = try Comparison(features, reference)
    let count = features.rows
    self.resamples =
      resamples ?? Self.affordableResamples(count: count, dimension: features.columns)
    value = try comparison.distance()
    guard self.resamples > 1 else {
      standardError = nil
      return
    }
    let values = try parallelMap(self.resamples) { index in
      try comparison.distance(weights: resampledWeights(count, index: index))
    }
    standardError = values.deviation
  }

  /// The distance of each bootstrap resample, weighted by ``resampledWeights(_:index:)``: the same
  /// draws for all sets of the same vectors' number, so that their differences are paired.
  ///
  /// - Throws: as ``init(from:to:resamples:)``.
  package static func resampled(
    _ features: Matrix, to reference: FeatureStatistics, resamples: Int
  ) throws -> [Double] {
    let comparison = try Comparison(features, reference)
    return try parallelMap(resamples) { index in
      try comparison.distance(weights: resampledWeights(features.rows, index: index))
    }
  }

  /// 200, or 25 where one takes about a second: enough for a standard error, not for percentiles.
  ///
  /// - Source: Efron & Tibshirani 1993, §6.4.
  public static func affordableResamples(count: Int, dimension: Int) -> Int {
    min(count, dimension) <= 600 ? 200 : 25
  }
}

/// The features in the form from which the distance of any weighting of them follows.
private struct Comparison {
  let reference: FeatureStatistics
  let traceOfReference: Double
  /// The vectors less their mean, `[N, D]`.
  let centered: Matrix
  let mean: [Double]
  /// `X R`, `[N, D]`.
  let projected: Matrix
  /// `X Σ₁ Xᵀ`, `[N, N]`, where that is smaller than Σ₁.
  let kernel: Matrix?

  init(_ features: Matrix, _ reference: FeatureStatistics) throws {
    precondition(features.rows > 1 && features.columns == reference.dimension)
    self.reference = reference
    mean = features.columnMeans
    centered = features.centered(on: mean)
    let covariance = reference.covariance
    traceOfReference = covariance.trace
    let (values, vectors) = try covariance.eigenvectors()
    let root = vectors.scalingRows(by: nonNegative(values).map { $0.squareRoot() })
    projected = centered.product(root, transposeOther: true)
    kernel =
      features.rows <= features.columns ? projected.product(projected, transposeOther: true) : nil
  }

  /// The distance of the vectors as they are.
  func distance() throws -> Double {
    let trace = centered.values.reduce(0) { $0 + $1 * $1 } / Double(centered.rows - 1)
    let root = try projected.singularValues().reduce(0, +)
    return squaredDistance(of: mean) + trace + traceOfReference
      - 2 * root / Double(centered.rows - 1).squareRoot()
  }

  private func squaredDistance(of mean: [Double]) -> Double {
    zip(mean, reference.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  /// The distance when vector i occurs `weights[i]` times; the weights' sum is the count.
  func distance(weights: [Double]) throws -> Double {
    let count = Double(centered.rows)
    var shift = [Double](repeating: 0, count: centered.columns)
    var squares = 0.0
    for i in weights.indices where weights[i] > 0 {
      for (j, value) in centered.row(i).enumerated() {
        shift[j] += weights[i] * value
        squares += weights[i] * value * value
      }
    }
    for j in shift.indices { shift[j] /= count }
    let trace = (squares - count * shift.reduce(0) { $0 + $1 * $1 }) / (count - 1)
    let eigenvalues = try product(weights).eigenvalues()
    let root = nonNegative(eigenvalues).reduce(0) { $0 + $1.squareRoot() }
    let shifted = zip(mean, shift).map { $0 + $1 }
    return squaredDistance(of: shifted) + trace + traceOfReference - 2 * root
  }

  /// A symmetric matrix with the eigenvalues of Σ₁Σ₂ that are not zero.
  private func product(_ weights: [Double]) -> Matrix {
    let scale = 1 / Double(centered.rows - 1)
    if let kernel { return kernel.centered(weights: weights, scale: scale) }
    let used = weights.indices.filter { weights[$0] > 0 }
    var mean = [Double](repeating: 0, count: projected.columns)
    for i in used {
      for (j, value) in projected.row(i).enumerated() { mean[j] += weights[i] * value }
    }
    for j in mean.indices { mean[j] /= Double(centered.rows) }
    let rows = Matrix(
      rows: used.count, columns: projected.columns, values: used.flatMap { projected.row($0) })
    return rows.centered(on: mean)
      .scalingRows(by: used.map { (weights[$0] * scale).squareRoot() }).gram()
  }
}

extension Matrix {
  /// A matrix of inner products made that of the same vectors less their weighted mean, each with
  /// the root of its weight; vectors of no weight are left out.
  fileprivate func centered(weights: [Double], scale: Double) -> Matrix {
    let used = weights.indices.filter { weights[$0] > 0 }
    let count = weights.reduce(0, +)
    let means = used.map { i in
      used.reduce(0.0) { $0 + weights[$1] * self[i, $1] } / count
    }
    let mean = zip(used, means).reduce(0.0) { $0 + weights[$1.0] * $1.1 } / count
    let roots = used.map { (weights[$0] * scale).squareRoot() }
    var result = Matrix(zeros: used.count, used.count)
    for (a, i) in used.enumerated() {
      for (b, j) in used.enumerated() {
        result[a, b] = roots[a] * roots[b] * (self[i, j] - means[a] - means[b] + mean)
      }
    }
    return result
  }
}

/// Eigenvalues of a matrix that has none below zero, without what rounding makes of zeros.
private func nonNegative(_ eigenvalues: [Double]) -> [Double] {
  let noise = Double(eigenvalues.count) * Double.ulpOfOne * (eigenvalues.max() ?? 0)
  return eigenvalues.map { $0 > noise ? $0 : 0 }
}
