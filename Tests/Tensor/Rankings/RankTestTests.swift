import Tensors
import Testing

/// Distributions, Friedman's test and the comparisons after it equal SciPy's and scikit-posthocs'.
@Suite struct RankTestTests {
  private let golden: RankingGolden

  init() throws { golden = try RankingGolden.read() }

  /// |a − b| relative to b, as for chances that span many powers of ten.
  private func expectNear(
    _ found: Double, _ expected: Double, _ tolerance: Double = 1e-9, _ name: String = ""
  ) {
    let error = abs(found - expected) / max(abs(expected), 1e-300)
    #expect(error < tolerance, "\(name): found \(found), expected \(expected)")
  }

  @Test func chancesOfDistributionsAreSciPys() {
    let rows = golden.distributions
    for row in rows.chiSquared {
      expectNear(chiSquaredTail(row[0], freedom: row[1]), row[2], "chi2 \(row)")
    }
    for row in rows.f { expectNear(fTail(row[0], row[1], row[2]), row[3], "F \(row)") }
    for row in rows.student {
      expectNear(studentTwoSided(row[0], freedom: row[1]), row[2], "t \(row)")
    }
    for row in rows.studentizedRange {
      // SciPy integrates to about 1e-10, absolutely.
      let found = studentizedRangeTail(row[0], count: Int(row[1]))
      #expect(abs(found - row[2]) < 1e-9, "range \(row): \(found)")
    }
  }

  private func expectNear(_ found: Double, _ expected: Double, _ name: String) {
    expectNear(found, expected, 1e-9, name)
  }

  /// Demšar 2006, table 5a, whose last digits are cut off.
  @Test(arguments: [(2, 1.960), (3, 2.343), (5, 2.728), (10, 3.164)])
  func criticalValuesAreThoseOfTables(_ systems: Int, _ value: Double) {
    let found = studentizedRangeQuantile(chance: 0.05, count: systems) / 2.squareRoot()
    #expect(abs(found - value) < 1e-3)
  }

  @Test(arguments: [\RankingGolden.strict, \RankingGolden.tied])
  func friedmansTestIsSciPys(_ path: KeyPath<RankingGolden, RankingGolden.Tests> & Sendable) throws
  {
    let expected = golden[keyPath: path]
    let found = try #require(FriedmanTest(expected.ranks))
    expectNear(found.chiSquared, expected.chiSquared, "chi2")
    expectNear(found.pValue, expected.pValue, "p")
    expectNear(try #require(found.f), expected.f, "F")
    expectNear(found.fPValue, expected.fPValue, "p of F")
    let (n, k) = (Double(expected.ranks.count), Double(expected.ranks[0].count))
    expectNear(found.concordance, expected.chiSquared / (n * (k - 1)), "W")
  }

  @Test(arguments: [\RankingGolden.strict, \RankingGolden.tied])
  func pairsAreScikitPosthocs(
    _ path: KeyPath<RankingGolden, RankingGolden.Tests> & Sendable
  ) {
    let expected = golden[keyPath: path]
    let (nemenyi, conover) = (
      NemenyiTest.pValues(expected.ranks), ConoverTest.pValues(expected.ranks)
    )
    for (i, j) in PairTable.pairs(expected.ranks[0].count) {
      // From integrals, as above.
      #expect(abs(nemenyi[i, j] - expected.nemenyi[i][j]) < 1e-6, "Nemenyi \(i), \(j)")
      expectNear(conover[i, j], expected.conover[i][j], "Conover \(i), \(j)")
      expectNear(conover.holm[j, i], expected.conoverHolm[i][j], "Holm \(i), \(j)")
    }
  }

  @Test func holmsMethodIsStatsmodels() {
    // Six pairs are those of four systems.
    let pairs = PairTable.pairs(4)
    let table = PairTable(systems: 4) { i, j in
      golden.holm.p[pairs.firstIndex { $0 == (i, j) } ?? 0]
    }
    for (place, pair) in pairs.enumerated() {
      expectNear(table.holm[pair.0, pair.1], golden.holm.adjusted[place], "pair \(pair)")
    }
  }

  /// From the means that the paper prints: both columns sum to 15, so that rankings were complete.
  @Test func meanRanksOfThePaperGiveTheirConcordance() {
    let quality = FriedmanTest(means: [3.83, 3.93, 3.09, 2.36, 1.79], count: 1500)
    let consistency = FriedmanTest(means: [3.84, 3.95, 1.66, 3.48, 2.07], count: 1500)
    #expect(abs(quality.concordance - 0.344) < 5e-4)
    #expect(abs(consistency.concordance - 0.450) < 5e-4)
    expectNear(quality.chiSquared, 4 * 1500 * quality.concordance, "chi2 = W N (k - 1)")
  }

  @Test(arguments: [(1500, 0.158), (50, 0.863), (30, 1.114)])
  func criticalDifferencesOfFiveSystems(_ blocks: Int, _ expected: Double) {
    let found = NemenyiTest.criticalDifference(systems: 5, blocks: blocks, level: 0.05)
    #expect(abs(found - expected) < 6e-4)
  }

  @Test func meansOfStrictRankingsSayWhatTheRankingsDo() throws {
    let whole = try #require(FriedmanTest(golden.strict.ranks))
    let means = Rankings(
      systems: 5, rows: golden.strict.ranks.map { .init(rater: 0, group: 0, ranks: $0) }
    ).means
    let found = FriedmanTest(means: means, count: golden.strict.ranks.count)
    expectNear(found.chiSquared, whole.chiSquared, "chi2")
    expectNear(found.pValue, whole.pValue, "p")
  }

  @Test func raterWhoAllAgreeHaveConcordanceOne() throws {
    let test = try #require(FriedmanTest([[1, 2, 3], [1, 2, 3], [1, 2, 3]]))
    #expect(test.concordance == 1)
    #expect(test.f == nil && test.fPValue == 0)
    #expect(ConoverTest.pValues([[1, 2, 3], [1, 2, 3]])[0, 1] == 0)
  }

  @Test func nothingIsTestedWhereNothingCanBe() {
    #expect(FriedmanTest([[1, 2, 3]]) == nil)
    #expect(FriedmanTest([[2, 2, 2], [2, 2, 2]]) == nil)
  }

  @Test func equalValuesShareTheirPlaces() {
    #expect(midranks([2, 7, 2, 1]) == [2.5, 4, 2.5, 1])
    #expect(midranks([0.1 + 0.2, 0.3]) == [1.5, 1.5])
  }

  @Test func blocksOfRatersAndGroupsRankTheirMeans() {
    let rows = [
      ([1, 2, 3], 0, 0), ([1, 3, 2], 0, 1), ([3, 2, 1], 1, 0), ([2, 3, 1], 1, 1),
      ([2, 1, 3], 2, 0),
    ].map { Rankings.Row(rater: $0.1, group: $0.2, ranks: $0.0) }
    let rankings = Rankings(systems: 3, rows: rows)
    #expect(rankings.blocks(.rankings).count == 5)
    // The third rater has half as many rankings as the others, which is enough.
    #expect(rankings.blocks(.raters) == [[1, 2.5, 2.5], [2.5, 2.5, 1], [2, 1, 3]])
    #expect(rankings.blocks(.groups).count == 2)
  }

  @Test func raterWhoStoppedEarlyIsNoBlock() {
    let rows =
      (0..<5).map { Rankings.Row(rater: 0, group: $0, ranks: [1, 2]) }
      + [Rankings.Row(rater: 1, group: 0, ranks: [2, 1])]
    #expect(Rankings(systems: 2, rows: rows).blocks(.raters) == [[1, 2]])
  }
}
