/// How well a rater's rankings agree with the other raters'.
package struct RaterAgreement: Sendable, Equatable {
  /// Rankings that somebody else made, too.
  package let count: Int
  /// The mean rank correlation with the others' mean ranks; nil where ``count`` is 0.
  package let correlation: Double?
  /// How many of the raters who answer at random would agree with the others at least as well.
  package let chanceAtRandom: Double

  /// Draws of a rater who answers at random.
  package static let draws = 2_000

  /// Of each rater, by number.
  ///
  /// - Parameters:
  ///   - questions: The rankings of each question; groups are the same in all.
  ///   - seed: What is drawn depends on it alone.
  package static func all(_ questions: [Rankings], seed: UInt64) -> [RaterAgreement] {
    let raters = questions.map(\.raterBound).max() ?? 0
    var comparisons = [[Comparison]](repeating: [], count: raters)
    for rankings in questions {
      for rows in Dictionary(grouping: rankings.rows, by: \.group).values where rows.count > 1 {
        for row in rows {
          let others = rows.filter { $0.rater != row.rater }.map(\.ranks)
          guard !others.isEmpty, let own = centred(row.ranks),
            let shared = centred(Rankings.means(of: others))
          else { continue }
          comparisons[row.rater].append(Comparison(group: row.group, own: own, others: shared))
        }
      }
    }
    return comparisons.enumerated().map { rater, found in
      // By group, so that the draws don't depend on a dictionary's order.
      RaterAgreement(found.sorted { $0.group < $1.group }, rater: rater, seed: seed)
    }
  }

  /// A ranking beside the others' mean ranks, both with mean 0 and length 1.
  private struct Comparison {
    let group: Int
    let own: [Double]
    let others: [Double]

    var correlation: Double { dot(own, others) }
  }

  private init(_ comparisons: [Comparison], rater: Int, seed: UInt64) {
    count = comparisons.count
    guard count > 0 else {
      (correlation, chanceAtRandom) = (nil, 1)
      return
    }
    let found = comparisons.reduce(0) { $0 + $1.correlation }
    correlation = found / Double(count)
    var random = RandomStream(seed: seed, purpose: "study random rater", index: UInt64(rater))
    let better = (0..<Self.draws).count { _ in
      let drawn = comparisons.reduce(0) { sum, comparison in
        sum + dot(comparison.own.shuffled(using: &random), comparison.others)
      }
      return drawn >= found - 1e-9
    }
    chanceAtRandom = Double(better + 1) / Double(Self.draws + 1)
  }
}

/// The correlation of two rankings of the same systems: Spearman's, with ties. Nil where one of them
/// has no order.
package func rankCorrelation(_ a: [Double], _ b: [Double]) -> Double? {
  guard let a = centred(a), let b = centred(b) else { return nil }
  return dot(a, b)
}

/// The values less their mean, scaled to length 1; nil where all are equal.
private func centred(_ values: [Double]) -> [Double]? {
  let mean = values.mean
  let moved = values.map { $0 - mean }
  let length = dot(moved, moved).squareRoot()
  return length > 1e-9 ? moved.map { $0 / length } : nil
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}
