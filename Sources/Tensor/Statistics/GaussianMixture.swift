import Foundation
import Support

/// A weighted sum of Gaussians with full covariances, in double precision.
public struct GaussianMixture: Sendable, Equatable {
  /// `K` numbers that sum to 1.
  public let weights: [Double]
  /// `[K, D]`.
  public let means: Matrix
  /// `K` matrices `[D, D]`.
  public let covariances: [Matrix]
  /// Lower triangles L with `L Lᵀ` the covariances.
  private let factors: [Matrix]

  public var componentCount: Int { weights.count }
  public var dimension: Int { means.columns }

  /// - Throws: ``GaussianMixtureError`` when a covariance is not positive definite, or the weights
  ///   are none.
  public init(weights: [Double], means: Matrix, covariances: [Matrix]) throws {
    precondition(means.rows == weights.count && covariances.count == weights.count)
    precondition(covariances.allSatisfy { $0.rows == means.columns && $0.columns == means.columns })
    let sum = weights.reduce(0, +)
    guard !weights.isEmpty, weights.allSatisfy({ $0 >= 0 }), abs(sum - 1) < 1e-3 else {
      throw GaussianMixtureError.badWeights(sum: sum)
    }
    guard means.values.allSatisfy(\.isFinite) else { throw GaussianMixtureError.notFinite }
    self.weights = weights
    self.means = means
    self.covariances = covariances
    factors = try parallelMap(covariances.count) { index in
      do {
        return try covariances[index].cholesky()
      } catch {
        throw GaussianMixtureError.badCovariance(component: index, reason: "\(error)")
      }
    }
  }

  /// The logarithm of the density at each vector, by log-sum-exp over the components.
  ///
  /// - Shape: `features [N, D]` → N.
  /// - Source: equals scikit-learn's `GaussianMixture.score_samples`.
  public func logLikelihoods(_ features: Matrix) -> [Double] {
    let joint = logJoint(features)
    return (0..<joint.rows).map { logSumExp(joint.row($0)) }
  }

  /// For each vector and component the logarithm of weight times density.
  ///
  /// - Shape: `features [N, D]` → `[N, K]`.
  func logJoint(_ features: Matrix) -> Matrix {
    precondition(features.columns == dimension)
    let block = 256
    let starts = Array(stride(from: 0, to: features.rows, by: block))
    let parts = parallelMap(starts.count) { index in
      let start = starts[index]
      return logJointOfBlock(features.rows(start..<min(start + block, features.rows)))
    }
    return Matrix(
      rows: features.rows, columns: componentCount, values: parts.flatMap { $0.values })
  }

  private func logJointOfBlock(_ features: Matrix) -> Matrix {
    var result = Matrix(zeros: features.rows, componentCount)
    let constant = Double(dimension) * log(2 * Double.pi)
    for k in 0..<componentCount {
      var whitened = features.centered(on: Array(means.row(k)))
      whitened.solveRows(lower: factors[k])
      let halfLogDeterminant = (0..<dimension).reduce(0) { $0 + log(factors[k][$1, $1]) }
      for i in 0..<features.rows {
        let distance = whitened.row(i).reduce(0) { $0 + $1 * $1 }
        result[i, k] = log(weights[k]) - 0.5 * (constant + distance) - halfLogDeterminant
      }
    }
    return result
  }
}

/// `log Σ exp`, without overflow.
func logSumExp(_ values: ArraySlice<Double>) -> Double {
  let largest = values.max() ?? -.infinity
  guard largest.isFinite else { return largest }
  return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
}

/// What is wrong with a mixture, its file or a request to fit one.
public enum GaussianMixtureError: Error, Equatable, Sendable, SettingMessage {
  case badWeights(sum: Double)
  case notFinite
  case badCovariance(component: Int, reason: String)
  case tooFew(vectors: Int, components: Int)
  case notMixture(file: String, reason: String)
  /// A file of another format than the one that mixtures are kept in.
  case otherFormat(file: String)

  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .badWeights(let sum):
      "the weights of a Gaussian mixture must be at least 0 and sum to 1; these sum to \(sum)"
    case .notFinite:
      "a Gaussian mixture holds means that are not finite"
    case .badCovariance(let component, let reason):
      "the covariance of component \(component) of a Gaussian mixture cannot be used: \(reason)"
    case .tooFew(let vectors, let components):
      "a Gaussian mixture of \(components) components needs at least as many pictures, "
        + "there are \(vectors). Give more pictures or fewer \(name("components"))."
    case .notMixture(let file, let reason):
      "\(file): no Gaussian mixture: \(reason)"
    case .otherFormat(let file):
      "\(file): no Gaussian mixture: expected a file that 'pbe-eval fit-gmm' or "
        + "'pbe-convert \(name("gmm"))' wrote"
    }
  }
}
