import Foundation
import Support
import Tensors

/// A metric: a number that says how good results are, and all that runs, files and pages must know
/// of it.
///
/// Conform to ``PictureMetric`` or ``FeatureMetric`` in one file and name the metric in a
/// ``MetricList``: it is then chosen, kept, written, shown, compared and swept like any other.
public protocol MetricDefinition: Sendable {
  /// In `metrics.json`, and where metrics are chosen: `clip_fid`.
  var name: String { get }
  /// In tables.
  var title: String { get }
  /// What the number means, in a sentence for the reader of a report.
  var explanation: String { get }
  /// The numbers by which runs are compared, the metric's value first.
  var figures: [Figure] { get }
  /// What must be given to have it.
  var needs: [MetricNeed] { get }
  /// The metric with which this one is chosen: itself, as a rule.
  var chosenAs: String { get }

  /// What a report shows in large type.
  func tiles(_ result: MetricResult) -> [MetricTile]
  /// Lines for the terminal.
  func summary(_ result: MetricResult) -> [String]
}

/// A metric of the pictures of each case, which needs nothing but these. It is always measured, and
/// what was measured is kept for the next run.
public protocol PictureMetric: MetricDefinition {
  associatedtype Measurement: Codable & Sendable

  /// The procedure, as one would cite it beside the number. What was measured by another is not used.
  var protocolName: String { get }
  /// Under what name measurements are kept.
  var storedAs: String { get }

  /// Measures one case, on any thread.
  func measure(_ scored: ScoredCase) -> Measurement
  /// The numbers of each case in `cases.jsonl`, in the bench's order.
  func rows(_ measurements: [Measurement]) -> [CaseNumbers]
  /// - Parameter rows: At least one.
  func result(_ rows: [CaseNumbers]) -> MetricResult
}

/// A metric of what encoders see in the results.
public protocol FeatureMetric: MetricDefinition {
  /// What it takes of each case.
  func features(_ given: GivenInputs) -> FeatureKind
  /// - Returns: Nil where there are too few cases.
  /// - Throws: What is wrong with the numbers.
  func measure(_ features: RunFeatures) throws -> MeasuredMetric?
}

/// Numbers of one case, by their names in `cases.jsonl`.
public typealias CaseNumbers = [String: Double]

/// What a metric found in a run.
public struct MeasuredMetric: Sendable {
  public var result: MetricResult
  /// By the cases' identifiers; of a metric of whole sets there are none.
  public var rows: [String: CaseNumbers]

  public init(_ result: MetricResult, rows: [String: CaseNumbers] = [:]) {
    self.result = result
    self.rows = rows
  }
}

/// A number by which runs are compared.
public struct Figure: Sendable {
  /// Where it stands in `metrics.json`: `clip_fid`, or `background.psnr` in the part `background`.
  public let path: String
  /// With its unit, for tables and plots.
  public let title: String
  let unit: String?
  /// Digits after the point that are worth reading.
  let places: Int
  public let better: Direction
  /// What ``better`` says, in words.
  let direction: String
  /// What a case's value is made of, by the names in `cases.jsonl`; of a number that only a set of
  /// pictures has there are none.
  let columns: [String]
  /// Whether the next case has a part in a case's value.
  let involvesNextCase: Bool

  public enum Direction: String, Sendable {
    case lower, higher
  }

  /// - Parameters:
  ///   - path: Where it stands in `metrics.json`.
  ///   - title: Without the unit.
  ///   - unit: Nil for a plain number.
  ///   - places: Digits after the point that are worth reading.
  ///   - better: Whether a good result has a low or a high number.
  ///   - columns: Where the value of a case is: in the first of these, less the second if there are
  ///     two. Nil for one named as the path; none for a number of the whole set.
  ///   - direction: What `better` says, where it says more than that.
  ///   - involvesNextCase: Whether the next case has a part in a case's value.
  public init(
    _ path: String, title: String, unit: String? = nil, places: Int, better: Direction,
    columns: [String]? = nil, direction: String? = nil, involvesNextCase: Bool = false
  ) {
    self.path = path
    self.title = title + (unit.map { ", \($0)" } ?? "")
    self.unit = unit
    self.places = places
    self.better = better
    self.direction = direction ?? "\(better.rawValue) is better"
    self.columns = columns ?? [path]
    self.involvesNextCase = involvesNextCase
  }

  public var isOfSet: Bool { columns.isEmpty }
  var isBetterWhenLower: Bool { better == .lower }

  /// The part of `metrics.json` that holds it.
  var section: String { String(path.prefix { $0 != "." }) }
  /// Its name there; nil for the value itself.
  var key: String? { path == section ? nil : String(path.dropFirst(section.count + 1)) }

  /// Nil where the case has none.
  func value(of numbers: CaseNumbers) -> Double? {
    let values = columns.compactMap { numbers[$0] }
    guard let first = values.first, values.count == columns.count else { return nil }
    return values.dropFirst().reduce(first, -)
  }

  func text(_ value: Double) -> String { value.fixed(places) }
}

/// A number in large type with what it is of.
public struct MetricTile: Sendable {
  let title: String
  let value: String
  let note: String

  public init(_ title: String, _ value: String, _ note: String) {
    (self.title, self.value, self.note) = (title, value, note)
  }
}

extension MetricDefinition {
  public var needs: [MetricNeed] { [] }
  public var chosenAs: String { name }

  public func tiles(_ result: MetricResult) -> [MetricTile] {
    let interval = result.interval(3, separator: " to ").map { "95 %: \($0)" } ?? "no interval"
    return [MetricTile(title, result.value.fixed(3), "\(interval); \(result.count) cases")]
  }

  public func summary(_ result: MetricResult) -> [String] {
    let interval = result.interval(4, separator: ", ").map { " [\($0)]" }
    let padded = title.padding(toLength: 21, withPad: " ", startingAt: 0)
    return ["\(padded) \(result.value.fixed(4))\(interval ?? "")"]
  }
}

extension PictureMetric {
  public var storedAs: String { name }

  /// The means of the figures.
  public func result(_ rows: [CaseNumbers]) -> MetricResult {
    var result = MetricResult(rows.compactMap(figures[0].value), protocol: protocolName)
    for figure in figures {
      if let key = figure.key { result.numbers[key] = rows.compactMap(figure.value).mean }
    }
    return result
  }
}

extension PictureMetric where Measurement == Double {
  public func rows(_ measurements: [Double]) -> [CaseNumbers] {
    measurements.map { [name: $0] }
  }
}

/// The value with so many digits after the point.
