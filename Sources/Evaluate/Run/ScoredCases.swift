import Foundation
import Support

/// The scores of a run's cases, and why others have none.
struct ScoredCases: Sendable {
  /// In the bench's order.
  let scores: [CaseScore]
  let problems: [Problem]

  /// Reads all files for their digests, then takes the measurements that are kept under these and
  /// makes the rest, in parallel.
  ///
  /// - Throws: ``EvaluationError/nothingToScore(problems:count:)``; when what was measured cannot be
  ///   written.
  init(
    _ cases: [BenchCase], results: URL, keptIn folder: EvaluationFolder,
    progress: any ProgressReporter
  ) throws {
    let digests = parallelMap(cases.count) { i in
      Result { try CaseDigests(cases[i], results: results) }
    }
    let metrics = folder.metrics.pictureMetrics
    let procedure = CaseMeasurements.procedure(of: metrics)
    let readable = cases.indices.filter { (try? digests[$0].get()) != nil }
    let keyed = try readable.map { i in
      let digests = try digests[i].get()
      let key = Fingerprint.combined([
        (procedure, ""), ("inputs", digests.inputs), ("result", digests.result),
      ])
      return (benchCase: cases[i], key: key)
    }
    let measured = try folder.scores.values(of: keyed, title: "scoring", progress: progress) {
      try CaseMeasurements(keyed[$0].benchCase, results: results, metrics)
    }
    let measurements = Dictionary(uniqueKeysWithValues: zip(readable, measured))
    var (scores, problems) = ([CaseScore](), [Problem]())
    for (i, benchCase) in cases.enumerated() {
      do {
        let digests = try digests[i].get()
        guard let found = try measurements[i]?.get() else { continue }
        scores.append(
          CaseScore(benchCase: benchCase, digests: digests, measurements: found))
      } catch {
        problems.append(Problem(id: benchCase.identifier, problem: "\(error)"))
      }
    }
    guard !scores.isEmpty else {
      throw EvaluationError.nothingToScore(
        problems: problems.prefix(10).map(\.description), count: problems.count)
    }
    (self.scores, self.problems) = (scores, problems)
  }
}

extension PictureMetric {
  /// What the metric found in all scored cases.
  func found(in scores: [CaseScore]) -> MeasuredMetric? {
    let measured = scores.compactMap { score in
      score.measurements.value(of: self).map { (score.benchCase.identifier, $0) }
    }
    guard !measured.isEmpty else { return nil }
    let rows = rows(measured.map(\.1))
    return MeasuredMetric(
      result(rows),
      rows: Dictionary(uniqueKeysWithValues: zip(measured.map(\.0), rows)))
  }
}
