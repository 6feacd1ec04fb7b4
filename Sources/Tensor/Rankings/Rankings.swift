/// Complete rankings of the same systems, each by one rater and of one group of pictures.
package struct Rankings: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    package let rater: Int
    package let group: Int
    /// A rank for each system, 1 the best; equal ones share the mean of their places.
    package let ranks: [Double]

    package init(rater: Int, group: Int, ranks: [Double]) {
      (self.rater, self.group, self.ranks) = (rater, group, ranks)
    }

    /// Whether no two systems share a place.
    package var isStrict: Bool { Set(ranks).count == ranks.count }

    /// The systems, best first; those that share a place by number.
    package var order: [Int] {
      ranks.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }
    }
  }

  /// How many systems there are, at least two.
  package let systems: Int
  package let rows: [Row]

  /// - Parameter rows: Each with a rank for every system; raters and groups numbered from 0.
  package init(systems: Int, rows: [Row]) {
    precondition(systems > 1 && rows.allSatisfy { $0.ranks.count == systems })
    (self.systems, self.rows) = (systems, rows)
  }

  /// One more than the largest number of a rater.
  package var raterBound: Int { (rows.map(\.rater).max() ?? -1) + 1 }
  package var groupBound: Int { (rows.map(\.group).max() ?? -1) + 1 }

  /// The mean rank of each system over all rankings, at least one.
  package var means: [Double] { Self.means(of: rows.map(\.ranks)) }

  package func filter(_ isIncluded: (Row) -> Bool) -> Rankings {
    Rankings(systems: systems, rows: rows.filter(isIncluded))
  }

  static func means(of blocks: [[Double]]) -> [Double] {
    precondition(!blocks.isEmpty)
    return blocks[0].indices.map { system in
      blocks.reduce(0) { $0 + $1[system] } / Double(blocks.count)
    }
  }
}

/// What counts as one independent answer in a test.
package enum RankingBlocks: String, Sendable, CaseIterable {
  /// Each rater's ranking of each group. They are not independent: a rater has a taste, a group a best
  /// picture.
  case rankings
  /// A ranking for each rater: of the mean ranks over the groups. Speaks of other raters, with these
  /// groups.
  case raters
  /// A ranking for each group: of the mean ranks over its raters. Speaks of other groups, with these
  /// raters.
  case groups
}

extension Rankings {
  /// A ranking for each block. A rater or group with less than half as many rankings as the one with
  /// most is left out.
  package func blocks(_ kind: RankingBlocks) -> [[Double]] {
    let members: [[[Double]]]
    switch kind {
    case .rankings: return rows.map(\.ranks)
    case .raters: members = Self.collected(rows.map { ($0.rater, $0.ranks) }, raterBound)
    case .groups: members = Self.collected(rows.map { ($0.group, $0.ranks) }, groupBound)
    }
    let most = members.map(\.count).max() ?? 0
    return members.filter { !$0.isEmpty && 2 * $0.count >= most }
      .map { midranks(Self.means(of: $0)) }
  }

  private static func collected(_ pairs: [(Int, [Double])], _ bound: Int) -> [[[Double]]] {
    var members = [[[Double]]](repeating: [], count: bound)
    for (place, ranks) in pairs { members[place].append(ranks) }
    return members
  }
}

/// The ranks of values, 1 for the smallest; equal values share the mean of their places, as in
/// `scipy.stats.rankdata`. Values that differ by rounding are equal.
package func midranks(_ values: [Double]) -> [Double] {
  let order = values.indices.sorted { values[$0] < values[$1] }
  var ranks = [Double](repeating: 0, count: values.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    let slack = 1e-12 * max(1, abs(values[order[start]]))
    while end < order.count, values[order[end]] - values[order[start]] <= slack { end += 1 }
    for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
    start = end
  }
  return ranks
}
