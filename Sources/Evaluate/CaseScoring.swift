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
    _ cases: [BenchCase], results: URL, keptIn store: CaseStore<ScorePieceFormat>,
    progress: any ProgressReporter
  ) throws {
    let digests = parallelMap(cases.count) { i in
      Result { try CaseDigests(cases[i], results: results) }
    }
    let readable = cases.indices.filter { (try? digests[$0].get()) != nil }
    let keyed = try readable.map {
      (benchCase: cases[$0], key: Self.key(try digests[$0].get()))
    }
    let measured = try store.values(of: keyed, title: "scoring", progress: progress) {
      try CaseMeasurements(keyed[$0].benchCase, results: results)
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

  private static func key(_ digests: CaseDigests) -> String {
    Fingerprint.combined([
      (CaseMeasurements.procedure, ""), ("inputs", digests.inputs), ("result", digests.result),
    ])
  }
}
