import Evaluation
import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

/// Metrics that compare features, through the evaluator, with an encoder that needs no weights.
@Suite struct FeatureMetricTests {
  let folder: TemporaryFolder
  let output: URL
  let encoder = ColourEncoder()
  /// Features of 40 made-up real pictures.
  let real: Matrix

  init() throws {
    folder = try TemporaryFolder()
    output = folder.file("output")
    var random = RandomStream(seed: 2, purpose: "test")
    real = Matrix(Tensor(uniform: [40, 6], 0, 90, using: &random))
  }

  @Test func everyMetricHasWhatThePageAndTheFilePromise() throws {
    try evaluate(try inputs()).write(to: output)
    let metrics = try folder.json("output/metrics.json")
    for name in ["clip_fid", "kid", "quality_score", "clip_score"] {
      let metric = try #require(metrics[name] as? [String: Any], "\(name)")
      #expect(metric["value"] is Double, "\(name)")
      #expect((metric["ci95"] as? [Double])?.count == 2, "\(name)")
      #expect((metric["protocol"] as? String)?.isEmpty == false, "\(name)")
      #expect(metric["count"] as? Int == 5, "\(name)")
    }
    #expect((metrics["kid"] as? [String: Any])?["standard_error"] is Double)
    #expect((metrics["quality_score"] as? [String: Any])?["mean_log_likelihood"] is Double)
    #expect(metrics["inception_fid"] == nil)
    #expect(
      (metrics["left_out"] as? [String: String])?["inception_fid"]?.contains("`inception`") == true)
    #expect(metrics["subset"] as? Bool == true)
    let hashes = try #require(metrics["hashes"] as? [String: String])
    #expect(hashes["clip"] == "c0" && hashes["gmm"]?.count == 64)
    #expect(hashes["reference_statistics"]?.count == 64)
    let page = try folder.text("output/report.html")
    for text in ["CLIP-FID", "unbiased squared MMD", "published numbers are of 3500"] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test func theNumbersAreThoseOfTheFeatures() throws {
    let file = folder.file("features.safetensors")
    let found = try evaluate(try inputs(), saving: file).metrics.results
    let saved = try Safetensors(file.path)
    let features = Matrix(try saved.tensor("clip"))
    let identifiers = Data(try #require(saved.metadata["ids"]).utf8)
    #expect(
      try JSONDecoder().decode([String].self, from: identifiers) == EvaluationGolden.identifiers)
    let statistics = FeatureStatistics(real)
    let distance = try FrechetDistance(from: features, to: statistics)
    #expect(found["clip_fid"]?.value == distance.value)
    #expect(found["clip_fid"]?["reference_count"] == 40)
    #expect(found["clip_fid"]?.warning?.contains("5 cases for 6 dimensions") == true)
    #expect(found["kid"]?.value == KernelDistance(features, Matrix(Tensor(real))).value)
    let likelihoods = try mixture().logLikelihoods(features)
    #expect(found["quality_score"]?["mean_log_likelihood"] == likelihoods.reduce(0, +) / 5)
    let (results, references) = (
      try saved.tensor("clip_score.result").values, try saved.tensor("clip_score.reference").values
    )
    let cosines = (0..<5).map { i in
      100 * cosine(Array(results[6 * i..<6 * i + 6]), Array(references[6 * i..<6 * i + 6]))
    }
    let score = try #require(found["clip_score"])
    #expect(abs(score.value - cosines.reduce(0, +) / 5) < 1e-12)
    #expect(score.ci95.map { $0[0] < score.value && score.value < $0[1] } == true)
  }

  @Test func theCasesHaveTheirOwnScores() throws {
    let report = try evaluate(try inputs())
    try report.write(to: output)
    let rows = try folder.text("output/cases.jsonl").split(separator: "\n").map { line in
      try EvaluationGolden.snakeCaseDecoder.decode(Scores.self, from: Data(line.utf8))
    }
    let features = report.metrics.results
    func mean(_ value: (Scores) -> Double) -> Double { rows.map(value).reduce(0, +) / 5 }
    #expect(abs(mean(\.clipScore) - (features["clip_score"]?.value ?? 0)) < 1e-12)
    #expect(abs(mean(\.qualityScore) - (features["quality_score"]?.value ?? 0)) < 1e-12)
    let likelihood = try #require(features["quality_score"]?["mean_log_likelihood"])
    #expect(abs(mean(\.logLikelihood) - likelihood) < 1e-9)
    #expect(report.values["clip_score"]?.ci95 == features["clip_score"]?.ci95)
  }

  private struct Scores: Decodable {
    let clipScore, qualityScore, logLikelihood: Double
  }

  @Test func onlyWhatIsAskedForIsWritten() throws {
    try evaluate(try inputs(), chosen: ["clip_score"]).write(to: output)
    let keys = Set(try folder.json("output/metrics.json").keys)
    #expect(keys.contains("clip_score"))
    #expect(keys.isDisjoint(with: ["background", "inside", "reference_similarity", "clip_fid"]))
  }

