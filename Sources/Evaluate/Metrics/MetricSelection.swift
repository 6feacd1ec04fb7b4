import Support

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
  ///   - name: What a setting is called, for ``leftOut`` and ``remark``, which files and pages show.
  /// - Throws: ``MetricSelectionError`` when a metric that was chosen needs more.
  public init(
    _ list: MetricList, chosen: [String]? = nil, given: GivenInputs,
    naming name: (String) -> String = { "`\($0)`" }
  ) throws(MetricSelectionError) {
    func text(_ need: MetricNeed) -> String { need.text(naming: name) }
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
        (name, "pass \(missing.map(text).joined(separator: " and "))")
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
        + "\(needs.map(text).joined(separator: ", "))."
  }

  func contains(_ metric: any MetricDefinition) -> Bool { names.contains(metric.chosenAs) }
}

/// A metric that was chosen and cannot be computed.
public enum MetricSelectionError: Error, Equatable, Sendable, SettingMessage {
  case unknown(String, known: [String])
  case missing([MetricNeed], metric: String)

  public var isUsage: Bool { true }

  public func text(naming name: (String) -> String) -> String {
    switch self {
    case .unknown(let metric, let known):
      "'\(metric)' is no metric. There are: \(known.joined(separator: ", "))."
    case .missing(let needs, let metric):
      "the metric \(metric) needs \(needs.map { $0.text(naming: name) }.joined(separator: " and "))"
    }
  }
}
