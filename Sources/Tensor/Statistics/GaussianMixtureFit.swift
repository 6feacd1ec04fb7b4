import Foundation
import Support

/// A mixture fitted by expectation maximisation.
public struct GaussianMixtureFit: Sendable {
  public let mixture: GaussianMixture
  /// Mean log-likelihood of the vectors before the last step, in nats.
  public let lowerBound: Double
  public let iterations: Int
  public let isConverged: Bool

  /// What decides the outcome; the defaults are scikit-learn's.
  public struct Settings: Sendable, Equatable {
    /// Added to the covariances' diagonals.
    public var regularization = 1e-6
    /// Stops when the mean log-likelihood changes by less.
    public var tolerance = 1e-3
    public var maximumIterations = 100
    /// Of the first means.
    public var seed: UInt64 = 0

    public init() {}
  }

  /// Fits from scratch: k-means++ seeds, k-means from there, then EM.
  ///
  /// - Shape: `features [N, D]`, N at least `components`.
  /// - Throws: ``GaussianMixtureError``.
  /// - Source: Arthur & Vassilvitskii 2007 (k-means++).
  public init(
    _ features: Matrix, components: Int, settings: Settings = Settings(),
    progress: (_ iteration: Int, _ logLikelihood: Double) -> Void = { _, _ in }
  ) throws {
    guard components > 0, features.rows >= components else {
      throw GaussianMixtureError.tooFew(vectors: features.rows, components: components)
    }
    let labels = KMeans(features, clusters: components, seed: settings.seed).labels
    var responsibilities = Matrix(zeros: features.rows, components)
    for (i, label) in labels.enumerated() { responsibilities[i, label] = 1 }
    let start = try Self.maximized(features, responsibilities, settings)
    try self.init(features, from: start, settings: settings, progress: progress)
  }

  /// Fits from given parameters.
  ///
  /// - Shape: `features [N, D]`.
  /// - Throws: ``GaussianMixtureError``.
  /// - Source: Dempster, Laird & Rubin 1977; steps and stopping rule as in scikit-learn
  ///   (`mixture/_base.py`, `mixture/_gaussian_mixture.py`), within 1e-4 from the same start.
  public init(
    _ features: Matrix, from start: GaussianMixture, settings: Settings = Settings(),
    progress: (_ iteration: Int, _ logLikelihood: Double) -> Void = { _, _ in }
  ) throws {
    var mixture = start
    var previous = -Double.infinity
    for iteration in 1...max(settings.maximumIterations, 1) {
      var joint = mixture.logJoint(features)
      let mean = Self.normalize(&joint)
      mixture = try Self.maximized(features, joint, settings)
      progress(iteration, mean)
      let isConverged = abs(mean - previous) < settings.tolerance
      previous = mean
      if isConverged || iteration == max(settings.maximumIterations, 1) {
        self.mixture = mixture
        lowerBound = mean
        iterations = iteration
        self.isConverged = isConverged
        return
      }
    }
    preconditionFailure("the last iteration returns")
  }

  /// Replaces logarithms of weight times density by the components' shares in each vector.
  ///
  /// - Returns: The mean log-likelihood.
  private static func normalize(_ joint: inout Matrix) -> Double {
    var total = 0.0
    for i in 0..<joint.rows {
      let likelihood = logSumExp(joint.row(i))
      total += likelihood
      for k in 0..<joint.columns { joint[i, k] = exp(joint[i, k] - likelihood) }
    }
    return total / Double(joint.rows)
  }

