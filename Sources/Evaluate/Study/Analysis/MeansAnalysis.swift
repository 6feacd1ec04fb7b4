import Foundation
import Support
import Tensors

/// What can be told from mean ranks alone, which is what papers print.
public struct MeansAnalysis: Sendable {
  public struct Question: Sendable, Equatable {
    public let name: String
    /// In the order of the methods.
    public let means: [Double]

    public init(name: String, means: [Double]) { (self.name, self.means) = (name, means) }
  }

  public let methods: [String]
  public let questions: [Question]
  public let raters: Int
  public let groups: Int

  /// - Parameters:
  ///   - methods: At least two.
  ///   - questions: With a mean rank from 1 to the number of methods for each.
  ///   - raters: How many ranked.
  ///   - groups: How many each of them ranked.
  public init(methods: [String], questions: [Question], raters: Int, groups: Int) {
    precondition(methods.count > 1 && raters > 0 && groups > 0)
    precondition(questions.allSatisfy { $0.means.count == methods.count })
    (self.methods, self.questions) = (methods, questions)
    (self.raters, self.groups) = (raters, groups)
  }

  /// The paper's own.
  public static let published = MeansAnalysis(
    methods: PublishedStudy.methods,
    questions: PublishedStudy.meanRanks.map { Question(name: $0.question, means: $0.means) },
    raters: PublishedStudy.raters, groups: PublishedStudy.groups)

  /// The same with other numbers of raters and groups.
  public func with(raters: Int?, groups: Int?) -> MeansAnalysis {
    MeansAnalysis(
      methods: methods, questions: questions, raters: raters ?? self.raters,
      groups: groups ?? self.groups)
  }

  /// What a mean rank may be taken to rest on.
  struct Extent {
    let name: String
    let count: Int
    let criticalDifference: Double
  }

  var extents: [Extent] {
    [
      ("rankings", raters * groups), ("raters", raters), ("groups", groups),
    ].map { name, count in
      Extent(
        name: name, count: count,
        criticalDifference: NemenyiTest.criticalDifference(
          systems: methods.count, blocks: count, level: 0.05))
    }
  }

  func friedman(_ question: Question) -> FriedmanTest {
    FriedmanTest(means: question.means, count: raters * groups)
  }

  /// What is odd about the numbers; nil for nothing.
  func remark(_ question: Question) -> String? {
    let (sum, k) = (question.means.reduce(0, +), Double(methods.count))
    let expected = k * (k + 1) / 2
    // Printed with two digits.
    guard abs(sum - expected) > 0.006 * k else { return nil }
    return "The mean ranks of \(question.name) sum to \(sum.fixed(2)), complete rankings to "
      + "\(expected.fixed(0)): some are incomplete or misprinted, and W is off."
  }

  /// The pairs of a question, the better one first; best first.
  func pairs(_ question: Question) -> [(better: Int, worse: Int, difference: Double)] {
    let order = question.means.indices.sorted { question.means[$0] < question.means[$1] }
    return order.indices.flatMap { i in
      order[(i + 1)...].map { worse in
        (order[i], worse, question.means[worse] - question.means[order[i]])
      }
    }
  }

  /// For the terminal.
  public var summary: String {
    var lines: [String] = []
    for question in questions {
      let test = friedman(question)
      lines.append(
        "\(question.name): Kendall's W \(test.concordance.fixed(3)); Friedman chi2 "
          + "\(test.chiSquared.fixed(2)), p \(pText(test.pValue)), if all \(test.blocks) rankings "
          + "were independent")
      let head = ["better", "than", "by"] + extents.map { "\($0.count) \($0.name)" }
      let rows = pairs(question).map { pair in
        [methods[pair.better], methods[pair.worse], pair.difference.fixed(2)]
          + extents.map { pair.difference > $0.criticalDifference ? "told" : "not told" }
      }
      let last =
        ["critical difference (Nemenyi, 5 %)", "", ""]
        + extents.map { $0.criticalDifference.fixed(4) }
      lines += TextTable(rows: [head] + rows + [last]).lines
      lines += remark(question).map { [$0] } ?? []
      lines.append("")
    }
    lines.append(
      "Mean ranks don't say how much raters and groups differ, so there are no intervals. Rankings of "
        + "one rater, or of one group, are not independent: what only the first column tells apart, "
        + "other people or other pictures may not.")
    return lines.joined(separator: "\n")
  }

  /// Writes `means.json` into a folder.
  public func write(to folder: URL) throws {
    try Folder.make(folder.relativePath)
    try writeJSON(self, to: folder.appending(path: "means.json"))
  }
}

extension MeansAnalysis: Encodable {
  enum CodingKeys: String, CodingKey {
    case methods, raters, groups, questions
    case criticalDifferences = "nemenyi_critical_difference"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(methods, forKey: .methods)
    try container.encode(raters, forKey: .raters)
    try container.encode(groups, forKey: .groups)
    let differences = extents.map { ($0.name, $0.criticalDifference) }
    try container.encode(
      Dictionary(uniqueKeysWithValues: differences), forKey: .criticalDifferences)
    let found = questions.map { ($0.name, Written($0, self)) }
    try container.encode(Dictionary(uniqueKeysWithValues: found), forKey: .questions)
  }

  private struct Written: Encodable {
    let means: [Double]
    let concordance, chiSquared, pValue: Double
    let remark: String?
    let pairs: [Pair]

    enum CodingKeys: String, CodingKey {
      case pairs, remark
      case means = "mean_ranks"
      case concordance = "kendall_w"
      case chiSquared = "friedman_chi2"
      case pValue = "friedman_p"
    }

    init(_ question: Question, _ analysis: MeansAnalysis) {
      let test = analysis.friedman(question)
      means = question.means
      (concordance, chiSquared, pValue) = (test.concordance, test.chiSquared, test.pValue)
      remark = analysis.remark(question)
      pairs = analysis.pairs(question).map { pair in
        let told = analysis.extents.map { ($0.name, pair.difference > $0.criticalDifference) }
        return Pair(
          better: analysis.methods[pair.better], worse: analysis.methods[pair.worse],
          difference: pair.difference, toldApartBy: Dictionary(uniqueKeysWithValues: told))
      }
    }
  }

  private struct Pair: Encodable {
    let better, worse: String
    let difference: Double
    let toldApartBy: [String: Bool]

    enum CodingKeys: String, CodingKey {
      case better, worse, difference
      case toldApartBy = "told_apart_by"
    }
  }
}
