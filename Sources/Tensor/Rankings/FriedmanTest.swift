/// Friedman's test of whether systems are ranked alike, with the correction for ties, and Kendall's W.
///
/// - Source: Friedman 1937; Conover 1999, §5.8; Iman & Davenport 1980. Equals
///   `scipy.stats.friedmanchisquare`.
package struct FriedmanTest: Sendable, Equatable {
  /// How many blocks there are.
  package let blocks: Int
  package let chiSquared: Double
  /// The systems less one.
  package let freedom: Int
  package let pValue: Double
  /// Kendall's coefficient of concordance: 0 for blocks that have nothing in common, 1 where all agree.
  package let concordance: Double
  /// Iman and Davenport's F, nearer to its distribution with few blocks; nil where all blocks agree, so
  /// that it is infinite.
  package let f: Double?
  package let fPValue: Double

  /// Nil for fewer than two blocks, and where all systems share all places.
  ///
  /// - Parameter blocks: Ranks, `[block][system]`, all of as many systems.
  package init?(_ blocks: [[Double]]) {
    let sums = RankSums(blocks)
    guard blocks.count > 1, sums.squares - sums.squaresWithoutOrder > 1e-9 else { return nil }
    self.init(
      blocks: blocks.count, systems: sums.systems,
      chiSquared: Double(sums.systems - 1) * sums.spread
        / (sums.squares - sums.squaresWithoutOrder))
  }

  /// From the mean ranks alone, of strict rankings: all that a paper prints.
  ///
  /// - Parameters:
  ///   - means: A mean rank for each system.
  ///   - count: How many blocks they are of.
  package init(means: [Double], count: Int) {
    let k = Double(means.count)
    let spread = means.reduce(0) { $0 + ($1 - (k + 1) / 2) * ($1 - (k + 1) / 2) }
    self.init(
      blocks: count, systems: means.count, chiSquared: 12 * Double(count) * spread / (k * (k + 1)))
  }

  private init(blocks: Int, systems: Int, chiSquared: Double) {
    let (n, between) = (Double(blocks), Double(systems - 1))
    self.blocks = blocks
    self.chiSquared = chiSquared
    freedom = systems - 1
    pValue = chiSquaredTail(chiSquared, freedom: between)
    concordance = min(1, chiSquared / (n * between))
    let rest = n * between - chiSquared
    let ratio = rest > 1e-9 * n * between ? (n - 1) * chiSquared / rest : nil
    f = ratio
    fPValue = fTail(ratio ?? .infinity, between, between * (n - 1))
  }
}

/// Sums over blocks that rank tests are made of.
struct RankSums {
  let systems: Int
  let count: Int
  /// Of each system's ranks.
  let sums: [Double]
  /// Σ r², over all.
  let squares: Double

  init(_ blocks: [[Double]]) {
    systems = blocks.first?.count ?? 0
    count = blocks.count
    sums = (0..<systems).map { system in blocks.reduce(0) { $0 + $1[system] } }
    squares = blocks.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } }
  }

  /// Σ r² if all systems shared all places.
  var squaresWithoutOrder: Double {
    Double(count * systems) * Double((systems + 1) * (systems + 1)) / 4
  }

  /// How far the sums are from equal, squared.
  var spread: Double {
    let middle = Double(count * (systems + 1)) / 2
    return sums.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
  }
}
