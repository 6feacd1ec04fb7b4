import Support

extension AnswerFile {
  static let format = "pbe-study-answers"
  private static let sizeLimit = 16 << 20

  /// Reads the answers that a rater saved from the page.
  ///
  /// - Throws: ``MalformedFile``, `FileError`.
  init(readingPageAnswers path: String, of study: Study) throws {
    let document = try CheckedJSON(readingFile: path, limit: Self.sizeLimit)
    try document.requireFormat(Self.format, 1, writtenBy: "a study's page")
    let name = try document["study"]
    guard try name.text == study.identifier else {
      throw name.problem(
        "'\(try name.text)'", expected: "'\(study.identifier)', the study whose key was given")
    }
    let rater = try document["rater"]
    guard try rater.text.wholeMatch(of: /[A-Za-z0-9_-]{1,32}/) != nil else {
      throw rater.problem(
        rater.value.summary, expected: "a code of up to 32 letters, digits, '-' and '_'")
    }
    self.init(path: path, methods: study.methods.map(\.name))
    let groups = Dictionary(uniqueKeysWithValues: study.groups.map { ($0.identifier, $0) })
    var seen: Set<[String]> = []
    for entry in try document["rankings"].list {
      let question = try entry["question"]
      guard let asked = StudyQuestion(rawValue: try question.text) else {
        throw question.problem(
          question.value.summary,
          expected: StudyQuestion.allCases.map(\.rawValue).joined(separator: " or "))
      }
      let identifier = try entry["group"]
      guard let group = groups[try identifier.text] else {
        throw identifier.problem(identifier.value.summary, expected: "a group of the study")
      }
      guard seen.insert([asked.rawValue, group.identifier]).inserted else {
        throw identifier.problem(
          "\(group.identifier) again", expected: "each group once for each question")
      }
      try add(entry, asked, group, rater: try rater.text)
    }
  }

  private mutating func add(
    _ entry: CheckedJSON, _ question: StudyQuestion, _ group: StudyGroup, rater: String
  ) throws {
    let order = try entry["order"]
    let found = try Self.results(order, of: group)
    if let shown = try entry.member("shown"),
      try Self.results(shown, of: group).count != methods.count
    {
      throw shown.problem(shown.value.summary, expected: "all results of \(group.identifier)")
    }
    guard found.count == methods.count else {
      leftOut.append(
        "\(path), \(order.place): orders \(found.count) of \(methods.count) results of group "
          + group.identifier)
      return
    }
    let seconds = try entry.member("seconds").map { value in
      guard try value.number >= 0 else {
        throw value.problem(value.value.summary, expected: "a number of seconds")
      }
      return try value.number
    }
    var ranks = [Double](repeating: 0, count: methods.count)
    for (place, result) in found.enumerated() {
      if let method = result.method { ranks[method] = Double(place + 1) }
    }
    func record(_ name: String) -> RankingRecord {
      RankingRecord(
        rater: rater, question: question.rawValue, group: name, ranks: ranks, file: path,
        seconds: seconds)
    }
    switch group.kind {
    case .ranked: rankings.append(record(group.identifier))
    case .repeated(let first): repeats.append(record(first))
    case .attention: attention.append(record(group.identifier))
    }
  }

  /// Results by identifier, each at most once.
  private static func results(_ list: CheckedJSON, of group: StudyGroup) throws -> [StudyResult] {
    var used: Set<String> = []
    return try list.list.map { entry in
      guard let result = group.maker(of: try entry.text) else {
        throw entry.problem(
          entry.value.summary, expected: "a result of group \(group.identifier)")
      }
      guard used.insert(result.identifier).inserted else {
        throw entry.problem("\(result.identifier) again", expected: "each result once")
      }
      return result
    }
  }
}
