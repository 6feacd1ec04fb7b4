import Evaluation
import Foundation
import Tensors
import TestSupport
import Testing

/// Two finished runs against each other, with SciPy as the judge (Tests/Golden/comparison.py).
@Suite struct ComparisonTests {
  private let folder: TemporaryFolder
  private let a: URL
  private let b: URL

  init() throws {
    folder = try TemporaryFolder()
    (a, b) = (folder.file("a"), folder.file("b"))
    try FileManager.default.copyItem(at: Self.golden.appending(path: "a"), to: a)
    try FileManager.default.copyItem(at: Self.golden.appending(path: "b"), to: b)
  }

  // MARK: Numbers

  @Test func theNumbersAreSciPys() throws {
    let comparison = try RunComparison(a, b)
    let expected = try Self.expected()
    #expect(comparison.pairedCount == 12)
    #expect(Set(comparison.differences.map(\.figure.path)) == Set(expected.metrics.keys))
    for found in comparison.differences {
      let name = found.figure.path
      let wanted = try #require(expected.metrics[name])
      #expect(abs(found.a - wanted.a) < 1e-9, "\(name)")
      #expect(abs(found.difference - (wanted.b - wanted.a)) < 1e-9, "\(name)")
      #expect(abs(try #require(found.pValue) - wanted.pValue) < 1e-9, "\(name)")
      // Two draws of a bootstrap agree to a few hundredths of a standard error.
      let slack = wanted.standardError.map { 0.1 * $0 } ?? 1e-9
      let interval = try #require(found.ci95)
      #expect(abs(interval[0] - wanted.ci95[0]) < slack, "\(name)")
      #expect(abs(interval[1] - wanted.ci95[1]) < slack, "\(name)")
    }
  }

  @Test func manyDifferencesAreDrawnInsteadOfCounted() throws {
    let many = try Self.expected().many
    #expect(abs(SignFlipTest.pValue(many.differences) - many.pValue) < 0.02)
    #expect(SignFlipTest.pValue(many.differences) == SignFlipTest.pValue(many.differences))
    let clear = (1...40).map { Double($0) }
    #expect(SignFlipTest.pValue(clear) == 1.0 / 10_001)
  }

  @Test func signFlipsOfFewDifferencesAreCounted() {
    #expect(SignFlipTest.pValue([1, 2, 3, 4, 5]) == 2.0 / 32)
    #expect(SignFlipTest.pValue([1, 0, 2, 3, 0, 4, 5]) == 2.0 / 32)
    #expect(SignFlipTest.pValue([0.1, 0.2, -0.3]) == 1)
    #expect(SignFlipTest.pValue([0, 0]) == 1)
  }

  @Test func aRunIsEqualToItself() throws {
    let comparison = try RunComparison(a, a)
    for found in comparison.differences { #expect(found.difference == 0 && found.pValue == 1) }
    #expect(comparison.settings.isEmpty)
    try RegressionGate(figures: nil, tolerance: 0).check(comparison)
  }

  @Test func distancesAreBetterWhenLower() throws {
    let found = try RunComparison(a, b).differences
    let worsening = Dictionary(uniqueKeysWithValues: found.map { ($0.figure.path, $0.worsening) })
    #expect(try #require(worsening["clip_fid"]) == 0.75)
    #expect(try #require(worsening["kid"]) < 0)
    #expect(try #require(worsening["clip_score"]) > 0)
  }

  // MARK: The gate

  @Test func withoutAToleranceOnlyClearDifferencesFail() throws {
    let comparison = try RunComparison(a, b)
    // B's CLIP score was made 3 points worse; its FID rose by 0.75 with an interval around zero.
    try RegressionGate(figures: ["clip_fid", "background.psnr"], tolerance: nil).check(comparison)
    #expect(throws: ComparisonError.self) {
      try RegressionGate(figures: ["clip_score"], tolerance: nil).check(comparison)
    }
  }

