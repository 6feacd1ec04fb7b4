import Tensors
import Testing

/// Strengths equal choix', are those that rankings were drawn with, and intervals hold them as often as
/// they say.
@Suite struct PlackettLuceTests {
  private func largest(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { abs($0 - $1) / $1 }.max() ?? .infinity
  }

  @Test func strengthsAreThoseOfChoix() throws {
    let golden = try RankingGolden.read().strengths
    let model = PlackettLuce(systems: 5, rankings: golden.orders)
    let found = model.strengths()
    #expect(found.areDetermined)
    #expect(largest(found.values, golden.free) < 1e-8)
    #expect(largest(model.strengths(alpha: 0.1), golden.prior) < 1e-8)
  }

  @Test func weightsCountAsSoManyRankings() throws {
    let orders = try RankingGolden.read().strengths.orders
    let weights = orders.indices.map { Double($0 % 3) }
    let repeated = zip(orders, weights).flatMap { Array(repeating: $0, count: Int($1)) }
    let found = PlackettLuce(systems: 5, rankings: orders).strengths(weights: weights)
    let expected = PlackettLuce(systems: 5, rankings: repeated).strengths()
    #expect(largest(found.values, expected.values) < 1e-9)
  }

  /// A system that always wins has no finite strength.
  @Test func strengthsThatRankingsLeaveOpenAreHeldByThePrior() {
    let model = PlackettLuce(systems: 3, rankings: [[0, 1, 2], [0, 2, 1], [0, 1, 2]])
    let found = model.strengths()
    #expect(!found.areDetermined)
    #expect(found.values[0] > 0.8 && found.values[0] < 1)
    #expect(found.values[1] > found.values[2])
  }

  @Test func recoversTheStrengthsOfAKnownModel() {
    let worth = [0.4, 0.25, 0.2, 0.1, 0.05]
    var random = RandomStream(seed: 3, purpose: "known model")
    let orders = (0..<6000).map { _ in random.ranking(worth) }
    let found = PlackettLuce(systems: 5, rankings: orders).strengths().values
    for (value, expected) in zip(found, worth) { #expect(abs(value / expected - 1) < 0.06) }
  }

  /// 60 studies of 8 raters and 6 groups from a known model. The two-way bootstrap is known to be too
  /// wide where single rankings are noisy, as here, and never too narrow: of nominal 95 % at least
  /// 90 % hold the strength, three standard deviations of 300 intervals below.
  @Test func intervalsHoldTheKnownStrengths() throws {
    let worth = [0.4, 0.25, 0.2, 0.1, 0.05]
    var held = 0
    for study in 0..<60 {
      var random = RandomStream(seed: 5, purpose: "known model", index: UInt64(study))
      let rows = (0..<48).map { i in
        let order = random.ranking(worth)
        var ranks = [Double](repeating: 0, count: 5)
        for (place, system) in order.enumerated() { ranks[system] = Double(place + 1) }
        return Rankings.Row(rater: i / 6, group: i % 6, ranks: ranks)
      }
      let rankings = Rankings(systems: 5, rows: rows)
      let model = PlackettLuce(systems: 5, rankings: rows.map(\.order))
      let bootstrap = try #require(
        RankBootstrap(
          rankings, model: model, seed: 0, resamples: 10, strengthResamples: 60))
      for system in 0..<5 {
        let interval = try #require(bootstrap.strengthInterval(of: system))
        if interval[0]...interval[1] ~= worth[system] { held += 1 }
      }
    }
    #expect(held >= 270, "\(held) of 300")
  }
}

/// Two-way resampling.
@Suite struct RankBootstrapTests {
  /// Rankings with tastes of raters and of groups: each system's score is its worth, plus what rater
  /// and group add, plus noise.
  private func rankings(
    raters: Int, groups: Int, worth: [Double], taste: Float, seed: UInt64
  ) -> Rankings {
    func normals(_ purpose: String, _ index: Int) -> [Float] {
      var random = RandomStream(seed: seed, purpose: purpose, index: UInt64(index))
      return random.normals(worth.count)
    }
    let rows = (0..<raters).flatMap { rater in
      (0..<groups).map { group in
        let noise = normals("noise", rater * groups + group)
        let (own, shown) = (normals("rater", rater), normals("group", group))
        let scores = worth.indices.map {
          -worth[$0] - Double(taste * own[$0] + taste * shown[$0] + 0.5 * noise[$0])
        }
        return Rankings.Row(rater: rater, group: group, ranks: midranks(scores))
      }
    }
    return Rankings(systems: worth.count, rows: rows)
  }

