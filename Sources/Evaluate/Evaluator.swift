import Foundation
import Pictures
import Support

/// Scores results on a bench, after making them if need be.
///
/// All that takes time is kept in the output folder as it comes (pictures, scores, features), under
/// what it rests on: a killed run goes on, and a finished one can be scored again with other
/// yardsticks in little time.
public struct Evaluator {
  public let bench: Bench
  public let output: URL
  public let limit: Int?
  public let shard: Shard?
  public let features: FeatureInputs
  /// Where to write the results' features, if anywhere.
  public let featureFile: URL?
  let progress: any ProgressReporter

  var folder: EvaluationFolder { EvaluationFolder(output) }

  /// - Parameters:
  ///   - output: Folder for all that is written; made when it isn't there.
  ///   - limit: Takes the first cases of the list only.
  ///   - shard: Takes this part of them.
  ///   - features: What the metrics that compare features rest on.
  ///   - featureFile: A safetensors file for the features of each case.
  /// - Throws: ``EvaluationError``, ``ShardingError/noCases(_:of:)``.
  public init(
    bench: URL, output: URL, limit: Int? = nil, shard: Shard? = nil,
    features: FeatureInputs = .none, featureFile: URL? = nil,
    progress: any ProgressReporter = .silent
  ) throws {
    self.bench = try Bench(at: bench)
    self.output = output
    self.limit = limit
    self.shard = shard
    self.features = features
    self.featureFile = featureFile
    self.progress = progress
    let total = min(self.bench.cases.count, limit ?? .max)
    if let shard, shard.positions(of: total).isEmpty {
      throw ShardingError.noCases(shard, of: total)
    }
    try Folder.make(output.relativePath)
  }

  /// Scores pictures made elsewhere, named `NNNNNNNNNNNN.png`.
  public func evaluate(results: URL) throws -> EvaluationReport {
    guard FileManager.default.fileExists(atPath: results.relativePath) else {
      throw EvaluationError.missingInput(path: results.relativePath)
    }
    let cases = try cases(.own)
    try announce(cases, results: results)
    return try evaluate(cases: cases, results: results, generation: nil)
  }

  /// Makes the pictures that `OUTPUT/results` doesn't hold yet, then scores all.
  ///
  /// - Parameter batch: Cases handed to the generator at once.
  public func evaluate(
    with generator: some CaseGenerator, batch: Int
  ) throws -> EvaluationReport {
    let cases = try cases(generator.settings.reference)
    var store = try ResultStore(at: folder.results, settings: generator.settings)
    try generate(cases, with: generator, batch: batch, into: &store)
    return try evaluate(
      cases: cases, results: folder.results, generation: generator.settings)
  }

  /// Puts the shards of a run together and scores all. What the shards measured and encoded is not
  /// done again.
  public func evaluate(_ merge: ShardMerge) throws -> EvaluationReport {
    let cases = try cases(merge.generation?.reference ?? .own)
    try merge.join(cases, of: bench, into: folder, features, progress: progress)
    return try evaluate(
      cases: cases, results: folder.results, generation: merge.generation)
  }

  private func cases(_ reference: ReferenceChoice) throws -> [BenchCase] {
    let limited = bench.cases.prefix(limit ?? .max)
    let cases = Array(limited[shard?.positions(of: limited.count) ?? limited.indices])
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
    let isPending = try parallelMap(cases.count) { [store] i in
      try cases[i].missingFiles.isEmpty && !store.has(cases[i])
    }
    let pending = zip(cases, isPending).filter(\.1).map(\.0)
    try announce(cases, pending: pending, with: generator, batch: batch)
    let done = cases.count - pending.count
    let progress = progress.begin("sampling", total: cases.count, unit: "case", completed: done)
    for start in stride(from: 0, to: pending.count, by: batch) {
      let part = pending[start..<min(start + batch, pending.count)]
      // A case that cannot be read is left to scoring, which reports it.
      let readable = part.filter { (try? CasePictures($0)) != nil }
      let images = try generator.generate(cases: readable, seeds: readable.map(store.seed))
      try store.add(images, for: readable)
      try progress.advance(by: part.count)
    }
    progress.finish()
  }

  private func evaluate(
    cases: [BenchCase], results: URL, generation: GenerationSettings?
  ) throws -> EvaluationReport {
    let record = ShardRecord.file(in: output)
    try? FileManager.default.removeItem(at: record)
    let scored = try ScoredCases(cases, results: results, keptIn: folder.scores, progress: progress)
    let found = try featureMetrics(scored.scores, results)
    let metrics = try metrics(
      scored.scores, scored.problems + found.problems, results, generation, found.metrics)
    if let shard {
      let finished = ShardRecord(
        shard, limit: limit, bench: bench, results: generation == nil ? results : nil,
        generation: generation, features: features, scores: scored.scores)
      try writeJSON(finished, to: record)
    }
    return EvaluationReport(
      metrics: metrics, scores: scored.scores, featureScores: found.scores, results: results)
  }

  private func featureMetrics(
    _ scores: [CaseScore], _ results: URL
  ) throws -> (
    metrics: [MetricName: FeatureMetric], scores: [String: FeatureScore], problems: [Problem]
  ) {
    guard features.needsEncoding else { return ([:], [:], []) }
    let found = try RunFeatures(
      scores, results: results, keptIn: folder.features, features, progress: progress)
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
        shard: shard,
        benchSize: sizes(scores.map(\.benchSize)), resultSize: sizes(scores.map(\.resultSize)),
        resize: isResized ? CasePictures.resizeMethod : nil, generation: generation),
      hashes: EvaluationHashes(
        bench: Fingerprint.combined(scores.map { ($0.benchCase.identifier, $0.inputsDigest) }),
        results: Fingerprint.combined(scores.map { ($0.benchCase.identifier, $0.resultDigest) }),
        generation: generation, features),
      background: BackgroundMetric().summary(of: scores.map(\.background)),
      inside: InsideMetric().summary(of: scores.map(\.inside)),
      referenceSimilarity: ReferenceSimilarityMetric().summary(of: scores.map(\.similarity)))
  }
}
