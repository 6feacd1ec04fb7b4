/// Which metrics of a list a run computes.
public struct MetricSelection: Sendable, Equatable {
  public let list: MetricList
  /// By the names by which they are chosen, in the list's order.
  public let names: [String]
  /// The others, if all were wanted: what to give to have them, in words.
  public let leftOut: [String: String]
  /// One line on what was left out; nil when nothing was.
  public let remark: String?

  /// - Parameters:
  ///   - list: The metrics that there are.
  ///   - chosen: Names; nil for every metric that what is given suffices for.
  ///   - given: The encoders and yardsticks of the run.
  ///   - wording: For ``leftOut`` and ``remark``, which files and pages show.
  /// - Throws: ``MetricSelectionError`` when a metric that was chosen needs more.
  public init(
    _ list: MetricList, chosen: [String]? = nil, given: GivenInputs,
    wording: any EvaluationWording = PlainEvaluationWording()
  ) throws(MetricSelectionError) {
    var names: [String] = []
    var leftOut: [(name: String, missing: [MetricNeed])] = []
    if let unknown = chosen?.first(where: { !list.names.contains($0) }) {
      throw .unknown(unknown, known: list.names)
    }
    for metric in list.metrics
    where metric.chosenAs == metric.name && chosen?.contains(metric.name) ?? true {
      let missing = given.missing(metric.needs)
      if missing.isEmpty {
        names.append(metric.name)
      } else if chosen == nil {
        leftOut.append((metric.name, missing))
      } else {
        throw .missing(missing, metric: metric.name)
      }
    }
    self.list = list
    self.names = names
    self.leftOut = Dictionary(
      uniqueKeysWithValues: leftOut.map { name, missing in
        (name, "pass \(missing.map(wording.text).joined(separator: " and "))")
      })
    // Either of two is missing only where another metric lacks one of them.
    var needs: [MetricNeed] = []
    for need in leftOut.flatMap(\.missing) where !needs.contains(need) && need != .encoder(nil) {
      needs.append(need)
    }
    remark =
      leftOut.isEmpty
      ? nil
      : "Left out: \(leftOut.map(\.name).joined(separator: ", ")). "
        + "For \(leftOut.count == 1 ? "it" : "them") pass "
        + "\(needs.map(wording.text).joined(separator: ", "))."
  }

  func contains(_ metric: any MetricDefinition) -> Bool { names.contains(metric.chosenAs) }
}

/// A metric that was chosen and cannot be computed.
public enum MetricSelectionError: Error, Equatable, Sendable, CustomStringConvertible {
  case unknown(String, known: [String])
  case missing([MetricNeed], metric: String)

  public var description: String {
    switch self {
    case .unknown(let name, let known):
      "'\(name)' is no metric. There are: \(known.joined(separator: ", "))."
    case .missing(let needs, let metric):
      "the metric \(metric) needs \(needs.map(\.description).joined(separator: " and "))"
    }
  }
}

/// How the reader of a run's files and pages would give it what it can be given: a command names its
/// options.
public protocol EvaluationWording: Sendable {
  func text(_ need: MetricNeed) -> String
  /// The first cases only.
  func limit(_ count: Int) -> String
  /// One part of the cases: `1/4`.
  func shard(_ name: String) -> String
}

/// Names things, not options.
public struct PlainEvaluationWording: EvaluationWording {
  public init() {}
  public func text(_ need: MetricNeed) -> String { need.description }
  public func limit(_ count: Int) -> String { "the first \(count)" }
  public func shard(_ name: String) -> String { "shard \(name)" }
}
