import Evaluation
import Foundation
import TestSupport
import Testing

/// `pbe-eval study analyse`: what is made of answers, and of odd ones.
@Suite struct StudyAnalysisTests {
  private let small: SmallStudy
  private let study: Study

  init() throws {
    small = try SmallStudy()
    study = try small.make()
  }

  private func answers(_ name: String, _ fixture: PageAnswersFixture) throws -> String {
    try fixture.write(study, to: small.folder.file("\(name).json"))
    return small.folder.path("\(name).json")
  }

  private func analysis(_ files: [String], study: Study?, seed: UInt64 = 0) throws -> [String: Any]
  {
    let output = small.folder.file("analysis")
    try StudyAnalysis(
      files: files, study: study, seed: seed, resamples: .init(means: 200, strengths: 30)
    ).write(to: output)
    return try small.folder.json("analysis/analysis.json")
  }

  private func question(_ name: String, _ found: [String: Any]) throws -> [String: Any] {
    let questions = try #require(found["questions"] as? [String: Any])
    return try #require(questions[name] as? [String: Any])
  }

  private func meanRanks(_ question: [String: Any]) -> [String: Double] {
    let rows = question["methods"] as? [[String: Any]] ?? []
    return Dictionary(
      uniqueKeysWithValues: rows.map {
        ($0["method"] as? String ?? "", $0["mean_rank"] as? Double ?? .nan)
      })
  }

  /// Two raters agree on quality and disagree on consistency; repeated and attention groups count in
  /// neither.
  @Test func meanRanksAreThoseOfTheRankedGroups() throws {
    let one = try answers("one", PageAnswersFixture(rater: "one"))
    let two = try answers(
      "two",
      PageAnswersFixture(rater: "two") { _, question in
        question == .quality ? ["alpha", "beta", "gamma"] : ["gamma", "beta", "alpha"]
      })
    let found = try analysis([one, two], study: study)
    let quality = try question("quality", found)
    #expect(meanRanks(quality) == ["alpha": 1, "beta": 2, "gamma": 3])
    #expect((quality["counts"] as? [String: Int])?["rankings"] == 8)
    #expect(meanRanks(try question("consistency", found)) == ["alpha": 2, "beta": 2, "gamma": 2])
    let tests = try #require(quality["tests"] as? [String: [String: Any]])
    #expect(tests["rankings"]?["kendall_w"] as? Double == 1)
    #expect(tests["raters"]?["blocks"] as? Int == 2 && tests["groups"]?["blocks"] as? Int == 4)
  }

  @Test func thePageOfTheReportHoldsEveryMethodAndNoForeignMarkup() throws {
    let file = try small.folder.write(
      Data("rater,group,method,rank\nr,g,<b>x</b>,1\nr,g,y,2\n".utf8), "odd.csv")
    _ = try analysis([file], study: nil)
    let page = try small.folder.text("analysis/analysis.html")
    #expect(page.contains("&lt;b&gt;x&lt;/b&gt;") && !page.contains("<b>x</b>"))
  }

  @Test func aTableAndAPageOfTheSameRankingsSayTheSame() throws {
    let one = try answers(
      "one",
      PageAnswersFixture(rater: "one") { group, _ in
        group.identifier == "g1" ? ["beta", "alpha", "gamma"] : ["alpha", "beta", "gamma"]
      })
    let fromPage = meanRanks(try question("quality", try analysis([one], study: study)))
    var lines = ["rater,group,question,method,rank"]
    for group in study.groups where group.kind == .ranked {
      let isFirst = group.identifier == "g1"
      lines += [
        "one,\(group.identifier),quality,alpha,\(isFirst ? 2 : 1)",
        "one,\(group.identifier),quality,\"beta\",\(isFirst ? 1 : 2)",
        "one,\(group.identifier),quality,gamma,3",
      ]
    }
    let table = try small.folder.write(Data(lines.joined(separator: "\r\n").utf8), "ranks.csv")
    #expect(meanRanks(try question("quality", try analysis([table], study: nil))) == fromPage)
  }

  @Test func resultsDoNotDependOnTheOrderOfFiles() throws {
    let files = try ["c", "a", "b"].map { name in
      try answers(
        name,
        PageAnswersFixture(rater: name) { group, _ in
          group.identifier > "g3" || name == "a"
            ? ["beta", "alpha", "gamma"] : ["alpha", "beta", "gamma"]
        })
    }
    let (a, b) = (
      try analysis(files, study: study), try analysis(files.reversed(), study: study)
    )
    #expect(NSDictionary(dictionary: a) == NSDictionary(dictionary: b))
  }

