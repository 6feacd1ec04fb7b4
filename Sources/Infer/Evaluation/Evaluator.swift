import Console
import Datasets
import Foundation
import Synchronization
import Tensors

/// Scores results on a bench, after making them if need be.
public struct Evaluator {
  public let bench: Bench
  public let output: URL
  public let limit: Int?
  public let features: FeatureInputs
  /// Where to write the results' features, if anywhere.
  public let featureFile: URL?

  /// - Parameters:
  ///   - output: Folder for all that is written; made when it isn't there.
  ///   - limit: Takes the first cases of the list only.
  ///   - features: What the metrics that compare features rest on.
  ///   - featureFile: A safetensors file for the features of each case.
  /// - Throws: ``EvaluationError``.
  public init(
    bench: URL, output: URL, limit: Int? = nil, features: FeatureInputs = .none,
    featureFile: URL? = nil
  ) throws {
    self.bench = try Bench(at: bench)
    self.output = output
    self.limit = limit
    self.features = features
    self.featureFile = featureFile
    try Folder.make(output.relativePath)
  }

  /// Scores pictures made elsewhere, named `NNNNNNNNNNNN.png`.
  public func evaluate(results: URL) throws -> EvaluationReport {
    guard FileManager.default.fileExists(atPath: results.relativePath) else {
      throw EvaluationError.missingInput(path: results.relativePath)
    }
    return try evaluate(cases: cases(.own), results: results, generation: nil)
  }

  /// Makes the pictures that `OUTPUT/results` doesn't hold yet, then scores all.
  ///
  /// - Parameter batch: Cases handed to the generator at once.
  public func evaluate(
    with generator: some CaseGenerator, batch: Int
  ) throws -> EvaluationReport {
    let results = output.appending(path: "results")
    let cases = try cases(generator.settings.reference)
    var store = try ResultStore(at: results, settings: generator.settings)
    try generate(cases, with: generator, batch: batch, into: &store)
    return try evaluate(cases: cases, results: results, generation: generator.settings)
  }

  private func cases(_ reference: ReferenceChoice) throws -> [BenchCase] {
    let cases = Array(bench.cases.prefix(limit ?? .max))
    guard reference == .truth else { return cases }
    return try cases.map { benchCase in
      guard let changed = benchCase.withTrueReference() else {
        throw EvaluationError.noTrueReference(bench: bench.folder.relativePath)
      }
      return changed
    }
  }

  private func generate(
    _ cases: [BenchCase], with generator: some CaseGenerator, batch: Int,
    into store: inout ResultStore
  ) throws {
    let pending = try cases.filter { try $0.missingFiles.isEmpty && !store.has($0) }
    let done = cases.count - pending.count
    let progress = ProgressBar("sampling", total: cases.count, unit: "case", completed: done)
    for start in stride(from: 0, to: pending.count, by: batch) {
      let part = pending[start..<min(start + batch, pending.count)]
      // A case that cannot be read is left to scoring, which reports it.
      let readable = part.filter { (try? CasePictures($0)) != nil }
      let images = try generator.generate(cases: readable, seeds: readable.map(store.seed))
      try store.add(images, for: readable)
      progress.advance(by: part.count)
    }
    progress.finish()
  }

  private func evaluate(
    cases: [BenchCase], results: URL, generation: GenerationSettings?
  ) throws -> EvaluationReport {
    let outcomes = score(cases, results)
    var scores: [CaseScore] = []
    var problems: [Problem] = []
    for (benchCase, outcome) in zip(cases, outcomes) {
      switch outcome {
      case .success(let score): scores.append(score)
      case .failure(let error):
        problems.append(Problem(id: benchCase.identifier, problem: "\(error)"))
      }
    }
    guard !scores.isEmpty else {
      throw EvaluationError.nothingToScore(
        problems: problems.prefix(10).map(\.description), count: problems.count)
    }
    let found = try featureMetrics(scores.map(\.benchCase), results)
    let metrics = try metrics(scores, problems + found.problems, results, generation, found.metrics)
    return EvaluationReport(
      metrics: metrics, scores: scores, featureScores: found.scores, results: results)
  }

  private func featureMetrics(
    _ cases: [BenchCase], _ results: URL
  ) throws -> (
    metrics: [MetricName: FeatureMetric], scores: [String: FeatureScore], problems: [Problem]
  ) {
    guard features.needsEncoding else { return ([:], [:], []) }
    let found = try RunFeatures(cases, results: results, features)
    if let featureFile { try found.write(to: featureFile.relativePath, features) }
    let metrics = FeatureMetrics(features: found, inputs: features)
    return (try metrics.summaries(), metrics.caseScores, found.problems)
  }

  /// The sizes that occur, each once, in the order met: `512x512`.
  private func sizes(_ found: [PictureSize]) -> String {
    var names: [String] = []
    for size in found where !names.contains("\(size.width)x\(size.height)") {
      names.append("\(size.width)x\(size.height)")
    }
    return names.joined(separator: ", ")
  }

  /// Measures the cases, in parallel; the outcomes are in the cases' order.
  private func score(
    _ cases: [BenchCase], _ results: URL
  ) -> [Result<CaseScore, any Error>] {
    let progress = ProgressBar("scoring", total: cases.count, unit: "case")
    defer { progress.finish() }
    let found = Mutex<[Int: Result<CaseScore, any Error>]>([:])
    parallelFor(cases.count) { i in
      let outcome = Result { try CaseScore(cases[i], results: results) }
      found.withLock { $0[i] = outcome }
      progress.advance()
    }
    return found.withLock { found in cases.indices.compactMap { found[$0] } }
  }

  private func metrics(
    _ scores: [CaseScore], _ problems: [Problem], _ results: URL,
    _ generation: GenerationSettings?, _ featureMetrics: [MetricName: FeatureMetric]
  ) throws -> EvaluationMetrics {
    let isResized = scores.contains { $0.resultSize != $0.benchSize }
    return EvaluationMetrics(
      count: scores.count, listed: bench.cases.count, problems: problems,
      jpegFiles: scores.flatMap(\.jpegFiles), selection: features.selection,
      features: featureMetrics,
      settings: EvaluationSettings(
        bench: bench.folder.relativePath, results: results.relativePath, limit: limit,
        benchSize: sizes(scores.map(\.benchSize)), resultSize: sizes(scores.map(\.resultSize)),
        resize: isResized ? CasePictures.resizeMethod : nil, generation: generation),
      hashes: EvaluationHashes(
        bench: Fingerprint.combined(scores.map { ($0.benchCase.identifier, $0.inputsDigest) }),
        results: Fingerprint.combined(scores.map { ($0.benchCase.identifier, $0.resultDigest) }),
        model: generation?.modelHash, features),
      background: BackgroundMetric().summary(of: scores.map(\.background)),
      inside: InsideMetric().summary(of: scores.map(\.inside)),
      referenceSimilarity: ReferenceSimilarityMetric().summary(of: scores.map(\.similarity)))
  }
}
