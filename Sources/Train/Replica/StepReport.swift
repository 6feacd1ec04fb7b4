import Datasets
import Support

/// What a replica tells the others of its share of a step, before gradients are exchanged.
struct StepReport: Codable {
  /// Why a share was not done.
  struct Failure: Codable {
    let host: String
    let message: String
    /// Whether it may pass, so that what was learnt is worth keeping.
    let isPassing: Bool
  }

  /// The bits of each batch's loss, in order: JSON has no word for what is not finite.
  fileprivate var losses: [UInt32] = []
  /// Parameters on which no batch had an influence.
  var absent: [Int] = []
  /// Whether somebody asked this replica to stop.
  var stops = false
  var failure: Failure?
  var skipped = SkipReport()

  mutating func add(loss: Float) { losses.append(loss.bitPattern) }

  mutating func fail(_ error: any Error) {
    failure = Failure(
      host: HostName.current, message: "\(error)", isPassing: error is LoaderError)
  }
}

extension [StepReport] {
  /// The mean over the batches of all replicas, added up in order.
  var loss: Double {
    let losses = flatMap(\.losses)
    return losses.reduce(0) { $0 + Double(Float(bitPattern: $1)) / Double(losses.count) }
  }

  var stops: Bool { contains(where: \.stops) }

  /// What ended the first share that was not done.
  var failure: ShareFailure? {
    for (rank, report) in enumerated() {
      guard let failure = report.failure else { continue }
      return ShareFailure(
        error: .other(rank: rank, host: failure.host, message: failure.message),
        isPassing: contains { $0.failure?.isPassing == true })
    }
    return nil
  }

  /// Parameters that no replica has a gradient of.
  var absent: Set<Int> {
    dropFirst().reduce(Set(first?.absent ?? [])) { $0.intersection($1.absent) }
  }
}

/// Why a step was not done by all.
struct ShareFailure: Error {
  let error: RankError
  let isPassing: Bool
}

/// Messages about pictures, each passed on once.
struct SkipNews {
  private var told: [Int: (skipped: Int, warned: Int)] = [:]

  /// What the reports of all replicas, in order, have that earlier ones had not.
  mutating func news(_ reports: [SkipReport]) -> (skipped: [String], warnings: [String]) {
    var (skipped, warnings): ([String], [String]) = ([], [])
    for (rank, report) in reports.enumerated() {
      let before = told[rank] ?? (0, 0)
      skipped += report.first.dropFirst(before.skipped)
      warnings += report.firstWarnings.dropFirst(before.warned)
      told[rank] = (report.first.count, report.firstWarnings.count)
    }
    return (skipped, warnings)
  }
}
