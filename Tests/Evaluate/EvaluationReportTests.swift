import Evaluation
import Foundation
import Pictures
import TestSupport
import Testing

/// The files that an evaluation leaves.
@Suite struct EvaluationReportTests {
  let folder: TemporaryFolder
  let report: EvaluationReport

  init() throws {
    folder = try TemporaryFolder()
    report = try Evaluator(bench: EvaluationGolden.bench, output: folder.url)
      .evaluate(with: SeedPainter(), batch: 5)
    try report.write(to: folder.url)
  }

  @Test func metricsHaveThePromisedKeys() throws {
    let metrics = try folder.json("metrics.json")
    #expect(metrics["count"] as? Int == 5)
    let background = try #require(metrics["background"] as? [String: Any])
    #expect(Set(background.keys).isSuperset(of: ["psnr", "ssim"]))
    let similarity = try #require(metrics["reference_similarity"] as? [String: Any])
    #expect(
      Set(similarity.keys).isSuperset(of: [
        "own", "shuffled", "mean_difference", "ci95", "wins", "ties", "p_value",
      ]))
    #expect((similarity["ci95"] as? [Double])?.count == 2)
    let settings = try #require(metrics["settings"] as? [String: Any])
    #expect(
      Set(settings.keys).isSuperset(of: [
        "bench", "model", "sampler", "steps", "scale", "seed", "weights", "reference",
      ]))
    let hashes = try #require(metrics["hashes"] as? [String: String])
    #expect(Set(hashes.keys) == ["bench", "results", "model"])
    #expect(hashes["bench"]?.count == 64)
  }

  @Test func metricsAreTheSameBytesEachTimeAndReadBackExactly() throws {
    let first = try folder.text("metrics.json")
    try report.write(to: folder.url)
    #expect(try folder.text("metrics.json") == first)
    let read = try JSONDecoder().decode(Background.self, from: Data(first.utf8))
    let background = try #require(report.metrics[BackgroundMetric()])
    #expect(read.background.value == background.value && read.background.ci95 == background.ci95)
    #expect(read.background.ssim == background["ssim"])
  }

  private struct Background: Decodable {
    let background: Section

    struct Section: Decodable {
      let value, ssim: Double
      let ci95: [Double]
    }
  }

  @Test func thePageNeedsNothingElse() throws {
    let page = try folder.text("report.html")
    #expect(page.hasPrefix("<!doctype html>"))
    for link in ["http://", "https://", "<script", "<link", "@import", "url("] {
      #expect(!page.contains(link), "\(link)")
    }
    let sources = page.matches(of: /src="([^"]{0,15})/).map { $0.1 }
    #expect(sources.count == 4 * 5)
    #expect(sources.allSatisfy { $0.hasPrefix("data:image/png") })
  }

  @Test func thePageTellsWhatTheNumbersRestOn() throws {
    let page = try folder.text("report.html")
    let metrics = report.metrics
    for text in [
      try #require(metrics.hashes["bench"]), try #require(metrics.hashes["results"]),
      BackgroundMetric().explanation,
      ReferenceSimilarityMetric().protocolName, "models/a", "bilinear",
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test func thePageOfAnIncompleteRunIsLabelled() throws {
    let evaluator = try Evaluator(
      bench: EvaluationGolden.bench, output: folder.url, limit: 2)
    try evaluator.evaluate(results: EvaluationGolden.results).write(to: folder.url)
    let page = try folder.text("report.html")
    #expect(page.contains("<h1>2 of 5 cases (subset)</h1>"))
    #expect(page.contains("Not the whole bench"))
  }

  @Test func thePapersNumbersStandBesideTheRunsLabelled() throws {
    let page = try folder.text("report.html")
    for (method, fid, quality, clip) in [
      ("Blended Diffusion-Image", "4.60", "67.14", "80.65"),
      ("Blended Diffusion-Text", "7.52", "55.89", "72.62"), ("DCCF", "3.78", "71.49", "82.18"),
      ("Stable Diffusion", "3.66", "73.20", "75.33"),
      ("Paint by Example", "3.18", "77.80", "84.97"), ("Baseline", "3.61", "76.71", "85.90"),
      ("+ Prior", "3.40", "77.63", "88.79"), ("+ Augmentation", "3.44", "76.86", "81.68"),
      ("+ Bottleneck", "3.26", "76.62", "81.41"), ("+ Classifier-free", "3.18", "77.80", "84.97"),
    ] {
      let row =
        "<tr><th>\(method)</th><td>as published</td><td>\(fid)</td><td>\(quality)</td>"
        + "<td>\(clip)</td></tr>"
      #expect(page.contains(row), "\(method)")
    }
    #expect(page.contains("arXiv:2211.13227"))
    #expect(page.contains("<th>models/a</th><td>measured, 5 cases, subset</td>"))
  }

  @Test func aSubsetIsLabelledEverywhere() throws {
    #expect(try folder.text("report.html").contains("<title>5 cases (subset)</title>"))
    #expect(try folder.json("metrics.json")["subset"] as? Bool == true)
    #expect(report.summary.contains("5 of 5 (subset, published numbers are of 3500)"))
  }

  @Test func everyCaseHasALine() throws {
    let lines = try folder.text("cases.jsonl").split(separator: "\n")
    #expect(lines.count == 5)
    let first = try #require(
      try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
    #expect(
      Set(first.keys) == ["id", "inputs", "psnr", "ssim", "psnr_inside", "own", "shuffled"])
    #expect(first["id"] as? String == EvaluationGolden.identifiers[0])
  }

  @Test func theContactSheetIsAPicture() throws {
    let sheet = try ImageFile.read(folder.file("contact-sheet.png").path).image
    #expect(sheet.width > 8 * 128 && sheet.height > 3 * 128)
  }

  @Test func requirementsAreAssertedOn() throws {
    let metrics = try Evaluator(bench: EvaluationGolden.bench, output: folder.url)
      .evaluate(results: EvaluationGolden.results).metrics  // 4 wins of 5; ratio 8.6
    try Requirements(wins: 4, ratio: 8, winsBetween: 2...4).check(metrics)
    let error = #expect(throws: EvaluationError.self) {
      try Requirements(wins: 5, ratio: 9, winsBetween: 0...3).check(metrics)
    }
    let message = "\(try #require(error))"
    #expect(message.contains("4 of 5 cases are nearer to their own reference, expected at least 5"))
    #expect(message.contains("expected at least 9.0"))
    #expect(message.contains("expected 0 to 3"))
  }
}
