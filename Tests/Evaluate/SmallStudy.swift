import Evaluation
import Foundation
import Pictures
import Tensors
import TestSupport

/// A study of three methods on a small bench, whose pictures were made elsewhere.
struct SmallStudy {
  let folder: TemporaryFolder
  let bench: SmallBench
  let methods = ["alpha", "beta", "gamma"]

  /// - Parameter count: Cases of the bench.
  init(count: Int = 6) throws {
    folder = try TemporaryFolder("study")
    bench = try SmallBench(count: count, in: folder)
    for (method, name) in methods.enumerated() {
      try FileManager.default.createDirectory(
        at: folder.file(name), withIntermediateDirectories: true)
      for (i, identifier) in bench.identifiers.enumerated() {
        var random = RandomStream(seed: UInt64(method), purpose: "results", index: UInt64(i))
        let picture = Image(width: 16, height: 12, using: &random)
        try picture.pngData().write(to: self.picture(name, identifier))
      }
    }
  }

  func picture(_ method: String, _ identifier: String) -> URL {
    folder.file("\(method)/\(identifier).png")
  }

  func runs() throws -> [StudyRun] {
    try methods.map { try StudyRun(at: folder.file($0)) }
  }

  static var settings: StudySettings {
    var settings = StudySettings()
    (settings.groups, settings.raters, settings.repeats, settings.attention) = (4, 3, 1, 1)
    settings.seed = 5
    return settings
  }

  func maker(_ settings: StudySettings = settings) throws -> StudyMaker {
    try StudyMaker(runs(), bench: bench.folder, settings: settings)
  }

  /// Makes the study and writes its files.
  func make(_ settings: StudySettings = settings) throws -> Study {
    let made = try maker(settings).make()
    try made.write(page: folder.file("study.html"))
    return made.study
  }
}

/// Answers as the page saves them.
struct PageAnswersFixture {
  var rater = "R1"
  /// Of the groups, what a rater says: the methods' names, best first.
  var order: (StudyGroup, StudyQuestion) -> [String] = { _, _ in ["alpha", "beta", "gamma"] }
  var changing: (inout [[String: Any]]) -> Void = { _ in }
  var header: [String: Any] = [:]

  /// Writes the file.
  func write(_ study: Study, to file: URL) throws {
    var rankings: [[String: Any]] = []
    for question in StudyQuestion.allCases {
      for group in study.groups {
        let names = order(group, question)
        let sorted = group.results.sorted { a, b in
          func place(_ result: StudyResult) -> Int {
            result.method.flatMap { names.firstIndex(of: study.methods[$0].name) } ?? names.count
          }
          return place(a) < place(b)
        }
        rankings.append([
          "question": question.rawValue, "group": group.identifier,
          "shown": group.results.map(\.identifier), "order": sorted.map(\.identifier),
          "seconds": 4.5,
        ])
      }
    }
    changing(&rankings)
    var document: [String: Any] = [
      "format": "pbe-study-answers", "version": 1, "study": study.identifier, "rater": rater,
      "started": "2026-01-01T00:00:00Z", "saved": "2026-01-01T00:10:00Z", "complete": true,
      "rankings": rankings,
    ]
    document.merge(header) { $1 }
    try JSONSerialization.data(withJSONObject: document).write(to: file)
  }
}
