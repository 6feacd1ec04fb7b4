/// Count, mean and scatter of feature vectors, gathered piece by piece in double precision.
///
/// - Source: Chan, Golub & LeVeque 1983, eq. 1.5 (merging).
public struct FeatureStatistics: Sendable, Equatable {
  public private(set) var count: Int
  public private(set) var mean: [Double]
  /// The sum of the outer products of all vectors less their mean.
  private var scatter: Matrix

  public var dimension: Int { mean.count }

  /// The statistics of no vectors.
  public init(dimension: Int) {
    count = 0
    mean = [Double](repeating: 0, count: dimension)
    scatter = Matrix(zeros: dimension, dimension)
  }

  /// - Shape: `features [N, D]`, N at least 1.
  public init(_ features: Matrix) {
    count = features.rows
    mean = features.columnMeans
    scatter = features.centered(on: mean).gram()
  }

  /// The statistics of `count` vectors whose mean and covariance, with the divisor `count − 1`, are
  /// known.
  public init(count: Int, mean: [Double], covariance: Matrix) {
    self.count = count
    self.mean = mean
    scatter = covariance
    for i in scatter.values.indices { scatter.values[i] *= Double(max(count - 1, 0)) }
  }

  /// The unbiased covariance, with the divisor `count − 1`; zero for fewer than two vectors.
  public var covariance: Matrix {
    var result = scatter
    let divisor = Double(max(count - 1, 1))
    for i in result.values.indices { result.values[i] /= divisor }
    return result
  }

  /// Adds vectors.
  ///
  /// - Shape: `features [N, D]`.
  public mutating func add(_ features: Matrix) {
    if features.rows > 0 { merge(FeatureStatistics(features)) }
  }

  /// Adds what another part of the vectors amounts to.
  public mutating func merge(_ other: FeatureStatistics) {
    precondition(other.dimension == dimension)
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let total = Double(count + other.count)
    let factor = Double(count) * Double(other.count) / total
    let shift = zip(other.mean, mean).map { $0 - $1 }
    for i in 0..<dimension {
      let scaled = factor * shift[i]
      for j in 0..<dimension {
        scatter[i, j] += other.scatter[i, j] + scaled * shift[j]
      }
    }
    for i in 0..<dimension { mean[i] += shift[i] * Double(other.count) / total }
    count += other.count
  }
}
