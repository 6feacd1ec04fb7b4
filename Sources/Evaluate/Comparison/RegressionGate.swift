import Support

/// What must not get worse from one run to the next.
public struct RegressionGate: Sendable, Equatable {
  /// Paths of figures; nil for all that either run has.
  public let figures: Set<String>?
  /// By how much each of these may get worse; without one, only differences whose interval excludes
  /// zero count.
  public let tolerances: [String: Double]
  /// For those without a tolerance of their own.
  public let tolerance: Double?

  public init(
    figures: Set<String>?, tolerance: Double?, tolerances: [String: Double] = [:]
  ) {
    self.figures = figures
    self.tolerance = tolerance
    self.tolerances = tolerances
  }

  /// - Throws: ``ComparisonError/gotWorse(_:)`` with a line for each, and
  ///   ``ComparisonError/notCompared(_:)`` when it cannot be told: a gate must not pass for want of
  ///   numbers.
  public func check(_ comparison: RunComparison) throws {
    guard comparison.missingInB == 0 else {
      throw ComparisonError.notCompared(["B lacks \(comparison.missingInB) cases that A has scored"]
      )
    }
    let found = Dictionary(
      uniqueKeysWithValues: comparison.differences.map { ($0.figure.path, $0) })
    let chosen = comparison.metrics.figures.map(\.path).filter {
      figures?.contains($0) ?? (found[$0] != nil || comparison.notCompared[$0] != nil)
    }
    let unknown = chosen.filter { found[$0] == nil }
    guard unknown.isEmpty else {
      throw ComparisonError.notCompared(
        unknown.map { "\($0): \(comparison.notCompared[$0] ?? "no run has measured it")" })
    }
    let failures = try chosen.compactMap { try found[$0].flatMap(failure) }
    guard failures.isEmpty else { throw ComparisonError.gotWorse(failures) }
  }

  private func failure(_ found: MetricDifference) throws -> String? {
    let path = found.figure.path
    let change = "\(path) from \(found.a) to \(found.b)"
    if let allowed = tolerances[path] ?? tolerance {
      return found.worsening > allowed ? "\(change), tolerance \(allowed)" : nil
    }
    guard let isSignificant = found.isSignificant else {
      throw ComparisonError.noInterval(figure: path)
    }
    return isSignificant && found.worsening > 0 ? "\(change), beyond its 95 % interval" : nil
  }
}
