import Pictures
import Synchronization

/// Pictures that could not be used: how many for which reason, and what the first ones were.
public struct SkipReport: Sendable, Equatable {
  public private(set) var counts: [String: Int] = [:]
  /// Complete messages about the first pictures that were skipped.
  public private(set) var first: [String] = []

  public var total: Int { counts.values.reduce(0, +) }

  mutating func add(_ category: String, _ message: @autoclosure () -> String) {
    counts[category, default: 0] += 1
    if first.count < 10 { first.append(message()) }
  }
}

extension SkipReport: CustomStringConvertible {
  /// "3 pictures skipped: 2 missing, 1 empty file", then the first ones, a line each.
  public var description: String {
    guard total > 0 else { return "no picture skipped" }
    let reasons = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    let summary = "\(total) picture\(total == 1 ? "" : "s") skipped: \(reasons)"
    return ([summary] + first.map { "  \($0)" }).joined(separator: "\n")
  }
}

/// The skipped records of a dataset, each counted once and not tried again.
final class SkipLog: Sendable {
  private struct State {
    var records: Set<Int> = []
    var report = SkipReport()
  }
  private let state = Mutex(State())

  var report: SkipReport { state.withLock { $0.report } }

  func contains(_ record: Int) -> Bool { state.withLock { $0.records.contains(record) } }

  func add(_ record: Int, _ origin: String, _ error: any Error) {
    let category =
      switch error {
      case let error as ImageError: error.category
      case let error as SynthesisError: error.category
      case is DatasetError: "annotation does not fit"
      default: "other"
      }
    state.withLock { state in
      guard state.records.insert(record).inserted else { return }
      let message = "\(error)"
      let names = origin.isEmpty || message.contains(origin)
      state.report.add(category, names ? message : "\(origin): \(message)")
    }
  }
}
