import Evaluation
import Foundation
import Inference
import Pictures
import Support
import Synchronization
import TestSupport
import Testing

/// A metric and a baseline added by a client, each in one file and with one line in a list, go the way
/// of those that are there.
@Suite struct RecipeTests {
  private let folder: TemporaryFolder
  private let metrics = MetricList.standard + [OutsideError()]

  init() throws { folder = try TemporaryFolder() }

  @Test func anAddedMetricIsInEveryFileAndOnEveryPage() throws {
    let report = try evaluate("output", chosen: ["outside_error", "background"])
    try report.write(to: folder.file("output"))
    let result = try #require(report.metrics[OutsideError()])
    let expected = try EvaluationGolden.identifiers.map(outsideError)
    #expect(result.count == 5 && abs(result.value - expected.reduce(0, +) / 5) < 1e-12)
    #expect(report.summary.contains("Outside error         "))

    let json = try folder.json("output/metrics.json")
    let section = try #require(json["outside_error"] as? [String: Any])
    #expect(Set(section.keys) == ["value", "ci95", "count", "protocol"])
    #expect(section["protocol"] as? String == OutsideError().protocolName)
    #expect(json["reference_similarity"] == nil)

    let lines = try folder.text("output/cases.jsonl").split(separator: "\n")
    for (line, expected) in zip(lines, expected) {
      let row = try JSONDecoder().decode(Row.self, from: Data(line.utf8))
      #expect(abs(row.outside_error - expected) < 1e-12)
    }
    let page = try folder.text("output/report.html")
    #expect(page.contains("<h3>Outside error</h3>") && page.contains(OutsideError().explanation))
  }

  private struct Row: Decodable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let outside_error: Double
  }

  @Test func itsMeasurementsAreKeptForTheNextRun() throws {
    let progress = ScoringProgress()
    let first = try evaluate("output", progress: progress)
    let second = try evaluate("output", progress: progress)
    #expect(progress.kept == [0, 5])
    #expect(second.metrics == first.metrics)
  }

  @Test func aListWithoutItDoesNotKnowIt() throws {
    #expect(throws: MetricSelectionError.unknown("outside_error", known: MetricList.standard.names))
    {
      try MetricSelection(.standard, chosen: ["outside_error"], given: GivenInputs())
    }
  }

  @Test func itIsComparedAndGated() throws {
    try evaluate("a").write(to: folder.file("a"))
    try Evaluator(bench: EvaluationGolden.bench, output: folder.file("b"), metrics: metrics)
      .evaluate(with: BaselineMethod(.groundTruth), batch: 2).write(to: folder.file("b"))
    let (a, b) = (folder.file("a"), folder.file("b"))
    let better = try RunComparison(a, b, metrics: metrics, figures: ["outside_error"])
    let found = try #require(better.differences.first)
    #expect(found.b == 0 && found.difference < 0 && found.worsening < 0)
    #expect(better.summary.contains("outside_error"))
    let gate = RegressionGate(figures: ["outside_error"], tolerance: 0)
    try gate.check(better)
    let worse = try RunComparison(b, a, metrics: metrics)
    #expect(throws: ComparisonError.self) { try gate.check(worse) }
    // Who doesn't know the metric compares the others.
    #expect(
      try RunComparison(a, b).differences.map(\.figure.path)
        == MetricList.standard.figures.dropFirst(5).map(\.path))
  }

  @Test func itIsSwept() throws {
    let report = try Sweep([SweepSetting(scale: 1), SweepSetting(scale: 3)], output: folder.url)
      .run(
        batch: 5,
        evaluator: { try Evaluator(bench: EvaluationGolden.bench, output: $0, metrics: metrics) },
        method: { SeedPainter(seed: UInt64($0.scale ?? 0)) }, announce: { _ in })
    try report.write(to: folder.url)
    let runs = try #require(try folder.json("sweep.json")["runs"] as? [[String: Any]])
    for run in runs {
      #expect((run["metrics"] as? [String: Any])?["outside_error"] is [String: Any])
    }
    #expect(try folder.text("sweep.svg").contains("Outside error"))
    #expect(try folder.text("sweep.html").contains("<code>outside_error</code>"))
    #expect(report.summary.contains("outside_error"))
  }

  @Test func anAddedBaselineIsAMethodLikeTheOthers() throws {
    let baselines = Baseline.standard + [.greyFill]
    let baseline = try #require(baselines.first { $0.name == "grey-fill" })
    let report = try Evaluator(bench: EvaluationGolden.bench, output: folder.url, metrics: metrics)
      .evaluate(with: BaselineMethod(baseline), batch: 2)
    try report.write(to: folder.url)
    #expect(report.metrics[OutsideError()]?.value == 0)
    let settings = try folder.json("metrics.json")["settings"] as? [String: Any]
    #expect(settings?["baseline"] as? String == "grey-fill")
    #expect(try folder.text("report.html").contains("grey-fill: the hole in middle grey"))
    let error = #expect(throws: EvaluationError.self) {
      try Evaluator(bench: EvaluationGolden.bench, output: folder.url)
        .evaluate(with: BaselineMethod(.blurFill), batch: 2)
    }
    #expect("\(try #require(error))".contains("made by the baseline grey-fill there"))
  }

  private func evaluate(
    _ output: String, chosen: [String]? = nil, progress: any ProgressReporter = .silent
  ) throws -> EvaluationReport {
    try Evaluator(
      bench: EvaluationGolden.bench, output: folder.file(output), metrics: metrics,
      chosen: chosen, progress: progress
    ).evaluate(results: EvaluationGolden.results)
  }

  /// The same number on another way.
  private func outsideError(_ identifier: String) throws -> Double {
    func read(_ path: String) throws -> Image {
      try ImageFile.read(EvaluationGolden.folder.appending(path: path).path).image
    }
    let result = try read("results/\(identifier).png")
    let truth = try read("bench/GT_3500/\(identifier)_GT.png")
    let mask = try ImageFile.readGray(
      EvaluationGolden.bench.appending(path: "Mask_bbox_3500/\(identifier)_mask.png").path)
    let outside = result.pixels.indices.filter { mask.pixels[$0 / 3] < 128 }
    let differences = outside.map { abs(Double(result.pixels[$0]) - Double(truth.pixels[$0])) }
    return differences.reduce(0, +) / Double(outside.count)
  }
}

/// Remembers how many cases were scored before.
private final class ScoringProgress: ProgressReporter {
  private let state = Mutex<[Int]>([])
  var kept: [Int] { state.withLock { $0 } }

  func begin(
    _ title: String, total: Int?, unit: String, completed: Int
  ) -> any ProgressTask {
    if title == "scoring" { state.withLock { $0.append(completed) } }
    return SilentProgress()
  }

  func note(_ line: String) {}
}