  // MARK: Odd input

  @Test func oneRaterIsAnalysedAndItIsSaid() throws {
    let found = try question(
      "quality", try analysis([try answers("one", PageAnswersFixture())], study: study))
    #expect((found["notes"] as? [String])?.contains { $0.hasPrefix("One rater:") } == true)
  }

  @Test func oneRankingHasNoInterval() throws {
    let table = try small.folder.write(
      Data("rater,group,method,rank\nr,g,a,1\nr,g,b,2\n".utf8), "one.csv")
    let found = try question("rank", try analysis([table], study: nil))
    let rows = try #require(found["methods"] as? [[String: Any]])
    #expect(rows.allSatisfy { $0["mean_rank_ci95"] == nil || $0["mean_rank_ci95"] is NSNull })
  }

  @Test func aRaterWhoStoppedHalfWayCountsAsFarAsTheyWent() throws {
    let whole = try answers("whole", PageAnswersFixture(rater: "whole"))
    let half = try answers(
      "half",
      PageAnswersFixture(rater: "half", changing: { $0.removeSubrange(3...) }))
    let found = try question("quality", try analysis([whole, half], study: study))
    let counts = try #require(found["counts"] as? [String: Int])
    let answered = study.groups.prefix(3).count { $0.kind == .ranked }
    #expect(counts["rankings"] == 4 + answered)
    #expect((found["notes"] as? [String])?.contains { $0.hasPrefix("Not every rater") } == true)
  }

