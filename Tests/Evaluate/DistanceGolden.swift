import Evaluation
import Foundation
import Tensors

/// Tests/Golden/distances: features and what SciPy, NumPy and scikit-learn make of them.
enum DistanceGolden {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden/distances")

  static func matrix(_ name: String) throws -> Matrix {
    Matrix(try Safetensors(folder.appending(path: "features.safetensors").path).tensor(name))
  }

  static func expected() throws -> Expected {
    let file = folder.appending(path: "expected.json")
    return try EvaluationGolden.snakeCaseDecoder.decode(
      Expected.self, from: Data(contentsOf: file))
  }

  struct Expected: Decodable {
    let covariance: [Double]
    let frechet, frechetLowRank: [String: Frechet]
    let kid: [String: Kernel]
    let fit: Fit
    let pickles: [String: [Double]]
  }

  struct Frechet: Decodable {
    let value, traces: Double
  }

  struct Kernel: Decodable {
    let value, standardError: Double
  }

  struct Fit: Decodable {
    let start, end: Mixture
    let lowerBound: Double
    let iterations: Int
    let scores: [Double]
  }

  struct Mixture: Decodable {
    let weights, means, covariances: [Double]

    var mixture: GaussianMixture {
      get throws {
        let (count, dimension) = (weights.count, means.count / weights.count)
        let size = dimension * dimension
        return try GaussianMixture(
          weights: weights, means: Matrix(rows: count, columns: dimension, values: means),
          covariances: (0..<count).map { k in
            Matrix(
              rows: dimension, columns: dimension,
              values: Array(covariances[k * size..<(k + 1) * size]))
          })
      }
    }
  }
}

/// The largest difference, relative to the largest expected number.
func largestError(_ found: [Double], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  let size = expected.map(abs).max() ?? 0
  let worst = zip(found, expected).map { $0.isFinite ? abs($0 - $1) : .infinity }.max() ?? 0
  return worst / (size > 0 ? size : 1)
}
