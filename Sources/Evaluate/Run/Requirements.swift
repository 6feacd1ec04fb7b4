import Support

/// What a run must reach, so that a script can fail when a model has not learnt its task.
public struct Requirements: Sendable {
  /// At least so many cases nearer to their own reference than to another's.
  public let wins: Int?
  /// Own over shuffled similarity, at least.
  public let ratio: Double?
  /// For control runs, which must not tell references apart.
  public let winsBetween: ClosedRange<Int>?

  public init(wins: Int? = nil, ratio: Double? = nil, winsBetween: ClosedRange<Int>? = nil) {
    self.wins = wins
    self.ratio = ratio
    self.winsBetween = winsBetween
  }

  /// - Throws: ``EvaluationError/requirementsNotMet(_:)``, with a line for each.
  public func check(_ metrics: EvaluationMetrics) throws {
    guard wins != nil || ratio != nil || winsBetween != nil else { return }
    guard let found = metrics[ReferenceSimilarityMetric()], let own = found["own"],
      let shuffled = found["shuffled"], let count = found["wins"].map({ Int($0) })
    else { throw EvaluationError.requirementsNotMet(["no reference similarity was measured"]) }
    let won = "\(count) of \(metrics.count) cases are nearer to their own reference"
    var failures: [String] = []
    if let wins, count < wins { failures.append("\(won), expected at least \(wins)") }
    // Negated, so that 0 / 0, which says nothing, fails.
    let quotient = own / shuffled
    if let ratio, !(quotient >= ratio) {
      failures.append("own / shuffled similarity is \(quotient), expected at least \(ratio)")
    }
    if let range = winsBetween, !range.contains(count) {
      failures.append("\(won), expected \(range.lowerBound) to \(range.upperBound)")
    }
    guard failures.isEmpty else { throw EvaluationError.requirementsNotMet(failures) }
  }
}