  /// The mixture that fits best, given each component's share in each vector.
  private static func maximized(
    _ features: Matrix, _ shares: Matrix, _ settings: Settings
  ) throws -> GaussianMixture {
    let counts = (0..<shares.columns).map { k in
      (0..<shares.rows).reduce(10 * Double.ulpOfOne) { $0 + shares[$1, k] }
    }
    let total = counts.reduce(0, +)
    var means = Matrix(zeros: counts.count, features.columns)
    var covariances: [Matrix] = []
    for (k, count) in counts.enumerated() {
      // Smaller shares don't change a sum in double precision, and most are that small.
      let members = (0..<features.rows).filter { shares[$0, k] > 1e-20 }
      let vectors = Matrix(
        rows: members.count, columns: features.columns, values: members.flatMap { features.row($0) }
      )
      var center = [Double](repeating: 0, count: features.columns)
      for (place, i) in members.enumerated() {
        for (j, value) in vectors.row(place).enumerated() { center[j] += shares[i, k] * value }
      }
      for j in center.indices {
        center[j] /= count
        means[k, j] = center[j]
      }
      let roots = members.map { (shares[$0, k] / count).squareRoot() }
      var covariance = vectors.centered(on: center).scalingRows(by: roots).gram()
      for j in center.indices { covariance[j, j] += settings.regularization }
      covariances.append(covariance)
    }
    return try GaussianMixture(
      weights: counts.map { $0 / total }, means: means, covariances: covariances)
  }
}

/// Vectors in clusters around their means.
struct KMeans {
  /// The cluster of each vector.
  private(set) var labels: [Int]

  /// Seeds by k-means++, then Lloyd's steps until nothing changes, at most 100.
  init(_ features: Matrix, clusters: Int, seed: UInt64) {
    var centers = Self.seeds(features, count: clusters, seed: seed)
    labels = Self.nearest(features, centers)
    for _ in 0..<100 {
      centers = Self.centers(features, labels, centers)
      let found = Self.nearest(features, centers)
      if found == labels { break }
      labels = found
    }
  }

  /// Each next seed is a vector drawn in proportion to its squared distance from the seeds so far.
  private static func seeds(_ features: Matrix, count: Int, seed: UInt64) -> Matrix {
    var random = RandomStream(seed: seed, purpose: "k-means++")
    var chosen = [random.draw(below: features.rows)]
    var distances = [Double](repeating: .infinity, count: features.rows)
    while chosen.count < count {
      let last = Array(features.row(chosen[chosen.count - 1]))
      for i in 0..<features.rows {
        distances[i] = min(distances[i], squaredDistance(features.row(i), last[...]))
      }
      var rest = (Double(random.nextWord()) * 0x1p-32) * distances.reduce(0, +)
      let next = distances.firstIndex { distance in
        rest -= distance
        return rest < 0
      }
      // None when all vectors are equal to seeds: any will do.
      chosen.append(next ?? chosen.count % features.rows)
    }
    return Matrix(
      rows: count, columns: features.columns, values: chosen.flatMap { features.row($0) })
  }

  private static func nearest(_ features: Matrix, _ centers: Matrix) -> [Int] {
    let products = features.product(centers, transposeOther: true)
    let halves = (0..<centers.rows).map { k in centers.row(k).reduce(0) { $0 + $1 * $1 } / 2 }
    return (0..<features.rows).map { i in
      // Smallest |x − c|² is largest x·c − |c|² / 2.
      (0..<centers.rows).reduce(0) { best, k in
        products[i, k] - halves[k] > products[i, best] - halves[best] ? k : best
      }
    }
  }

  /// The clusters' means; a cluster without vectors keeps its centre.
  private static func centers(_ features: Matrix, _ labels: [Int], _ old: Matrix) -> Matrix {
    var sums = Matrix(zeros: old.rows, old.columns)
    var counts = [Int](repeating: 0, count: old.rows)
    for (i, label) in labels.enumerated() {
      counts[label] += 1
      for (j, value) in features.row(i).enumerated() { sums[label, j] += value }
    }
    for k in counts.indices {
      for j in 0..<old.columns {
        sums[k, j] = counts[k] > 0 ? sums[k, j] / Double(counts[k]) : old[k, j]
      }
    }
    return sums
  }

  private static func squaredDistance(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }
}
