import Pictures
import Synchronization

/// Pictures that could not be used, or were with a warning: how many for which reason, and what the
/// first ones were.
public struct SkipReport: Sendable, Equatable, Codable {
  public private(set) var counts: [String: Int] = [:]
  /// Complete messages about the first pictures that were skipped.
  public private(set) var first: [String] = []

  /// Pictures that were used with a warning.
  public private(set) var warned: [String: Int] = [:]
  /// Complete messages about the first of them.
  public private(set) var firstWarnings: [String] = []

  public init() {}

  public var total: Int { counts.values.reduce(0, +) }

  /// Whether there is nothing to say.
  public var isEmpty: Bool { counts.isEmpty && warned.isEmpty }

  /// Adds what others have skipped of their share of the data.
  public mutating func add(_ other: SkipReport) {
    counts.merge(other.counts, uniquingKeysWith: +)
    warned.merge(other.warned, uniquingKeysWith: +)
    first = Array((first + other.first).prefix(10))
    firstWarnings = Array((firstWarnings + other.firstWarnings).prefix(10))
  }

  mutating func add(_ category: String, _ message: @autoclosure () -> String) {
    counts[category, default: 0] += 1
    if first.count < 10 { first.append(message()) }
  }

  mutating func add(_ warning: FileWarning) {
    warned[warning.warning.category, default: 0] += 1
    if firstWarnings.count < 10 { firstWarnings.append("\(warning)") }
  }
}

extension SkipReport: CustomStringConvertible {
  /// "3 pictures skipped: 2 missing, 1 empty file", then the first ones, a line each; the same of
  /// those with a warning.
  public var description: String {
    guard !isEmpty else { return "no picture skipped" }
    let lines =
      Self.lines("skipped", counts, first)
      + Self.lines("used with a warning", warned, firstWarnings)
    return lines.joined(separator: "\n")
  }

  private static func lines(
    _ what: String, _ counts: [String: Int], _ first: [String]
  ) -> [String] {
    guard !counts.isEmpty else { return [] }
    let total = counts.values.reduce(0, +)
    let reasons = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    let summary = "\(total) picture\(total == 1 ? "" : "s") \(what): \(reasons)"
    return [summary] + first.map { "  \($0)" }
  }
}

/// The skipped records of a dataset, each counted once and not tried again, and those with a warning.
final class SkipLog: Sendable {
  private struct State {
    var records: Set<Int> = []
    var warned: Set<Int> = []
    var report = SkipReport()
  }
  private let state = Mutex(State())

  var report: SkipReport { state.withLock { $0.report } }

  func contains(_ record: Int) -> Bool { state.withLock { $0.records.contains(record) } }

  /// What a record's pictures were read with.
  func add(_ record: Int, _ warnings: [FileWarning]) {
    guard !warnings.isEmpty else { return }
    state.withLock { state in
      guard state.warned.insert(record).inserted else { return }
      for warning in warnings { state.report.add(warning) }
    }
  }

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
