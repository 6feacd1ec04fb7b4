import Support

/// Resamples of rankings in two ways at once: raters and groups are both drawn anew, with
/// replacement, so that intervals speak of other raters and of other groups.
///
/// Somewhat too wide where single rankings are noisy, never too narrow for it.
///
/// - Source: Owen 2007, "The pigeonhole bootstrap", arXiv:0712.1111.
package struct RankBootstrap: Sendable {
  package static let resamples = 10_000
  /// Strengths take longer.
  package static let strengthResamples = 1_000

  /// The mean ranks of each resample, `[resample][system]`.
  private let means: [[Double]]
  private let strengths: [[Double]]

  /// Nil where one rater ranked one group: nothing can be drawn.
  ///
  /// - Parameters:
  ///   - rankings: At least one.
  ///   - model: Of the strict ones among them, in order; nil for no strengths.
  ///   - seed: What is drawn depends on it alone.
  package init?(
    _ rankings: Rankings, model: PlackettLuce? = nil, seed: UInt64, resamples: Int = resamples,
    strengthResamples: Int = strengthResamples
  ) {
    let draw = WeightDraw(rankings, seed: seed)
    guard draw.canVary else { return nil }
    means = parallelMap(resamples) { index in
      Self.weightedMeans(rankings, draw.weights(index))
    }
    let strict = rankings.rows.indices.filter { rankings.rows[$0].isStrict }
    strengths =
      model.map { model in
        parallelMap(strengthResamples) { index in
          let weights = draw.weights(index)
          return model.strengths(weights: strict.map { weights[$0] }).values
        }
      } ?? []
  }

  private static func weightedMeans(_ rankings: Rankings, _ weights: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: rankings.systems)
    for (row, weight) in zip(rankings.rows, weights) where weight > 0 {
      for system in sums.indices { sums[system] += weight * row.ranks[system] }
    }
    let total = weights.reduce(0, +)
    return sums.map { $0 / total }
  }

  /// The 95 % interval of a system's mean rank: low, high.
  package func interval(of system: Int) -> [Double] { percentileInterval(means.map { $0[system] }) }

  /// The 95 % interval of a system's strength; nil where no strengths were asked for.
  package func strengthInterval(of system: Int) -> [Double]? {
    strengths.isEmpty ? nil : percentileInterval(strengths.map { $0[system] })
  }

  /// The 95 % interval of the first mean rank less the second.
  package func difference(_ i: Int, _ j: Int) -> [Double] {
    percentileInterval(means.map { $0[i] - $0[j] })
  }

  /// For each pair, how often a resample turns it round or levels it; two-sided, never 0.
  package var pValues: PairTable {
    PairTable(systems: means[0].count) { i, j in
      // Sums that differ by rounding are equal.
      let differences = means.map { $0[i] - $0[j] }
      let below = differences.count { $0 <= 1e-12 }
      let above = differences.count { $0 >= -1e-12 }
      return min(1, 2 * Double(min(below, above) + 1) / Double(means.count + 1))
    }
  }
}

/// How often each ranking occurs in a resample.
private struct WeightDraw: Sendable {
  private let seed: UInt64
  private let rows: [(rater: Int, group: Int)]
  private let raterCount: Int
  private let groupCount: Int

  init(_ rankings: Rankings, seed: UInt64) {
    self.seed = seed
    let raters = Self.numbering(rankings.rows.map(\.rater))
    let groups = Self.numbering(rankings.rows.map(\.group))
    (raterCount, groupCount) = (raters.count, groups.count)
    rows = rankings.rows.map { (raters[$0.rater] ?? 0, groups[$0.group] ?? 0) }
  }

  /// Numbers without gaps.
  private static func numbering(_ values: [Int]) -> [Int: Int] {
    Dictionary(
      uniqueKeysWithValues: Set(values).sorted().enumerated().map { ($1, $0) })
  }

  var canVary: Bool { raterCount > 1 || groupCount > 1 }

  func weights(_ index: Int) -> [Double] {
    var raters = RandomStream(seed: seed, purpose: "study raters", index: UInt64(index))
    var groups = RandomStream(seed: seed, purpose: "study groups", index: UInt64(index))
    while true {
      let (drawn, shown) = (
        Self.counts(raterCount, using: &raters), Self.counts(groupCount, using: &groups)
      )
      let weights = rows.map { drawn[$0.rater] * shown[$0.group] }
      // Where raters stopped half-way, the raters drawn may have ranked none of the groups drawn.
      if weights.contains(where: { $0 > 0 }) { return weights }
    }
  }

  private static func counts(_ count: Int, using random: inout RandomStream) -> [Double] {
    var counts = [Double](repeating: 0, count: count)
    for _ in 0..<count { counts[random.draw(below: count)] += 1 }
    return counts
  }
}