  @Test func aToleranceIsAboutThePointEstimate() throws {
    let comparison = try RunComparison(a, b, figures: ["clip_fid"])
    try RegressionGate(figures: ["clip_fid"], tolerance: 0.75).check(comparison)
    let error = #expect(throws: ComparisonError.self) {
      try RegressionGate(figures: nil, tolerance: 9, tolerances: ["clip_fid": 0.5])
        .check(comparison)
    }
    #expect(
      "\(try #require(error))" == "worse in B: clip_fid from 12.5 to 13.25, tolerance 0.5")
  }

  @Test func aGateDoesNotPassForWantOfCases() throws {
    try edit("b/metrics.json") { $0.replacing("\"count\": 12", with: "\"count\": 11") }
    try edit("b/cases.jsonl") { $0.droppingLastLine }
    let comparison = try RunComparison(a, b)
    #expect(comparison.pairedCount == 11 && comparison.missingInB == 1)
    #expect(comparison.notCompared["clip_fid"]?.contains("over the same cases only") == true)
    #expect(comparison.remarks.contains { $0.contains("1 cases of A are not in B") })
    // The last case that is left has another neighbour in each run, so another control.
    let counts = Dictionary(
      uniqueKeysWithValues: comparison.differences.map { ($0.figure.path, $0.count) })
    #expect(
      counts["reference_similarity.own"] == 11
        && counts["reference_similarity.mean_difference"] == 10)
    let error = #expect(throws: ComparisonError.self) {
      try RegressionGate(figures: ["background.psnr"], tolerance: 100).check(comparison)
    }
    #expect("\(try #require(error))".contains("B lacks 1 cases"))
  }

  // MARK: What does not compare

  @Test func otherProtocolsAndWeightsAreNotCompared() throws {
    try edit("b/metrics.json") {
      $0.replacing("\"clip\": \"c\"", with: "\"clip\": \"d\"")
        .replacing(
          "\"protocol\": \"p\",\n    \"value\": 2", with: "\"protocol\": \"q\", \"value\": 2")
    }
    let comparison = try RunComparison(a, b)
    for metric in ["clip_fid", "kid", "clip_score", "quality_score"] {
      #expect(comparison.notCompared[metric]?.contains("(clip)") == true, "\(metric)")
    }
    #expect(comparison.notCompared["background.psnr"]?.contains("'p' and 'q'") == true)
    #expect(comparison.summary.contains("clip_score not compared: the runs used other weights"))
    #expect(throws: ComparisonError.self) { try RunComparison(a, b, figures: ["clip_score"]) }
    #expect(throws: ComparisonError.self) {
      try RunComparison(a, b, figures: ["inception_fid"])
    }
  }

  @Test func otherBenchesAreRefused() throws {
    try edit("b/cases.jsonl") { $0.replacing("\"inputs\": \"00", with: "\"inputs\": \"ff") }
    let refused = #expect(throws: ComparisonError.self) { try RunComparison(a, b) }
    #expect(
      "\(try #require(refused))".contains("12 of the cases in both rest on other pictures"))
    try edit("b/cases.jsonl") { $0.replacing("\"id\": \"0", with: "\"id\": \"9") }
    let apart = #expect(throws: ComparisonError.self) { try RunComparison(a, b) }
    #expect("\(try #require(apart))".contains("no case in common"))
  }

  @Test func damagedRunsSayWhereTheyAre() throws {
    func message() throws -> String {
      "\(try #require(#expect(throws: ComparisonError.self) { try RunComparison(a, b) }))"
    }
    try edit("b/cases.jsonl") { $0.replacing("\"own\"", with: "\"mine\"", maxReplacements: 3) }
    #expect(try message().contains("b/cases.jsonl, line 1: has no 'own'"))
    try edit("b/cases.jsonl") { _ in "" }
    #expect(try message().contains("has 0 cases where metrics.json counts 12"))
    try edit("b/metrics.json") { String($0.prefix(200)) }
    #expect(try message().contains("b/metrics.json: is no JSON"))
    try edit("b/metrics.json") { _ in "{\"count\": \"many\"}" }
    #expect(try message().contains("b/metrics.json: count is not a whole number"))
    try FileManager.default.removeItem(at: b.appending(path: "metrics.json"))
    #expect(try message().contains("b/metrics.json: no such file"))
  }

  // MARK: Files

  @Test func isWrittenAsJSONAndAsAPage() throws {
    let comparison = try RunComparison(a, b)
    try comparison.write(to: folder.file("c.json"))
    let metrics = try #require(try folder.json("c.json")["metrics"] as? [String: [String: Any]])
    let score = try #require(metrics["clip_score"])
    #expect(
      Set(score.keys).isSuperset(of: ["a", "b", "difference", "ci95", "p_value", "count", "test"]))
    #expect(score["lower_is_better"] as? Bool == false)
    try comparison.write(to: folder.file("c.html"))
    let page = try folder.text("c.html")
    for text in ["CLIP-FID", "sign-flip test of the mean, exact", "<th>scale</th>", "Subset"] {
      #expect(page.contains(text), "\(text)")
    }
  }

  // MARK: Golden

  private static let golden = EvaluationGolden.folder.deletingLastPathComponent()
    .appending(path: "comparison")

  private static func expected() throws -> Expected {
    let data = try Data(contentsOf: golden.appending(path: "expected.json"))
    return try JSONDecoder().decode(Expected.self, from: data)
  }

  private struct Expected: Decodable {
    let metrics: [String: Metric]
    let many: Many
  }

  private struct Metric: Decodable {
    let a, b, pValue: Double
    let ci95: [Double]
    let standardError: Double?

    enum CodingKeys: String, CodingKey {
      case a, b, ci95
      case pValue = "p_value"
      case standardError = "standard_error"
    }
  }

  private struct Many: Decodable {
    let differences: [Double]
    let pValue: Double

    enum CodingKeys: String, CodingKey {
      case differences
      case pValue = "p_value"
    }
  }

  private func edit(_ path: String, _ change: (String) -> String) throws {
    try Data(change(folder.text(path)).utf8).write(to: folder.file(path))
  }
}

extension String {
  /// Of lines that each end with a newline.
  fileprivate var droppingLastLine: String {
    split(separator: "\n").dropLast().map { $0 + "\n" }.joined()
  }
}
