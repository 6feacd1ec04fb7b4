import Support
import Tensors

/// What was measured of a metric, as `metrics.json` holds it.
public struct MetricResult: Encodable, Sendable, Equatable {
  public let value: Double
  /// The 95 % interval: low, high. Nil where there are too few cases for one.
  public let ci95: [Double]?
  /// The procedure, as one would cite it beside the number.
  public let `protocol`: String
  /// Cases that the number rests on.
  public let count: Int
  /// What else was found, by its name in the file.
  public var numbers: [String: Double] = [:]
  /// How the interval was found; nil for percentiles of 10000 bootstrap resamples of the cases,
  /// which is then not written.
  public var interval: String?
  public var warning: String?

  public init(value: Double, ci95: [Double]?, protocol: String, count: Int) {
    self.value = value
    self.ci95 = ci95
    self.protocol = `protocol`
    self.count = count
  }

  /// The mean of values of cases, with an interval by bootstrap.
  ///
  /// - Parameters:
  ///   - values: At least one.
  ///   - protocol: The procedure, as one would cite it beside the number.
  public init(_ values: [Double], protocol: String) {
    self.init(
      value: values.mean, ci95: bootstrapInterval(values), protocol: `protocol`,
      count: values.count)
  }

  /// How ``init(_:protocol:)`` finds the interval.
  static let percentiles = "percentiles of 10000 bootstrap resamples of the cases, seed 0"

  /// A number by its name in the file.
  public subscript(_ name: String) -> Double? { numbers[name] }

  func text(_ name: String, _ places: Int) -> String { (numbers[name] ?? .nan).fixed(places) }

  /// The ends of the interval; none where there is no interval.
  func interval(_ places: Int, separator: String) -> String? {
    ci95.map { "\($0[0].fixed(places))\(separator)\($0[1].fixed(places))" }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: NameKey.self)
    try container.encode(value, forKey: "value")
    try container.encode(ci95, forKey: "ci95")  // null where there is none
    try container.encode(`protocol`, forKey: "protocol")
    try container.encode(count, forKey: "count")
    try container.encodeIfPresent(interval, forKey: "interval")
    try container.encodeIfPresent(warning, forKey: "warning")
    for (name, number) in numbers { try container.encode(number, forKey: NameKey(name)) }
  }
}