  @Test func anIncompleteOrderIsLeftOutAndCounted() throws {
    let file = try answers(
      "short",
      PageAnswersFixture(changing: { rankings in
        let order = rankings[0]["order"] as? [String] ?? []
        rankings[0]["order"] = Array(order.dropLast())
      }))
    let found = try analysis([file], study: study)
    let leftOut = try #require(found["left_out"] as? [String])
    #expect(leftOut.count == 1)
    #expect(
      leftOut[0].hasSuffix("short.json, rankings[0].order: orders 2 of 3 results of group g1"))
  }

  @Test func tiesShareTheirPlaces() throws {
    let table = try small.folder.write(
      Data(
        "rater,group,method,rank\nr,g,a,1\nr,g,b,1\nr,g,c,2\nr,h,a,3\nr,h,b,2\nr,h,c,1\n".utf8),
      "ties.csv")
    let found = try question("rank", try analysis([table], study: nil))
    #expect(meanRanks(found) == ["a": 2.25, "b": 1.75, "c": 2])
    #expect((found["counts"] as? [String: Int])?["tied"] == 1)
  }

  @Test func theSameFileTwiceCountsOnce() throws {
    let one = try answers("one", PageAnswersFixture(rater: "one"))
    let copy = try answers("copy", PageAnswersFixture(rater: "one"))
    let found = try analysis([one, copy], study: study)
    #expect((try question("quality", found)["counts"] as? [String: Int])?["rankings"] == 4)
    let notes = try #require(found["notes"] as? [String])
    #expect(notes[0] == "12 rankings of \(copy) are in another file, too: counted once.")
  }

  @Test func oneCodeForTwoOpinionsIsAnError() throws {
    let one = try answers("one", PageAnswersFixture(rater: "R"))
    let other = try answers(
      "other", PageAnswersFixture(rater: "R") { _, _ in ["gamma", "beta", "alpha"] })
    let error = try #require(throws: StudyError.self) {
      try StudyAnalysis(files: [one, other], study: study)
    }
    #expect("\(error)".contains("rater R ranked group"))
    #expect("\(error)".contains("in two ways, in \(one) and in \(other)"))
  }

  @Test func otherMethodsAreAnError() throws {
    let one = try small.folder.write(
      Data("rater,group,method,rank\nr,g,a,1\nr,g,b,2\n".utf8), "a.csv")
    let other = try small.folder.write(
      Data("rater,group,method,rank\nr,g,a,1\nr,g,c,2\n".utf8), "b.csv")
    #expect(
      throws: StudyError.otherMethods(a: one, b: other, onlyInA: ["b"], onlyInB: ["c"])
    ) { try StudyAnalysis(files: [one, other], study: nil) }
  }

  @Test func answersOfAPageNeedTheKey() throws {
    let one = try answers("one", PageAnswersFixture())
    #expect(throws: StudyError.noKey) { try StudyAnalysis(files: [one], study: nil) }
  }

  // MARK: Damaged files

  private static var damages: [(String, PageAnswersFixture, String)] {
    [
      ("study", PageAnswersFixture(header: ["study": "other"]), "study: found 'other', expected"),
      (
        "format", PageAnswersFixture(header: ["format": "x"]),
        "found the text \"x\", expected \"format\""
      ),
      (
        "version", PageAnswersFixture(header: ["version": 2]),
        "version: found the number 2, expected"
      ),
      ("rater", PageAnswersFixture(rater: "a b"), "rater: found the text \"a b\", expected a code"),
      (
        "type", PageAnswersFixture(header: ["rankings": "none"]),
        "rankings: found the text \"none\", expected a list"
      ),
      (
        "group", PageAnswersFixture(changing: { $0[2]["group"] = "g99" }),
        "rankings[2].group: found the text \"g99\", expected a group of the study"
      ),
      (
        "question", PageAnswersFixture(changing: { $0[1]["question"] = "taste" }),
        "rankings[1].question: found the text \"taste\", expected quality or consistency"
      ),
      (
        "result", PageAnswersFixture(changing: { $0[0]["order"] = ["zz"] }),
        "rankings[0].order[0]: found the text \"zz\", expected a result of group g1"
      ),
      (
        "twice", PageAnswersFixture(changing: { $0[1] = $0[0] }),
        "rankings[1].group: found g1 again, expected each group once for each question"
      ),
      (
        "missing", PageAnswersFixture(changing: { $0[0]["order"] = nil }),
        "rankings[0]: found no 'order', expected an object with that key"
      ),
      (
        "seconds", PageAnswersFixture(changing: { $0[0]["seconds"] = -1 }),
        "rankings[0].seconds: found the number -1, expected a number of seconds"
      ),
    ]
  }

  @Test(arguments: damages.indices) func damageIsNamedWithItsPlace(_ index: Int) throws {
    let (name, fixture, message) = Self.damages[index]
    let file = try answers(name, fixture)
    let error = try #require(throws: MalformedFile.self) {
      try StudyAnalysis(files: [file], study: study)
    }
    #expect("\(error)".hasPrefix("\(file)") && "\(error)".contains(message), "\(error)")
  }

  private static let tables: [(String, String)] = [
    ("", "found an empty file"),
    ("rater,group,rank\n", "line 1: found no column 'method'"),
    ("rater,group,method,rank,rank\n", "line 1: found two columns 'rank'"),
    ("rater,group,method,rank\nr,g,a,0\n", "line 2: found the rank '0'"),
    ("rater,group,method,rank\nr,g,a,nan\n", "line 2: found the rank 'nan'"),
    ("rater,group,method,rank\nr,g,a\n", "line 2: found 3 cells, expected 4"),
    ("rater,group,method,rank\n,g,a,1\n", "line 2: found a rater of 0 characters"),
    (
      "rater,group,method,rank\nr,g,a,1\nr,g,a,2\n",
      "line 3: found a second rank of a by rater r in group g"
    ),
    ("rater,group,method,rank\nr,g,a,1\n", "found 1 methods, expected at least two"),
  ]

  @Test(arguments: tables) func aDamagedTableIsNamedWithItsLine(_ text: String, _ message: String)
    throws
  {
    let file = try small.folder.write(Data(text.utf8), "table.csv")
    let error = try #require(throws: MalformedFile.self) {
      try StudyAnalysis(files: [file], study: nil)
    }
    #expect("\(error)".contains(message), "\(error)")
  }

  /// Each change makes the key one that cannot be meant.
  @Test(arguments: [
    ("\"kind\" : \"ranked\"", "\"kind\" : \"other\"", ".kind: found 'other'"),
    ("\"version\" : 1", "\"version\" : 7", "version: found the number 7"),
    ("\"seed\" : \"5\"", "\"seed\" : \"x\"", "seed: found 'x'"),
    ("\"alpha\"", "\"beta\"", "found 'beta' again"),
    ("\"title\"", "\"groups\"", "the key 'groups' comes twice"),
  ])
  func aDamagedKeyIsNamedWithItsPlace(_ old: String, _ new: String, _ message: String) throws {
    let text = try small.folder.text("study.json").replacing(old, with: new)
    let file = try small.folder.write(Data(text.utf8), "damaged.json")
    let error = try #require(throws: MalformedFile.self) { try Study(contentsOf: file) }
    #expect("\(error)".contains(message), "\(error)")
  }
}
