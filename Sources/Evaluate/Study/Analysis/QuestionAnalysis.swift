import Foundation
import Support
import Tensors

/// What the rankings of one question say.
struct QuestionAnalysis {
  let question: String
  let methods: [String]
  let counts: Counts
  let systems: [SystemResult]
  let pairs: [PairResult]
  let tests: [BlockTest]
  /// Kendall's W of the raters on one group, averaged over groups; nil where no group has two.
  let agreementWithinGroups: Double?
  /// Whether rankings alone determine the strengths; nil where all have ties.
  let strengthsAreDetermined: Bool?
  let notes: [String]

  struct Counts: Encodable {
    let rankings, raters, groups: Int
    /// Rankings with ties, which have no part in strengths.
    let tied: Int
  }

  struct SystemResult: Encodable {
    let method: String
    let meanRank: Double
    /// Low, high; nil where one rater ranked one group.
    let meanRankInterval: [Double]?
    /// The chance to come first under a Plackett–Luce model; nil where all rankings have ties.
    let strength: Double?
    let strengthInterval: [Double]?
  }

  /// A pair of methods, the better one by mean rank first.
  struct PairResult {
    let better, worse: Int
    /// How much lower the mean rank is, from 0.
    let difference: Double
    let interval: [Double]?
    /// Of the two-way bootstrap, by Holm's method for all pairs; what claims rest on.
    let pValue: Double?
    /// By the kind of blocks: Nemenyi, and Conover by Holm's method.
    let nemenyi: [RankingBlocks: Double]
    let conover: [RankingBlocks: Double]

    /// Whether the study tells them apart.
    var isTold: Bool { pValue.map { $0 < 0.05 } ?? false }
  }

  /// Tests with one kind of blocks.
  struct BlockTest {
    let blocks: RankingBlocks
    let count: Int
    let friedman: FriedmanTest?
    /// What mean ranks of blocks must differ by, at 5 %.
    let criticalDifference: Double
  }

  init(_ question: String, _ answers: AnswerCollection, seed: UInt64, resamples: StudyResamples) {
    let rankings = answers.rankings(of: question)
    let strict = rankings.rows.filter(\.isStrict)
    let model =
      strict.isEmpty
      ? nil : PlackettLuce(systems: rankings.systems, rankings: strict.map(\.order))
    let bootstrap = RankBootstrap(
      rankings, model: model, seed: seed, resamples: resamples.means,
      strengthResamples: resamples.strengths)
    let blocks = Dictionary(
      uniqueKeysWithValues: RankingBlocks.allCases.map { ($0, rankings.blocks($0)) })
    let strengths = model?.strengths()
    let means = rankings.means

    self.question = question
    methods = answers.methods
    counts = Counts(
      rankings: rankings.rows.count, raters: Set(rankings.rows.map(\.rater)).count,
      groups: Set(rankings.rows.map(\.group)).count, tied: rankings.rows.count - strict.count)
    systems = answers.methods.indices.map { system in
      SystemResult(
        method: answers.methods[system], meanRank: means[system],
        meanRankInterval: bootstrap?.interval(of: system), strength: strengths?.values[system],
        strengthInterval: bootstrap?.strengthInterval(of: system))
    }
    pairs = Self.pairs(means, bootstrap, blocks)
    tests = RankingBlocks.allCases.map { kind in
      let found = blocks[kind] ?? []
      return BlockTest(
        blocks: kind, count: found.count, friedman: FriedmanTest(found),
        criticalDifference: NemenyiTest.criticalDifference(
          systems: rankings.systems, blocks: max(found.count, 1), level: 0.05))
    }
    agreementWithinGroups = Self.agreement(rankings)
    strengthsAreDetermined = strengths?.areDetermined
    notes = Self.notes(counts, strengths?.areDetermined, rankings)
  }

  private static func pairs(
    _ means: [Double], _ bootstrap: RankBootstrap?, _ blocks: [RankingBlocks: [[Double]]]
  ) -> [PairResult] {
    // One block says nothing about others.
    let tested = blocks.filter { $0.value.count > 1 }
    let nemenyi = tested.mapValues { NemenyiTest.pValues($0) }
    let conover = tested.mapValues { ConoverTest.pValues($0).holm }
    let pValues = bootstrap?.pValues.holm
    return PairTable.pairs(means.count).map { i, j in
      let (better, worse) = means[i] <= means[j] ? (i, j) : (j, i)
      return PairResult(
        better: better, worse: worse, difference: means[worse] - means[better],
        interval: bootstrap?.difference(worse, better), pValue: pValues?[i, j],
        nemenyi: nemenyi.mapValues { $0[i, j] }, conover: conover.mapValues { $0[i, j] })
    }
  }

  private static func agreement(_ rankings: Rankings) -> Double? {
    let groups = Dictionary(grouping: rankings.rows, by: \.group).sorted { $0.key < $1.key }
    let found = groups.compactMap { FriedmanTest($0.value.map(\.ranks))?.concordance }
    return found.isEmpty ? nil : found.mean
  }

  private static func notes(
    _ counts: Counts, _ areDetermined: Bool?, _ rankings: Rankings
  ) -> [String] {
    var notes: [String] = []
    if counts.raters == 1 {
      notes.append("One rater: intervals speak of other groups, not of other people.")
    }
    if counts.groups == 1 {
      notes.append("One group: intervals speak of other raters, not of other pictures.")
    }
    if counts.rankings < counts.raters * counts.groups {
      notes.append(
        "Not every rater ranked every group: \(counts.rankings) of "
          + "\(counts.raters * counts.groups) rankings are there. Each counts once; raters and groups "
          + "with less than half as many as the fullest are left out of the tests over raters and "
          + "groups.")
    }
    if counts.tied > 0 {
      notes.append("\(counts.tied) rankings have ties: they count in ranks, not in strengths.")
    }
    if areDetermined == false {
      notes.append(
        "Some methods always beat the others, so that strengths have no finite estimate: those given "
          + "are held by a weak prior (alpha \(PlackettLuce.prior)).")
    }
    return notes
  }
}
