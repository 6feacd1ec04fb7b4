import Foundation

/// The strengths of a Plackett–Luce model: a ranking is drawn place by place, each system still there
/// in proportion to its strength.
///
/// By Hunter's minorise–maximise steps on distinct rankings with weights, so that resampling costs
/// little.
///
/// - Source: Plackett 1975; Hunter 2004, §5. Equals `choix.mm_rankings`, with `alpha` as there (a prior
///   that keeps strengths finite; Caron & Doucet 2012).
package struct PlackettLuce: Sendable {
  package let systems: Int
  /// Distinct rankings, best first.
  private let orders: [[Int]]
  /// For each ranking given, which of the distinct ones it is.
  private let kinds: [Int]

  /// - Parameter rankings: The systems, best first; all of them in each.
  package init(systems: Int, rankings: [[Int]]) {
    precondition(rankings.allSatisfy { $0.sorted() == Array(0..<systems) })
    var places: [[Int]: Int] = [:]
    var distinct: [[Int]] = []
    kinds = rankings.map { order in
      if let place = places[order] { return place }
      places[order] = distinct.count
      distinct.append(order)
      return distinct.count - 1
    }
    (self.systems, orders) = (systems, distinct)
  }

  /// The prior that is used where the rankings alone leave a strength infinite.
  package static let prior = 0.1

  /// The strengths, which sum to 1: the chance of each system to come first.
  ///
  /// - Parameter weights: How often each ranking counts; nil for once.
  /// - Returns: Also whether the rankings alone determine them. They don't where some systems always
  ///   beat all others; the strengths are then those under ``prior``.
  package func strengths(weights: [Double]? = nil) -> (values: [Double], areDetermined: Bool) {
    var counts = [Double](repeating: 0, count: orders.count)
    for (i, kind) in kinds.enumerated() { counts[kind] += weights?[i] ?? 1 }
    let areDetermined = isConnected(counts)
    return (strengths(counts, alpha: areDetermined ? 0 : Self.prior), areDetermined)
  }

  /// The strengths under a prior, which sum to 1.
  package func strengths(alpha: Double) -> [Double] {
    var counts = [Double](repeating: 0, count: orders.count)
    for kind in kinds { counts[kind] += 1 }
    return strengths(counts, alpha: alpha)
  }

  private func strengths(_ counts: [Double], alpha: Double) -> [Double] {
    let chosen = Set(counts.indices.filter { counts[$0] > 0 }).sorted()
    var wins = [Double](repeating: alpha, count: systems)
    for kind in chosen {
      for system in orders[kind].dropLast() { wins[system] += counts[kind] }
    }
    var strengths = [Double](repeating: 1 / Double(systems), count: systems)
    for _ in 0..<10_000 {
      let shares = shares(strengths, counts, chosen)
      // The prior is on strengths whose mean is 1, as in choix.
      let scale = Double(systems)
      let next = (0..<systems).map { wins[$0] / (shares[$0] / scale + alpha) }
      let total = next.reduce(0, +)
      let change = zip(strengths, next).map { abs(log($1 / total / $0)) }.max() ?? 0
      strengths = next.map { $0 / total }
      if change < 1e-12 { break }
    }
    return strengths
  }

  /// For each system, over all choices that it was part of, the sum of 1 / the strengths together.
  private func shares(_ strengths: [Double], _ counts: [Double], _ chosen: [Int]) -> [Double] {
    var shares = [Double](repeating: 0, count: systems)
    for kind in chosen {
      let order = orders[kind]
      // From the last place on, so that a sum of small numbers is not a difference of large ones.
      var together = 0.0
      var inverses = [Double](repeating: 0, count: systems)
      for place in order.indices.reversed() {
        together += strengths[order[place]]
        inverses[place] = counts[kind] / together
      }
      var sum = 0.0
      for place in order.indices {
        if place < systems - 1 { sum += inverses[place] }
        shares[order[place]] += sum
      }
    }
    return shares
  }

  /// Whether, however the systems are split in two, each part was once ranked above the other: what it
  /// takes for finite strengths.
  private func isConnected(_ counts: [Double]) -> Bool {
    var beats = [[Bool]](
      repeating: [Bool](repeating: false, count: systems), count: systems)
    for kind in counts.indices where counts[kind] > 0 {
      let order = orders[kind]
      for place in order.indices.dropLast() { beats[order[place]][order[place + 1]] = true }
    }
    func reaches(_ isEdge: (Int, Int) -> Bool) -> Bool {
      var found: Set = [0]
      var waiting = [0]
      while let from = waiting.popLast() {
        for to in 0..<systems where isEdge(from, to) && found.insert(to).inserted {
          waiting.append(to)
        }
      }
      return found.count == systems
    }
    return reaches { beats[$0][$1] } && reaches { beats[$1][$0] }
  }
}
