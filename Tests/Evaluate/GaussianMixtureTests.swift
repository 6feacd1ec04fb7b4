import Evaluation
import Foundation
import Tensors
import TestSupport
import Testing

/// Gaussian mixtures against scikit-learn.
@Suite struct GaussianMixtureTests {
  let folder: TemporaryFolder
  let expected: DistanceGolden.Expected
  let features: Matrix

  init() throws {
    folder = try TemporaryFolder()
    expected = try DistanceGolden.expected()
    features = try DistanceGolden.matrix("clusters")
  }

  @Test func logLikelihoodsAreScikitLearns() throws {
    let found = try expected.fit.end.mixture.logLikelihoods(features)
    #expect(largestError(found, expected.fit.scores) < 1e-12)
  }

  @Test func theSameStartEndsAsInScikitLearn() throws {
    let fit = try GaussianMixtureFit(features, from: expected.fit.start.mixture)
    let end = expected.fit.end
    #expect(fit.isConverged)
    #expect(fit.iterations == expected.fit.iterations)
    #expect(abs(fit.lowerBound - expected.fit.lowerBound) < 1e-10)
    #expect(largestError(fit.mixture.weights, end.weights) < 1e-9)
    #expect(largestError(fit.mixture.means.values, end.means) < 1e-9)
    #expect(largestError(fit.mixture.covariances.flatMap { $0.values }, end.covariances) < 1e-9)
  }

  @Test func fittingFindsClustersAndRepeats() throws {
    var seen: [Double] = []
    let fit = try GaussianMixtureFit(features, components: 3) { _, mean in seen.append(mean) }
    #expect(fit.isConverged)
    #expect(seen.count == fit.iterations)
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $1 > $0 - 1e-9 })  // EM never gets worse
    #expect(fit.lowerBound > expected.fit.lowerBound - 0.1)
    #expect(try GaussianMixtureFit(features, components: 3).mixture == fit.mixture)
  }

  @Test func oneComponentIsTheSamplesGaussian() throws {
    let fit = try GaussianMixtureFit(features, components: 1)
    let statistics = FeatureStatistics(features)
    #expect(largestError(Array(fit.mixture.means.row(0)), statistics.mean) < 1e-9)
    let factor = Double(features.rows - 1) / Double(features.rows)
    let covariance = statistics.covariance.values.map { $0 * factor }
    #expect(largestError(fit.mixture.covariances[0].values, covariance) < 1e-5)
  }

  @Test func fewerVectorsThanComponentsAreAnError() throws {
    #expect(throws: GaussianMixtureError.tooFew(vectors: 2, components: 3)) {
      try GaussianMixtureFit(features.rows(0..<2), components: 3)
    }
  }

  @Test func equalVectorsCanBeFitted() throws {
    let features = Matrix(rows: 8, columns: 2, values: [Double](repeating: 1, count: 16))
    let fit = try GaussianMixtureFit(features, components: 3)
    let likelihoods = fit.mixture.logLikelihoods(features)
    #expect(likelihoods.allSatisfy { $0.isFinite })
  }

  @Test func aFileKeepsEveryDigit() throws {
    let mixture = try expected.fit.end.mixture
    let file = folder.file("gmm.safetensors").path
    let encoder = EncoderIdentity(identifier: "CLIP", hash: "ab")
    try StoredMixture(mixture, encoder: encoder).write(to: file)
    let read = try StoredMixture(contentsOf: file)
    #expect(read.mixture == mixture)
    #expect(read.encoder == encoder)
    #expect(read.hash?.count == 64)
  }

  @Test(arguments: [
    ("full-2", "full"), ("full-3", "full"), ("full-4", "full"), ("full-5", "full"),
    ("tied-4", "tied"), ("diag-4", "diag"), ("spherical-4", "spherical"),
  ])
  func picklesOfScikitLearnAreRead(_ file: String, _ kind: String) throws {
    let path = DistanceGolden.folder.appending(path: "\(file).pickle").path
    let found = try GaussianMixture(pickle: path).logLikelihoods(features.rows(0..<20))
    #expect(largestError(found, try #require(expected.pickles[kind])) < 1e-10)
  }

  /// Big-endian single precision, the first index running fastest.
  @Test func picklesOfOtherLayoutsAreRead() throws {
    let path = DistanceGolden.folder.appending(path: "fortran.pickle").path
    let found = try GaussianMixture(pickle: path).logLikelihoods(features.rows(0..<20))
    #expect(largestError(found, try #require(expected.pickles["full"])) < 1e-5)
  }

  @Test func otherPicklesAreRefused() throws {
    let path = DistanceGolden.folder.appending(path: "not-a-mixture.pickle").path
    let error = #expect(throws: GaussianMixtureError.self) { try GaussianMixture(pickle: path) }
    #expect("\(try #require(error))".contains("expected scikit-learn's GaussianMixture"))
  }

  /// Cut anywhere, a pickle is an error and nothing worse.
  @Test func damagedPicklesAreRefused() throws {
    let whole = try Data(contentsOf: DistanceGolden.folder.appending(path: "full-4.pickle"))
    let file = folder.file("cut.pickle")
    for length in stride(from: 0, to: whole.count, by: 61) {
      try whole.prefix(length).write(to: file)
      #expect(throws: (any Error).self) { try GaussianMixture(pickle: file.path) }
    }
  }

  @Test func covariancesThatAreNoneAreRefused() {
    let bad = Matrix(rows: 2, columns: 2, values: [1, 2, 2, 1])
    let error = #expect(throws: GaussianMixtureError.self) {
      try GaussianMixture(weights: [1], means: Matrix(zeros: 1, 2), covariances: [bad])
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("component 0"))
  }
}