  @Test func metricsAskedForByNameNeedTheirFiles() throws {
    let error = #expect(throws: MetricSelectionError.self) {
      try MetricSelection(
        .standard, chosen: ["quality_score"], given: GivenInputs(encoders: [.clip]))
    }
    #expect(error == .missing([.mixture], metric: "quality_score"))
    #expect(try #require(error).text { "--\($0)" } == "the metric quality_score needs --gmm FILE")
    let left = try MetricSelection(.standard, given: GivenInputs())
    #expect(left.names == ["background", "reference_similarity"])
    #expect(left.leftOut["clip_fid"] == "pass `clip` DIR and `reference-statistics` FILE")
    #expect(left.leftOut["kid"]?.contains("`clip` DIR or `inception` FILE") == true)
  }

  @Test func statisticsOfAnotherEncoderAreRefused() throws {
    let reference = try inputs().reference
    let other = ColourEncoder(contentHash: "other")
    #expect(throws: MetricInputError.self) {
      try MetricInputs(clip: other, reference: reference)
    }
    let stored = try StoredMixture(mixture(), encoder: EncoderIdentity(encoder))
    #expect(throws: MetricInputError.self) {
      try MetricInputs(clip: other, mixture: stored)
    }
  }

  @Test func aMaskWithoutWhiteHasNoClipScoreAndIsReported() throws {
    let bench = try EvaluationGolden.copyOfBench(in: folder)
    var mask = GrayImage(width: 44, height: 36, fill: 0)
    for i in 400..<420 { mask.pixels[i] = 254 }
    let identifier = EvaluationGolden.identifiers[1]
    try mask.writePNG(to: bench.appending(path: "Mask_bbox_3500/\(identifier)_mask.png").path)
    let metrics = try evaluate(try inputs(), bench: bench).metrics
    #expect(metrics.results["clip_score"]?.count == 4)
    #expect(metrics.results["clip_fid"]?.count == 5)
    #expect(metrics.problems.map(\.id) == [identifier])
    #expect(metrics.problems[0].problem.contains("no CLIP score"))
  }

  @Test func picturesThatHoldJPEGDataAreFlagged() throws {
    let results = folder.file("mine")
    try FileManager.default.copyItem(at: EvaluationGolden.results, to: results)
    let name = "\(EvaluationGolden.identifiers[2]).png"
    let picture = try ImageFile.read(results.appending(path: name).path).image
    let jpeg = folder.file("picture.jpg")
    try picture.writeJPEG(to: jpeg.path)
    try FileManager.default.removeItem(at: results.appending(path: name))
    try FileManager.default.moveItem(at: jpeg, to: results.appending(path: name))
    let report = try evaluate(.none, results: results)
    #expect(report.metrics.count == 5)
    #expect(report.metrics.jpegFiles == [name])
    #expect(report.summary.contains(name))
    #expect(report.metrics.pictureWarnings.isEmpty)
  }

  @Test func picturesThatWereReadWithAWarningAreNamed() throws {
    let results = folder.file("mine")
    try FileManager.default.copyItem(at: EvaluationGolden.results, to: results)
    let name = "\(EvaluationGolden.identifiers[2]).png"
    let picture = try ImageFile.read(results.appending(path: name).path).image
    // An end mark is missing.
    try picture.jpegData().dropLast(2).write(to: results.appending(path: name))
    let report = try evaluate(.none, results: results)
    #expect(report.metrics.count == 5)
    #expect(report.metrics.pictureWarnings.count == 1)
    #expect(report.summary.contains("  \(name): this JPEG has a fault"))
  }

  private func mixture() throws -> GaussianMixture {
    try GaussianMixtureFit(real, components: 2).mixture
  }

  /// Through files, as the command does.
  private func inputs() throws -> MetricInputs {
    let (statistics, gmm) = (folder.file("statistics.safetensors"), folder.file("gmm.safetensors"))
    let section = ReferenceStatistics.Section(
      encoder: EncoderIdentity(encoder), statistics: FeatureStatistics(real), sample: Tensor(real))
    try ReferenceStatistics(sections: [.clip: section], preparation: "none", pictures: "p")
      .write(to: statistics.path)
    try StoredMixture(mixture(), encoder: EncoderIdentity(encoder)).write(to: gmm.path)
    return try MetricInputs(
      clip: encoder, reference: ReferenceStatistics(contentsOf: statistics.path),
      mixture: StoredMixture(contentsOf: gmm.path))
  }

  private func evaluate(
    _ inputs: MetricInputs, chosen: [String]? = nil, bench: URL = EvaluationGolden.bench,
    results: URL = EvaluationGolden.results, saving file: URL? = nil
  ) throws -> EvaluationReport {
    try Evaluator(
      bench: bench, output: output, chosen: chosen, inputs: inputs, featureFile: file
    ).evaluate(results: results)
  }
}

extension Tensor {
  /// In single precision.
  fileprivate init(_ matrix: Matrix) {
    self.init([matrix.rows, matrix.columns], matrix.values.map(Float.init))
  }
}
