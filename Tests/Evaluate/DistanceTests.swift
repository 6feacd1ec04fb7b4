import Evaluation
import Foundation
import Support
import Tensors
import TestSupport
import Testing

/// Distances between sets of features, against SciPy and NumPy in double precision.
@Suite struct DistanceTests {
  let expected: DistanceGolden.Expected
  let reference: FeatureStatistics

  init() throws {
    expected = try DistanceGolden.expected()
    reference = FeatureStatistics(try DistanceGolden.matrix("reference"))
  }

  @Test func covariancesAreNumPys() throws {
    let statistics = FeatureStatistics(try DistanceGolden.matrix("many"))
    #expect(largestError(statistics.covariance.values, expected.covariance) < 1e-12)
  }

  @Test(arguments: [1, 7, 90])
  func statisticsDoNotDependOnHowTheyWereGathered(_ piece: Int) throws {
    let features = try DistanceGolden.matrix("many")
    let whole = FeatureStatistics(features)
    var gathered = FeatureStatistics(dimension: features.columns)
    for start in stride(from: 0, to: features.rows, by: piece) {
      gathered.add(features.rows(start..<min(start + piece, features.rows)))
    }
    #expect(gathered.count == 90)
    #expect(largestError(gathered.mean, whole.mean) < 1e-13)
    #expect(largestError(gathered.covariance.values, whole.covariance.values) < 1e-12)
  }

  /// Also with 15 vectors of 24 dimensions, whose covariance is singular.
  @Test(arguments: ["many", "few"])
  func frechetDistanceIsSciPys(_ name: String) throws {
    let features = try DistanceGolden.matrix(name)
    let found = try FrechetDistance(from: features, to: reference, resamples: 0)
    for expected in [expected.frechet[name], expected.frechetLowRank[name]] {
      let (value, traces) = try #require(expected.map { ($0.value, $0.traces) })
      #expect(abs(found.value - value) < 1e-9 * traces)
    }
    #expect(found.standardError == nil)
  }

  @Test func aSetIsAtNoDistanceFromItself() throws {
    for name in ["many", "few"] {
      let features = try DistanceGolden.matrix(name)
      let own = FeatureStatistics(features)
      let found = try FrechetDistance(from: features, to: own, resamples: 0)
      #expect(abs(found.value) < 1e-6 * own.covariance.trace)
    }
  }

  /// Of one dimension the distance is `(μ₁ − μ₂)² + (σ₁ − σ₂)²`.
  @Test func frechetDistanceOfOneDimensionIsKnown() throws {
    let x = Matrix(rows: 3, columns: 1, values: [0, 1, 2])  // mean 1, deviation 1
    let y = FeatureStatistics(Matrix(rows: 3, columns: 1, values: [1, 4, 7]))  // 4 and 3
    let found = try FrechetDistance(from: x, to: y, resamples: 0)
    #expect(abs(found.value - (9 + 4)) < 1e-12)
  }

  @Test(arguments: ["many", "few"])
  func theBootstrapIsOfTheCasesAndRepeats(_ name: String) throws {
    let features = try DistanceGolden.matrix(name)
    let found = try onThreads([1, 2]) { _ in
      try FrechetDistance(from: features, to: reference, resamples: 50)
    }
    #expect(found[0].standardError == found[1].standardError)
    let error = try #require(found[0].standardError)
    #expect(error > 0 && error < found[0].value)
    #expect(found[0].resamples == 50)
  }

  @Test func featuresThatAreNotFiniteAreAnError() throws {
    var features = try DistanceGolden.matrix("many")
    features[3, 4] = .nan
    #expect(throws: MatrixError.notFinite) {
      try FrechetDistance(from: features, to: reference, resamples: 0)
    }
  }

  @Test(arguments: ["many", "few"])
  func kernelDistanceAndItsErrorAreNumPys(_ name: String) throws {
    let found = KernelDistance(
      try DistanceGolden.matrix(name), try DistanceGolden.matrix("reference"))
    let expected = try #require(expected.kid[name])
    #expect(abs(found.value - expected.value) < 1e-10 * expected.value)
    let error = try #require(found.standardError)
    #expect(abs(error - expected.standardError) < 1e-8 * expected.standardError)
  }

  /// 600 vectors are more than one tile of the sum.
  @Test func kernelDistanceOfEqualDistributionsIsAroundZero() {
    var random = RandomStream(seed: 1, purpose: "test")
    let x = Matrix(Tensor(normal: [600, 8], using: &random))
    let y = Matrix(Tensor(normal: [300, 8], using: &random))
    let found = KernelDistance(x, y)
    #expect(abs(found.value) < 4 * (found.standardError ?? 0))
  }

  @Test func twoVectorsHaveAKernelDistanceButNoError() throws {
    let x = Matrix(rows: 2, columns: 1, values: [0, 1])
    // Kernels: own 1; the other set's 1; across 1, 1, 1, 8.
    let found = KernelDistance(x, x)
    #expect(abs(found.value - (1 + 1 - 2 * 11.0 / 4)) < 1e-12)
    #expect(found.standardError == nil)
  }

  @Test func theQualityScoreIsClippedOnBothSides() {
    #expect(QualityScore.value(-5) == 0)
    #expect(QualityScore.value(150) == 50)
    #expect(QualityScore.value(301) == 100)
  }
}
