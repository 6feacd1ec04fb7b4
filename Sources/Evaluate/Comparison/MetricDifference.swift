import Foundation
import Tensors

/// One metric in two runs.
public struct MetricDifference: Sendable {
  public let figure: Figure
  /// Over the cases that both runs have.
  public let a: Double
  public let b: Double
  /// Pairs of cases; of a distance, the cases of either run.
  public let count: Int
  /// The 95 % interval of the difference: low, high. Nil where there is none.
  public let ci95: [Double]?
  public let pValue: Double?
  /// How interval and p-value were found.
  public let test: String
  public let `protocol`: String

  /// B − A.
  public var difference: Double { b - a }

  /// How much worse B is; below zero where it is better.
  public var worsening: Double { figure.isBetterWhenLower ? difference : -difference }

  /// Whether zero lies outside the interval; nil without one.
  public var isSignificant: Bool? { ci95.map { !($0[0]...$0[1]).contains(0) } }

  var verdict: String {
    guard difference != 0 else { return "equal" }
    let word = worsening > 0 ? "worse" : "better"
    return isSignificant == true ? word : "\(word), within noise"
  }

  /// Of values of the same cases.
  init(_ figure: Figure, pairs: [(a: Double, b: Double)], protocol: String) {
    let differences = pairs.map { $0.b - $0.a }
    self.figure = figure
    a = pairs.map(\.a).mean
    b = pairs.map(\.b).mean
    count = pairs.count
    ci95 = bootstrapInterval(differences)
    pValue = SignFlipTest.pValue(differences)
    test =
      "interval: \(MetricResult.percentiles), paired; p: \(SignFlipTest.name(differences))"
    self.protocol = `protocol`
  }

  /// Of distances, which have no value for a case.
  init(_ figure: Figure, a: StoredMetrics.Section, b: StoredMetrics.Section) {
    self.figure = figure
    (self.a, self.b) = (a.value, b.value)
    count = b.count
    self.protocol = b.protocol
    guard let errorA = a.standardError, let errorB = b.standardError else {
      (ci95, pValue, test) = (nil, nil, "none: too few cases for a standard error")
      return
    }
    let error = (errorA * errorA + errorB * errorB).squareRoot()
    ci95 = normalInterval(b.value - a.value, standardError: error)
    pValue = normalPValue(b.value - a.value, standardError: error)
    test = "normal, from both runs' standard errors as if independent (too wide for equal cases)"
  }
}

extension MetricDifference: Encodable {
  enum CodingKeys: String, CodingKey {
    case a, b, count, difference, ci95, test, `protocol`, verdict
    case isBetterWhenLower = "lower_is_better"
    case pValue = "p_value"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(a, forKey: .a)
    try container.encode(b, forKey: .b)
    try container.encode(count, forKey: .count)
    try container.encode(difference, forKey: .difference)
    try container.encode(ci95, forKey: .ci95)
    try container.encode(pValue, forKey: .pValue)
    try container.encode(test, forKey: .test)
    try container.encode(`protocol`, forKey: .protocol)
    try container.encode(figure.isBetterWhenLower, forKey: .isBetterWhenLower)
    try container.encode(verdict, forKey: .verdict)
  }
}
