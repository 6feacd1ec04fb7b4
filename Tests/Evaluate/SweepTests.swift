import Evaluation
import Foundation
import FoundationXML
import TestSupport
import Testing

/// The same evaluation at several settings, with the smallest of random models.
@Suite struct SweepTests {
  private let folder: TemporaryFolder
  private let output: URL
  private let method: ModelMethod

  init() throws {
    folder = try TemporaryFolder()
    output = folder.file("output")
    try TinyModel.write(to: folder.file("model").path)
    method = try ModelMethod(
      model: folder.file("model").path, sampler: .ddim, steps: 2, scale: 9, seed: 4,
      weights: .averaged, reference: .own)
  }

  @Test func everySettingIsAnEvaluationOfItsOwn() throws {
    try sweep(scales: [1, 7.5]).write(to: output)
    for name in ["scale-1", "scale-7.5"] {
      for file in ["metrics.json", "cases.jsonl", "report.html", "results/settings.json"] {
        let path = output.appending(path: "\(name)/\(file)").path
        #expect(FileManager.default.fileExists(atPath: path), "\(name)/\(file)")
      }
    }
    let alone = try Evaluator(bench: EvaluationGolden.bench, output: folder.file("alone"), limit: 2)
      .evaluate(
        with: method.with(SweepSetting(scale: 7.5)), batch: 1)
    let hashes = try folder.json("output/scale-7.5/metrics.json")["hashes"] as? [String: String]
    #expect(hashes?["results"] == alone.metrics.hashes["results"])
  }

  @Test func theFileHoldsEveryMetricOfEverySetting() throws {
    let report = try sweep(scales: [1, 3])
    try report.write(to: output)
    let json = try folder.json("output/sweep.json")
    #expect(json["subset"] as? Bool == true)
    let runs = try #require(json["runs"] as? [[String: Any]])
    #expect(runs.map { $0["scale"] as? Double } == [1, 3])
    #expect(runs.map { $0["steps"] as? Int } == [2, 2])
    #expect(runs.map { $0["folder"] as? String } == ["scale-1", "scale-3"])
    for (run, stored) in zip(report.runs, runs) {
      let metrics = try #require(stored["metrics"] as? [String: [String: Any]])
      #expect(
        Set(metrics.keys) == [
          "background.psnr", "background.ssim", "inside.psnr", "reference_similarity.own",
          "reference_similarity.mean_difference",
        ])
      for (name, metric) in metrics {
        #expect(Set(metric.keys) == ["value", "ci95", "protocol", "count"], "\(name)")
      }
      let background = try #require(metrics["background.psnr"])
      #expect(
        abs((background["value"] as? Double ?? 0) - (run.metrics[BackgroundMetric()]?.value ?? 9))
          < 1e-12)
      #expect((background["ci95"] as? [Double])?.count == 2)
      let difference = metrics["reference_similarity.mean_difference"]?["value"] as? Double
      #expect(
        abs((difference ?? 9) - (run.metrics[ReferenceSimilarityMetric()]?.value ?? 0)) < 1e-12)
    }
  }

  @Test func thePictureHasAPanelForEachMetricAndAPointForEachSetting() throws {
    try sweep(scales: [1, 3], stepCounts: [1, 2]).write(to: output)
    let picture = try Drawing(contentsOf: output.appending(path: "sweep.svg"))
    #expect(picture.isWellFormed)
    #expect(picture.count["svg"] == 1)
    #expect(picture.count["g"] == 5)
    // Four points a panel, and one for each of the two lines in the legend.
    #expect(picture.count["circle"] == 5 * 4 + 2)
    for text in ["Background PSNR, dB", "guidance scale", "2 steps", "lower is better"] {
      #expect(
        picture.texts.contains { $0.contains(text) } == (text != "lower is better"), "\(text)")
    }
    #expect(picture.texts.contains { $0.contains("2 cases, a subset") })
    let page = try folder.text("output/sweep.html")
    #expect(page.contains("<svg") && page.contains("scale-3-steps-2/report.html"))
    #expect(page.contains("2 cases, a subset"))
  }

  @Test func theTableIsToldOnTheTerminal() throws {
    let lines = try sweep(stepCounts: [1, 2]).summary.split(separator: "\n")
    #expect(lines[0] == "Sampling steps, 2 cases, a subset: published numbers are of 3500")
    #expect(lines[1].contains("background.psnr") && lines[1].contains("inside.psnr"))
    #expect(lines[2].hasPrefix("steps 1") && lines[3].hasPrefix("steps 2"))
  }

  @Test func aSweepGoesOnWhereItStopped() throws {
    _ = try sweep(scales: [1])
    let picture = output.appending(
      path: "scale-1/results/\(EvaluationGolden.identifiers[0]).png")
    let written = try modified(picture)
    _ = try sweep(scales: [1, 2])
    #expect(try modified(picture) == written)
  }

  private func modified(_ file: URL) throws -> Date? {
    try FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date
  }

  private func sweep(scales: [Float] = [], stepCounts: [Int] = []) throws -> SweepReport {
    let settings = SweepSetting.grid(scales: scales, stepCounts: stepCounts)
    return try Sweep(settings, output: output).run(
      batch: 2,
      evaluator: { try Evaluator(bench: EvaluationGolden.bench, output: $0, limit: 2) },
      method: { method.with($0) }, announce: { _ in })
  }
}

/// What an XML parser finds in a picture.
private final class Drawing: NSObject, XMLParserDelegate {
  private(set) var isWellFormed = false
  private(set) var count: [String: Int] = [:]
  private(set) var texts: [String] = []

  init(contentsOf file: URL) throws {
    let parser = XMLParser(data: try Data(contentsOf: file))
    super.init()
    parser.delegate = self
    isWellFormed = parser.parse()
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    count[name, default: 0] += 1
    texts.append("")
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    texts[texts.count - 1] += string
  }
}
