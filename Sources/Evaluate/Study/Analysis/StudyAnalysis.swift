import Foundation
import Support
import Tensors

/// What a study found.
public struct StudyAnalysis {
  let methods: [String]
  let questions: [QuestionAnalysis]
  let checks: RaterChecks
  let files: Int
  /// Raters whose answers are not analysed, by code.
  let excluded: [String]
  let notes: [String]
  let leftOut: [String]
  let seed: UInt64

  /// Reads and analyses answers.
  ///
  /// - Parameters:
  ///   - files: What raters saved (`.json`), or tables of ranks (`.csv`).
  ///   - study: The key to the page; nil for tables, which name methods themselves.
  ///   - excludingFlagged: Leaves out raters who seem to answer at random.
  ///   - seed: Of the resamples.
  /// - Throws: ``StudyError``, ``MalformedFile``, `FileError`.
  public init(
    files: [String], study: Study?, excludingFlagged: Bool = false, seed: UInt64 = 0
  ) throws {
    try self.init(
      files: files, study: study, excludingFlagged: excludingFlagged, seed: seed,
      resamples: StudyResamples())
  }

  package init(
    files: [String], study: Study?, excludingFlagged: Bool = false, seed: UInt64 = 0,
    resamples: StudyResamples
  ) throws {
    let answers = try AnswerCollection(files, study: study)
    checks = RaterChecks(answers, seed: seed)
    let flagged = checks.raters.filter(\.isFlagged).map(\.code)
    excluded = excludingFlagged ? flagged : []
    let kept = answers.without(Set(excluded))
    guard !kept.rankings.records.isEmpty else {
      throw StudyError.nothingToAnalyse(files: files.count, reasons: ["all raters are flagged"])
    }
    methods = answers.methods
    questions = kept.questions.map {
      QuestionAnalysis($0, kept, seed: seed, resamples: resamples)
    }
    (self.files, self.seed) = (files.count, seed)
    (notes, leftOut) = (answers.notes, answers.leftOut)
  }

  var flagged: [RaterChecks.Rater] { checks.raters.filter(\.isFlagged) }

  /// What claims rest on, and why.
  static let basis =
    "Claims rest on the bootstrap over raters and groups at once: a method is better than another if it "
    + "would be with other people and other pictures. Rankings of one rater, or of one group, are not "
    + "independent, so that tests that take each ranking for a block find more than there is; tests "
    + "over raters alone speak of these pictures, tests over groups alone of these people."

  static let intervals =
    "95 % percentile intervals of \(RankBootstrap.resamples) resamples of raters and groups at once "
    + "(strengths: \(RankBootstrap.strengthResamples))"

  /// Writes `analysis.json` and `analysis.html` into a folder.
  public func write(to folder: URL) throws {
    try Folder.make(folder.relativePath)
    try writeJSON(self, to: folder.appending(path: "analysis.json"))
    let page = Data(AnalysisPage(analysis: self).html.utf8)
    try AtomicFile.write(page, to: folder.appending(path: "analysis.html").relativePath)
  }
}

// MARK: analysis.json

extension StudyAnalysis: Encodable {
  enum CodingKeys: String, CodingKey {
    case methods, questions, raters, files, excluded, notes, basis, intervals, rule, seed
    case leftOut = "left_out"
    case falseAlarms = "false_alarms"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(methods, forKey: .methods)
    let found = questions.map { ($0.question, $0) }
    try container.encode(Dictionary(uniqueKeysWithValues: found), forKey: .questions)
    try container.encode(checks.raters, forKey: .raters)
    try container.encode(checks.rule, forKey: .rule)
    try container.encode(checks.falseAlarms, forKey: .falseAlarms)
    try container.encode(excluded, forKey: .excluded)
    try container.encode(files, forKey: .files)
    try container.encode(notes, forKey: .notes)
    try container.encode(leftOut, forKey: .leftOut)
    try container.encode(Self.basis, forKey: .basis)
    try container.encode(Self.intervals, forKey: .intervals)
    try container.encode(seed, forKey: .seed)
  }
}

extension QuestionAnalysis: Encodable {
  enum CodingKeys: String, CodingKey {
    case counts, methods, pairs, tests, notes
    case agreementWithinGroups = "agreement_within_groups"
    case strengthsAreDetermined = "strengths_are_determined"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(counts, forKey: .counts)
    try container.encode(systems.map { Row($0, question) }, forKey: .methods)
    try container.encode(pairs.map { Pair($0, methods) }, forKey: .pairs)
    let named = tests.map { ($0.blocks.rawValue, Test($0)) }
    try container.encode(Dictionary(uniqueKeysWithValues: named), forKey: .tests)
    try container.encode(agreementWithinGroups, forKey: .agreementWithinGroups)
    try container.encode(strengthsAreDetermined, forKey: .strengthsAreDetermined)
    try container.encode(notes, forKey: .notes)
  }

  private struct Row: Encodable {
    let method: String
    let meanRank: Double
    let meanRankInterval: [Double]?
    let strength: Double?
    let strengthInterval: [Double]?
    let published: Double?

    enum CodingKeys: String, CodingKey {
      case method, strength, published
      case meanRank = "mean_rank"
      case meanRankInterval = "mean_rank_ci95"
      case strengthInterval = "strength_ci95"
    }

    init(_ row: SystemResult, _ question: String) {
      (method, meanRank, meanRankInterval) = (row.method, row.meanRank, row.meanRankInterval)
      (strength, strengthInterval) = (row.strength, row.strengthInterval)
      published = PublishedStudy.meanRank(of: row.method, for: question)
    }
  }

  private struct Pair: Encodable {
    let better, worse: String
    let difference: Double
    let interval: [Double]?
    let pValue: Double?
    let isTold: Bool
    let nemenyi, conover: [String: Double]

    enum CodingKeys: String, CodingKey {
      case better, worse, difference, nemenyi, conover
      case interval = "ci95"
      case pValue = "p_holm"
      case isTold = "told_apart"
    }

    init(_ pair: PairResult, _ methods: [String]) {
      (better, worse) = (methods[pair.better], methods[pair.worse])
      (difference, interval, pValue) = (pair.difference, pair.interval, pair.pValue)
      isTold = pair.isTold
      nemenyi = Dictionary(uniqueKeysWithValues: pair.nemenyi.map { ($0.key.rawValue, $0.value) })
      conover = Dictionary(uniqueKeysWithValues: pair.conover.map { ($0.key.rawValue, $0.value) })
    }
  }

  private struct Test: Encodable {
    let blocks: Int
    let chiSquared, pValue, concordance, f, fPValue: Double?
    let criticalDifference: Double

    enum CodingKeys: String, CodingKey {
      case blocks
      case chiSquared = "friedman_chi2"
      case pValue = "friedman_p"
      case concordance = "kendall_w"
      case f = "iman_davenport_f"
      case fPValue = "iman_davenport_p"
      case criticalDifference = "nemenyi_critical_difference"
    }

    init(_ test: BlockTest) {
      blocks = test.count
      chiSquared = test.friedman?.chiSquared
      (pValue, concordance) = (test.friedman?.pValue, test.friedman?.concordance)
      (f, fPValue) = (test.friedman?.f, test.friedman?.fPValue)
      criticalDifference = test.criticalDifference
    }
  }
}
