import Foundation
import Support
import Tensors

/// What tells raters who look from raters who answer at random.
struct RaterChecks {
  /// One rater, in the order of the collection's.
  struct Rater: Encodable, Equatable {
    let code: String
    let rankings: Int
    /// The mean rank correlation with the other raters; nil where nobody else ranked the same.
    let agreement: Double?
    /// How many of those who answer at random agree at least as well.
    let agreementChance: Double?
    /// The mean rank correlation of repeated groups with the first time.
    let consistency: Double?
    let repeats: Int
    /// Of how many groups the spoiled picture came last.
    let attentionPassed: Int
    let attentionShown: Int
    /// Half of the rankings took longer.
    let medianSeconds: Double?
    var flags: [String] = []

    var isFlagged: Bool { !flags.isEmpty }
  }

  private(set) var raters: [Rater]
  let rule: String
  /// How many raters like these the rule flags by mistake, in words; nil where too few are there to
  /// tell.
  let falseAlarms: String?

  /// A rater who answers at random passes the first check this often.
  private static let level = 0.01
  private static let quantileOfLevel = 2.326347874040841
  /// And contradicts no repeat this often.
  private static let quantileOfRepeats = 1.6448536269514722

  init(_ answers: AnswerCollection, seed: UInt64) {
    let codes = answers.raters
    let agreements = RaterAgreement.all(
      answers.questions.map { answers.rankings(of: $0) }, seed: seed)
    raters = zip(codes, agreements).map { Self.rater($0, $1, answers) }
    for i in raters.indices { raters[i].flags = Self.flags(raters[i], answers.methods.count) }
    rule =
      "A rater is flagged who agrees with the other raters no better than chance (so do 99 in 100 of "
      + "those who answer at random), or who both ranked a picture that was spoiled on purpose above "
      + "another and contradicts their own answers to repeated groups (so do 19 in 20 of those who "
      + "answer at random)."
    falseAlarms = Self.falseAlarms(raters, systems: answers.methods.count)
  }

  private static func rater(
    _ code: String, _ agreement: RaterAgreement, _ answers: AnswerCollection
  ) -> Rater {
    let own = answers.rankings.records.filter { $0.rater == code }
    let again = answers.repeats.records.filter { $0.rater == code }
    let correlations = again.compactMap { record in
      answers.rankings.counterpart(of: record).flatMap { rankCorrelation($0.ranks, record.ranks) }
    }
    let attention = answers.attention.records.filter { $0.rater == code }
    let seconds = own.compactMap(\.seconds).sorted()
    return Rater(
      code: code, rankings: own.count, agreement: agreement.correlation,
      agreementChance: agreement.correlation.map { _ in agreement.chanceAtRandom },
      consistency: correlations.isEmpty ? nil : correlations.mean, repeats: correlations.count,
      attentionPassed: attention.count { $0.hasSpoiledLast }, attentionShown: attention.count,
      medianSeconds: seconds.isEmpty ? nil : seconds[seconds.count / 2])
  }

  private static func flags(_ rater: Rater, _ systems: Int) -> [String] {
    var flags: [String] = []
    if let chance = rater.agreementChance, chance > level {
      flags.append("agrees with the others no better than chance")
    }
    if failsAttention(rater), contradicts(rater, systems) {
      flags.append("missed a spoiled picture and contradicts repeated groups")
    }
    return flags
  }

  private static func failsAttention(_ rater: Rater) -> Bool {
    rater.attentionPassed < rater.attentionShown
  }

  /// Whether repeats agree no better than 19 in 20 random ones would; false where there are too few to
  /// tell.
  private static func contradicts(_ rater: Rater, _ systems: Int) -> Bool {
    guard let consistency = rater.consistency else { return false }
    let limit = quantileOfRepeats / Double(rater.repeats * (systems - 1)).squareRoot()
    return limit < 1 && consistency < limit
  }

  /// From the raters' own spread, which a few who answer at random don't move.
  private static func falseAlarms(_ raters: [Rater], systems: Int) -> String? {
    let agreements = raters.compactMap(\.agreement).sorted()
    guard agreements.count >= 5 else { return nil }
    let counts = raters.map(\.rankings).sorted()
    let limit =
      quantileOfLevel / Double(counts[counts.count / 2] * (systems - 1)).squareRoot()
    let middle = agreements[agreements.count / 2]
    let distances = agreements.map { abs($0 - middle) }.sorted()
    let spread = 1.4826 * distances[distances.count / 2]
    let first =
      spread > 0 ? normalDistribution((limit - middle) / spread) : middle < limit ? 1 : 0
    let passing = raters.filter { ($0.agreementChance ?? 1) <= level }
    let share = { (isFailing: (Rater) -> Bool) in
      Double(passing.count(where: isFailing)) / Double(max(passing.count, 1))
    }
    let second = share(failsAttention) * share { contradicts($0, systems) }
    let both = 1 - (1 - first) * (1 - second)
    let percent = both < 0.001 ? "less than 0.1" : "about " + (100 * both).significant(2)
    return "Of raters like these, \(percent) % are flagged by mistake: half of them agree with the "
      + "others by \(middle.fixed(2)) or more (spread \(spread.fixed(2))), where "
      + "\(limit.fixed(2)) is wanted."
  }
}
