import Foundation

/// A number for each pair of systems, the diagonal left out: `[i][j]` and `[j][i]` are equal.
package struct PairTable: Sendable, Equatable {
  package let systems: Int
  private var values: [Double]

  /// - Parameter value: Of a pair `i < j`.
  package init(systems: Int, _ value: (Int, Int) -> Double) {
    self.systems = systems
    values = Self.pairs(systems).map(value)
  }

  /// All pairs `i < j`, row by row.
  package static func pairs(_ systems: Int) -> [(Int, Int)] {
    (0..<systems).flatMap { i in (i + 1..<max(i + 1, systems)).map { (i, $0) } }
  }

  package subscript(_ i: Int, _ j: Int) -> Double {
    let (low, high) = (min(i, j), max(i, j))
    precondition(low < high && high < systems)
    return values[low * systems - low * (low + 1) / 2 + high - low - 1]
  }

  /// The p-values adjusted for their number by Holm's step-down method.
  ///
  /// - Source: Holm 1979; equals `statsmodels.stats.multitest.multipletests(method="holm")`.
  package var holm: PairTable {
    var copy = self
    var largest = 0.0
    for (place, i) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
      largest = max(largest, min(1, values[i] * Double(values.count - place)))
      copy.values[i] = largest
    }
    return copy
  }
}

/// Nemenyi's test of all pairs after Friedman's: p-values from the studentised range, which allow for
/// the number of pairs.
///
/// - Source: Nemenyi 1963; Demšar 2006, §3.2.2. Equals
///   `scikit_posthocs.posthoc_nemenyi_friedman`.
package enum NemenyiTest {
  /// - Parameter blocks: Ranks, `[block][system]`; at least one block.
  package static func pValues(_ blocks: [[Double]]) -> PairTable {
    let means = Rankings.means(of: blocks)
    return PairTable(systems: means.count) { i, j in
      let error = Self.standardError(systems: means.count, blocks: blocks.count)
      return studentizedRangeTail(
        abs(means[i] - means[j]) / error * 2.squareRoot(), count: means.count)
    }
  }

  /// By how much mean ranks must differ to be told apart at a level, say 0.05.
  package static func criticalDifference(systems: Int, blocks: Int, level: Double) -> Double {
    studentizedRangeQuantile(chance: level, count: systems) / 2.squareRoot()
      * standardError(systems: systems, blocks: blocks)
  }

  private static func standardError(systems: Int, blocks: Int) -> Double {
    (Double(systems * (systems + 1)) / Double(6 * blocks)).squareRoot()
  }
}

/// Conover's test of all pairs after Friedman's: p-values from Student's t, for one pair each.
///
/// - Source: Conover 1999, §5.8. Equals `scikit_posthocs.posthoc_conover_friedman`.
package enum ConoverTest {
  /// - Parameter blocks: Ranks, `[block][system]`; at least two blocks.
  package static func pValues(_ blocks: [[Double]]) -> PairTable {
    precondition(blocks.count > 1)
    let sums = RankSums(blocks)
    let n = Double(sums.count)
    let freedom = (n - 1) * Double(sums.systems - 1)
    let within = n * sums.squares - sums.sums.reduce(0) { $0 + $1 * $1 }
    let error = max(0, 2 * within / freedom).squareRoot()
    return PairTable(systems: sums.systems) { i, j in
      let difference = abs(sums.sums[i] - sums.sums[j])
      guard difference > 0 else { return 1 }
      return studentTwoSided(difference / error, freedom: freedom)
    }
  }
}
