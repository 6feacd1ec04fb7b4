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
  public let inputs: MetricInputs
  public let selection: MetricSelection
  /// Where to write the results' features, if anywhere.
  public let featureFile: URL?
  let name: @Sendable (String) -> String
  let progress: any ProgressReporter
  let folder: EvaluationFolder

  /// - Parameters:
  ///   - bench: The bench's folder.
  ///   - output: Folder for all that is written; made when it isn't there.
  ///   - limit: Takes the first cases of the list only.
  ///   - shard: Takes this part of them.
  ///   - metrics: Those that there are.
  ///   - chosen: Names of those to compute; nil for all that `inputs` suffice for.
  ///   - inputs: Encoders and yardsticks.
  ///   - featureFile: A safetensors file for the features of each case.
  ///   - name: What a setting is called, for files and pages that say how to ask for more.
  ///   - progress: Follows the painting and the scoring.
  /// - Throws: ``MetricSelectionError``, ``EvaluationError``, ``ShardingError/noCases(_:of:)``.
  public init(
    bench: URL, output: URL, limit: Int? = nil, shard: Shard? = nil,
    metrics: MetricList = .standard, chosen: [String]? = nil, inputs: MetricInputs = .none,
    featureFile: URL? = nil, naming name: @escaping @Sendable (String) -> String = { "`\($0)`" },
    progress: any ProgressReporter = .silent
  ) throws {
    selection = try MetricSelection(
      metrics, chosen: chosen, given: inputs.given, naming: name)
    self.bench = try Bench(at: bench)
    self.output = output
    self.limit = limit
    self.shard = shard
    self.inputs = inputs
    self.featureFile = featureFile
    self.name = name
    self.progress = progress
    folder = EvaluationFolder(output, selection, inputs)
    let total = min(self.bench.cases.count, limit ?? .max)
    if let shard, shard.positions(of: total).isEmpty {
      throw ShardingError.noCases(shard, of: total)
    }
    try Folder.make(output.relativePath)
  }

  /// Scores pictures made elsewhere, named `NNNNNNNNNNNN.png`.
  public func evaluate(results: URL) throws -> EvaluationReport {
    guard FileSystem.exists(results.relativePath) else {
      throw EvaluationError.missingInput(path: results.relativePath)
    }
    let cases = try cases(.own)
    return try alone {
      try announce(cases, results: results)
      return try evaluate(cases: cases, results: results, generation: nil)
    }
  }

  /// Makes the pictures that `OUTPUT/results` doesn't hold yet, then scores all. The method gets
  /// `batch` cases at once.
  public func evaluate(with method: some Method, batch: Int) throws -> EvaluationReport {
    let cases = try method.prepared(cases(method.settings.reference), of: bench)
    return try alone {
      var store = try ResultStore(at: folder.results, settings: method.settings)
      try paint(cases, with: method, batch: batch, into: &store)
      return try evaluate(cases: cases, results: folder.results, generation: method.settings)
    }
  }

  /// Puts the shards of a run together and scores all. What the shards measured and encoded is not
  /// done again.
  public func evaluate(_ merge: ShardMerge) throws -> EvaluationReport {
    let cases = try cases(merge.generation?.reference ?? .own)
    return try alone {
      try merge.join(cases, of: bench, into: folder, progress: progress)
      return try evaluate(
        cases: cases, results: folder.results, generation: merge.generation)
    }
  }

  /// Two evaluations in one folder would take each other's stores apart.
  private func alone(_ work: () throws -> EvaluationReport) throws -> EvaluationReport {
    try FolderLock.keep(output.relativePath, progress, work)
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

  private func paint(
    _ cases: [BenchCase], with method: some Method, batch: Int,
    into store: inout ResultStore
  ) throws {
    let isPending = try parallelMap(cases.count) { [store] i in
      try cases[i].missingFiles.isEmpty && !store.has(cases[i])
    }
    let pending = zip(cases, isPending).filter(\.1).map(\.0)
    try announce(cases, pending: pending, with: method, batch: batch)
    let done = cases.count - pending.count
    let progress = progress.begin("sampling", total: cases.count, unit: "case", completed: done)
    for start in stride(from: 0, to: pending.count, by: batch) {
      let part = pending[start..<min(start + batch, pending.count)]
      // A case that cannot be read is left to scoring, which reports it.
      let readable = part.filter(CasePictures.isReadable)
      let images = try method.paint(readable, seeds: readable.map(store.seed))
      try store.add(images, for: readable)
      try progress.advance(by: part.count)
    }
    progress.finish()
  }

  private func evaluate(
    cases: [BenchCase], results: URL, generation: GenerationSettings?
  ) throws -> EvaluationReport {
    let record = ShardRecord.file(in: output)
    FileSystem.remove(record.relativePath)
    let scored = try ScoredCases(cases, results: results, keptIn: folder, progress: progress)
    let encoded = try encode(scored.scores, results)
    let found = try measure(scored.scores, encoded?.features)
    let metrics = selection.list.metrics
    if let shard {
      let finished = ShardRecord(
        shard, limit: limit, bench: bench, results: generation == nil ? results : nil,
        generation: generation, encoders: folder.features, scores: scored.scores)
      try writeJSON(finished, to: record)
    }
    return EvaluationReport(
      metrics: summary(
        scored.scores, scored.problems + (encoded?.problems ?? []), results, generation,
        found.mapValues(\.result)),
      cases: scored.scores.map(\.benchCase),
      rows: scored.scores.map { score in
        let id = score.benchCase.identifier
        let numbers = metrics.compactMap { found[$0.name]?.rows[id] }
        return CaseRow(
          id: id, inputs: score.digests.inputs,
          numbers: numbers.reduce(into: [:]) { $0.merge($1) { first, _ in first } })
      },
      results: results)
  }

  /// Nil where no metric needs features.
  private func encode(_ scores: [CaseScore], _ results: URL) throws -> EncodedCases? {
    let stores = folder.features
    guard !stores.isEmpty else { return nil }
    let encoded = try EncodedCases(
      scores, results: results, keptIn: stores, inputs, progress: progress)
    if let featureFile { try encoded.features.write(to: featureFile.relativePath) }
    return encoded
  }

  /// What every metric found that can be computed, by name.
  private func measure(
    _ scores: [CaseScore], _ features: RunFeatures?
  ) throws -> [String: MeasuredMetric] {
    var found: [String: MeasuredMetric] = [:]
    for metric in selection.list.pictureMetrics { found[metric.name] = metric.found(in: scores) }
    guard let features else { return found }
    for metric in selection.list.featureMetrics where selection.contains(metric) {
      found[metric.name] = try metric.measure(features)
    }
    return found
  }

  private func summary(
    _ scores: [CaseScore], _ problems: [Problem], _ results: URL,
    _ generation: GenerationSettings?, _ found: [String: MetricResult]
  ) -> EvaluationMetrics {
    let measured = scores.map(\.measurements)
    let isResized = measured.contains { $0.resultSize != $0.benchSize }
    func digest(_ part: (CaseDigests) -> String) -> String {
      Fingerprint.combined(scores.map { ($0.benchCase.identifier, part($0.digests)) })
    }
    return EvaluationMetrics(
      count: scores.count, listed: bench.cases.count, problems: problems,
      unscored: Set(problems.map(\.id)).subtracting(scores.map(\.benchCase.identifier)).count,
      jpegFiles: measured.flatMap(\.jpegFiles), pictureWarnings: measured.flatMap(\.warnings),
      selection: selection, results: found,
      settings: EvaluationSettings(
        bench: bench.folder.relativePath, results: results.relativePath, limit: limit,
        shard: shard,
        part: [
          limit.map { "\(name("limit")) \($0)" }, shard.map { "\(name("shard")) \($0)" },
        ].compactMap { $0 },
        benchSize: sizes(measured.map(\.benchSize)),
        resultSize: sizes(measured.map(\.resultSize)),
        resize: isResized ? CasePictures.resizeMethod : nil, generation: generation),
      hashes: [
        "bench": digest(\.inputs), "results": digest(\.result), "clip": inputs.clip?.contentHash,
        "inception": inputs.inception?.contentHash, "reference_statistics": inputs.reference?.hash,
        "gmm": inputs.mixture?.hash,
      ].compactMapValues { $0 }.merging(generation?.hashes ?? [:]) { own, _ in own })
  }

  /// The sizes that occur, each once, in the order met: `512x512`.
  private func sizes(_ found: [PictureSize]) -> String {
    var met: Set<PictureSize> = []
    return found.filter { met.insert($0).inserted }.map { "\($0.width)x\($0.height)" }
      .joined(separator: ", ")
  }
}
