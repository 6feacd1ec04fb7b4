import Support
import Tensors

/// The answers of all files together, each counted once.
struct AnswerCollection {
  let methods: [String]
  private(set) var rankings = RecordSet()
  private(set) var repeats = RecordSet()
  /// Of groups with a spoiled picture, which has no rank.
  private(set) var attention = RecordSet()
  /// What the reader should know.
  private(set) var notes: [String] = []
  /// What was left out, and where.
  private(set) var leftOut: [String] = []

  /// Reads answers from a study's page (`.json`) and tables (`.csv`).
  ///
  /// - Throws: ``StudyError``, ``MalformedFile``, `FileError`.
  init(_ paths: [String], study: Study?) throws {
    let files = try paths.map { path in
      if path.lowercased().hasSuffix(".csv") { return try AnswerFile(readingTable: path) }
      guard let study else { throw StudyError.noKey }
      return try AnswerFile(readingPageAnswers: path, of: study)
    }
    methods = files.first?.methods ?? []
    for file in files.dropFirst() where Set(file.methods) != Set(methods) {
      throw StudyError.otherMethods(
        a: files[0].path, b: file.path,
        onlyInA: methods.filter { !file.methods.contains($0) },
        onlyInB: file.methods.filter { !methods.contains($0) })
    }
    for file in files { try add(file) }
    guard !rankings.records.isEmpty else {
      throw StudyError.nothingToAnalyse(files: files.count, reasons: leftOut)
    }
  }

  private mutating func add(_ file: AnswerFile) throws {
    // Tables may list the methods in another order.
    let places = methods.compactMap { file.methods.firstIndex(of: $0) }
    func arranged(_ record: RankingRecord) -> RankingRecord {
      RankingRecord(
        rater: record.rater, question: record.question, group: record.group,
        ranks: places.map { record.ranks[$0] }, file: record.file, seconds: record.seconds)
    }
    leftOut += file.leftOut
    var repeated = 0
    for record in file.rankings where try !rankings.add(arranged(record)) { repeated += 1 }
    for record in file.repeats where try !repeats.add(arranged(record)) { repeated += 1 }
    for record in file.attention where try !attention.add(arranged(record)) { repeated += 1 }
    if repeated > 0 {
      notes.append("\(repeated) rankings of \(file.path) are in another file, too: counted once.")
    }
  }

  /// Without the answers of some raters.
  func without(_ raters: Set<String>) -> AnswerCollection {
    var copy = self
    copy.rankings.remove(raters)
    copy.repeats.remove(raters)
    copy.attention.remove(raters)
    return copy
  }

  // MARK: Numbers for names

  /// The page's first, in its own order, then others by name.
  var questions: [String] {
    let found = Set(rankings.records.map(\.question))
    let known = StudyQuestion.allCases.map(\.rawValue)
    return known.filter(found.contains) + found.subtracting(known).sorted()
  }

  // Sorted, so that what is drawn doesn't depend on the order of the files.
  var raters: [String] { Set(rankings.records.map(\.rater)).sorted() }
  var groups: [String] { Set(rankings.records.map(\.group)).sorted() }

  /// The rankings of one question, raters and groups numbered as in ``raters`` and ``groups``.
  func rankings(of question: String) -> Rankings {
    let (raters, groups) = (Self.numbers(raters), Self.numbers(groups))
    return Rankings(
      systems: methods.count,
      rows: rankings.records.filter { $0.question == question }.map { record in
        Rankings.Row(
          rater: raters[record.rater] ?? 0, group: groups[record.group] ?? 0, ranks: record.ranks)
      })
  }

  private static func numbers(_ names: [String]) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
  }
}

/// Rankings, no two by one rater of one group for one question.
struct RecordSet {
  private(set) var records: [RankingRecord] = []
  private var places: [[String]: Int] = [:]

  /// - Returns: Whether it is new.
  /// - Throws: ``StudyError/contradictingAnswers(rater:question:group:a:b:)``.
  mutating func add(_ record: RankingRecord) throws -> Bool {
    guard let place = places[record.key] else {
      places[record.key] = records.count
      records.append(record)
      return true
    }
    guard records[place].ranks == record.ranks else {
      throw StudyError.contradictingAnswers(
        rater: record.rater, question: record.question, group: record.group,
        a: records[place].file, b: record.file)
    }
    return false
  }

  mutating func remove(_ raters: Set<String>) {
    records.removeAll { raters.contains($0.rater) }
    places = Dictionary(uniqueKeysWithValues: records.enumerated().map { ($1.key, $0) })
  }

  /// The ranking of the same rater, question and group.
  func counterpart(of record: RankingRecord) -> RankingRecord? {
    places[record.key].map { records[$0] }
  }
}

extension RankingRecord {
  fileprivate var key: [String] { [rater, question, group] }

  /// Whether a group's spoiled picture, which has no rank, came last.
  var hasSpoiledLast: Bool { !ranks.contains(Double(ranks.count)) }
}
