import Foundation
import Support

/// Two runs over the same cases, set against each other: B less A.
public struct RunComparison: Sendable {
  public let a: String
  public let b: String
  /// Cases that both runs have.
  public let pairedCount: Int
  /// The metrics that there are.
  public let metrics: MetricList
  /// In the order of the metrics' figures.
  public let differences: [MetricDifference]
  /// Figures that at least one run has and that don't compare, by path, and why.
  public let notCompared: [String: String]
  /// Cases of A that B has not scored.
  public let missingInB: Int
  /// Whether these are fewer cases than published numbers rest on.
  public var isSubset: Bool { pairedCount < EvaluationMetrics.fullCount }
  /// What the reader should know.
  public let remarks: [String]
  /// Settings that differ, by name.
  public let settings: [(name: String, a: String, b: String)]

  /// Reads and compares two runs' folders.
  ///
  /// - Parameters:
  ///   - a: The folder of the first run.
  ///   - b: The folder of the second run; differences are its numbers less those of the first.
  ///   - metrics: Those that there are.
  ///   - figures: Paths of the figures to compare; nil for all that both runs have.
  /// - Throws: ``ComparisonError``; `FileError` for what cannot be read.
  public init(
    _ a: URL, _ b: URL, metrics: MetricList = .standard, figures: [String]? = nil
  ) throws {
    let (first, second) = (try StoredRun(at: a, metrics), try StoredRun(at: b, metrics))
    let pairing = try Pairing(first, second)
    (self.a, self.b) = (first.folder, second.folder)
    pairedCount = pairing.pairs.count
    missingInB = pairing.onlyInA
    var differences: [MetricDifference] = []
    var notCompared: [String: String] = [:]
    for metric in metrics.metrics {
      for figure in metric.figures where figures?.contains(figure.path) ?? true {
        do {
          differences.append(try pairing.compare(figure, of: metric))
        } catch {
          if figures != nil || !error.isOfNeither { notCompared[figure.path] = error.reason }
        }
      }
    }
    (self.metrics, self.differences, self.notCompared) = (metrics, differences, notCompared)
    remarks = pairing.remarks
    settings = Self.settingsThatDiffer(first.record.settings, second.record.settings)
    let chosen = notCompared.sorted { $0.key < $1.key }
    if figures != nil, !chosen.isEmpty {
      throw ComparisonError.notCompared(chosen.map { "\($0.key): \($0.value)" })
    }
  }

  private static func settingsThatDiffer(
    _ a: [String: JSONValue], _ b: [String: JSONValue]
  ) -> [(name: String, a: String, b: String)] {
    func text(_ value: JSONValue?) -> String {
      if case .string(let text)? = value { return text }
      return value?.text ?? "–"
    }
    return Set(a.keys).union(b.keys).sorted().filter { $0 != "results" && a[$0] != b[$0] }
      .map { ($0, text(a[$0]), text(b[$0])) }
  }
}

/// The cases of two runs side by side.
private struct Pairing {
  let a: StoredRun
  let b: StoredRun
  let pairs: [(a: CaseRow, b: CaseRow)]
  /// Cases whose shuffled similarity is to the same other case's reference in both runs.
  let sameControl: Set<String>
  let onlyInA: Int
  let onlyInB: Int

  init(_ a: StoredRun, _ b: StoredRun) throws(ComparisonError) {
    let others = Dictionary(uniqueKeysWithValues: b.cases.map { ($0.id, $0) })
    (self.a, self.b) = (a, b)
    pairs = a.cases.compactMap { row in others[row.id].map { (row, $0) } }
    let controls = b.controls
    sameControl = Set(a.controls.filter { controls[$0.key] == $0.value }.keys)
    (onlyInA, onlyInB) = (a.cases.count - pairs.count, b.cases.count - pairs.count)
    guard !pairs.isEmpty else { throw .noSharedCases(a: a.folder, b: b.folder) }
    let changed = pairs.filter { $0.a.inputs != $0.b.inputs }.map(\.a.id)
    guard changed.isEmpty else {
      throw .otherBench(identifiers: changed, a: a.folder, b: b.folder)
    }
  }

  /// Why a figure does not compare.
  struct Obstacle: Error {
    let reason: String
    var isOfNeither = false
  }

  func compare(
    _ figure: Figure, of metric: any MetricDefinition
  ) throws(Obstacle) -> MetricDifference {
    let section = figure.section
    guard let inA = a.record.sections[section], let inB = b.record.sections[section] else {
      guard let owner = [a, b].first(where: { $0.record.sections[section] != nil }) else {
        throw Obstacle(reason: "neither run has measured it", isOfNeither: true)
      }
      throw Obstacle(reason: "only \(owner.folder) has measured it")
    }
    guard inA.protocol == inB.protocol else {
      throw Obstacle(reason: "other protocols ('\(inA.protocol)' and '\(inB.protocol)')")
    }
    let (hashesOfA, hashesOfB) = (a.record.hashes, b.record.hashes)
    let hasInception = hashesOfA["inception"] != nil || hashesOfB["inception"] != nil
    let names = metric.needs.map { $0.hashName(preferred: hasInception ? .inception : .clip) }
    if let name = names.first(where: { hashesOfA[$0] != hashesOfB[$0] }) {
      throw Obstacle(reason: "the runs used other weights or files (\(name))")
    }
    if figure.isOfSet {
      guard onlyInA == 0, onlyInB == 0, inA.count == inB.count else {
        throw Obstacle(
          reason: "a distance compares over the same cases only (A has \(inA.count), B has "
            + "\(inB.count), or others)")
      }
      return MetricDifference(figure, a: inA, b: inB)
    }
    let pairs =
      figure.involvesNextCase
      ? self.pairs.filter { sameControl.contains($0.a.id) } : self.pairs
    let values = pairs.compactMap { pair in
      figure.value(of: pair.a.numbers).flatMap { a in
        figure.value(of: pair.b.numbers).map { (a: a, b: $0) }
      }
    }
    guard !values.isEmpty else { throw Obstacle(reason: "no case has a value in both runs") }
    return MetricDifference(figure, pairs: values, protocol: inA.protocol)
  }

  var remarks: [String] {
    var lines: [String] = []
    for (count, here, there) in [(onlyInA, "A", "B"), (onlyInB, "B", "A")] where count > 0 {
      lines.append("\(count) cases of \(here) are not in \(there): left out of the pairs.")
    }
    let sizes = [a, b].map { $0.record.settings["result_size"]?.text ?? "unknown" }
    if sizes[0] != sizes[1] {
      lines.append(
        "The results have other sizes (\(sizes[0]) and \(sizes[1])): everything but features is "
          + "scored at the results' size, so that part of the difference may come from it.")
    }
    if pairs.count < EvaluationMetrics.fullCount {
      lines.append(
        "Subset: \(pairs.count) cases, published numbers are of \(EvaluationMetrics.fullCount).")
    }
    return lines
  }
}

extension StoredRun {
  /// Whose reference each case was compared with as a control: the next one's.
  fileprivate var controls: [String: String] {
    let next = cases.dropFirst() + cases.prefix(1)
    return Dictionary(uniqueKeysWithValues: zip(cases.map(\.id), next.map(\.id)))
  }
}

extension MetricNeed {
  /// The entry of `hashes` in `metrics.json` that must agree.
  fileprivate func hashName(preferred: FeatureSpace) -> String {
    switch self {
    case .encoder(let space): (space ?? preferred).rawValue
    case .statistics: "reference_statistics"
    case .mixture: "gmm"
    }
  }
}