  /// Where no system is better, a pair is told apart (at 5 %) in about one study of twenty, although
  /// tastes make rankings dependent; a bootstrap of single rankings finds far more.
  @Test func dependentRankingsAreNotTakenForEvidence() throws {
    var (found, naive) = (0, 0)
    for study in 0..<60 {
      let rankings = rankings(
        raters: 10, groups: 8, worth: [0, 0], taste: 1, seed: UInt64(study))
      let bootstrap = try #require(RankBootstrap(rankings, seed: 1, resamples: 200))
      if bootstrap.pValues[0, 1] < 0.05 { found += 1 }
      if NemenyiTest.pValues(rankings.blocks(.rankings))[0, 1] < 0.05 { naive += 1 }
    }
    // 3 are expected; more than 9 come by chance less than once in a thousand times.
    #expect(found <= 9, "\(found) of 60")
    #expect(naive > 15, "\(naive) of 60")
  }

  @Test func aClearDifferenceIsFound() throws {
    let rankings = rankings(raters: 10, groups: 8, worth: [0, 2, 4], taste: 0.3, seed: 9)
    let bootstrap = try #require(RankBootstrap(rankings, seed: 1, resamples: 500))
    #expect(bootstrap.pValues.holm[0, 2] < 0.05)
    let interval = bootstrap.difference(0, 2)
    #expect(interval[0] > 0.5 && interval[1] <= 2)
    let mean = rankings.means[1]
    let around = bootstrap.interval(of: 1)
    #expect(around[0] <= mean && mean <= around[1])
  }

  @Test func oneRankingHasNoIntervals() {
    let rankings = Rankings(systems: 2, rows: [.init(rater: 3, group: 1, ranks: [1, 2])])
    #expect(RankBootstrap(rankings, seed: 0) == nil)
  }

  /// Raters who stopped half-way: resamples without any ranking are drawn again.
  @Test func sparseRankingsAreResampled() throws {
    let rows = (0..<4).map {
      Rankings.Row(rater: $0, group: $0, ranks: $0 == 0 ? [2, 1] : [1, 2])
    }
    let bootstrap = try #require(
      RankBootstrap(Rankings(systems: 2, rows: rows), seed: 0, resamples: 300))
    let interval = bootstrap.interval(of: 0)
    #expect(interval[0] == 1 && interval[1] > 1)
  }
}

/// Agreement between raters.
@Suite struct RaterAgreementTests {
  @Test func raterWhoAnswersAtRandomShows() {
    let worth = [0.6, 0.2, 0.12, 0.06, 0.02]
    var random = RandomStream(seed: 2, purpose: "raters")
    let rows = (0..<6).flatMap { rater in
      (0..<15).map { group in
        let order = random.ranking(rater == 4 ? [1, 1, 1, 1, 1] : worth)
        var ranks = [Double](repeating: 0, count: 5)
        for (place, system) in order.enumerated() { ranks[system] = Double(place + 1) }
        return Rankings.Row(rater: rater, group: group, ranks: ranks)
      }
    }
    let found = RaterAgreement.all([Rankings(systems: 5, rows: rows)], seed: 0)
    #expect(found.map(\.count) == [15, 15, 15, 15, 15, 15])
    for (rater, agreement) in found.enumerated() {
      #expect((agreement.chanceAtRandom > 0.01) == (rater == 4), "rater \(rater): \(agreement)")
    }
  }

  @Test func nobodyElseNoAgreement() {
    let rankings = Rankings(systems: 2, rows: [.init(rater: 0, group: 0, ranks: [1, 2])])
    #expect(RaterAgreement.all([rankings], seed: 0).map(\.correlation) == [nil])
  }

  @Test func correlationIsSpearmans() {
    #expect(abs((rankCorrelation([1, 2, 3, 4], [1, 2, 4, 3]) ?? 0) - 0.8) < 1e-12)
    #expect(rankCorrelation([2, 2, 2], [1, 2, 3]) == nil)
  }
}

extension RandomStream {
  /// A ranking drawn place by place, each system in proportion to its worth.
  fileprivate mutating func ranking(_ worth: [Double]) -> [Int] {
    var left = Array(worth.indices)
    return worth.indices.map { _ in
      var rest = Double(uniform()) * left.reduce(0) { $0 + worth[$1] }
      let place = left.firstIndex { system in
        rest -= worth[system]
        return rest < 0
      }
      return left.remove(at: place ?? left.count - 1)
    }
  }
}
