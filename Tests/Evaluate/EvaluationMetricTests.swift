import Evaluation
import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

/// The metrics against NumPy, scikit-image and SciPy (Tests/Golden/evaluation.py).
@Suite struct EvaluationMetricTests {
  @Test func eachCaseAgreesWithScikitImage() throws {
    let folder = try TemporaryFolder()
    try evaluateGolden().write(to: folder.url)
    let lines = try folder.text("cases.jsonl").split(separator: "\n")
    for (line, expected) in zip(lines, try EvaluationGolden.expected().cases) {
      let found = try EvaluationGolden.snakeCaseDecoder.decode(
        MeasuredCase.self, from: Data(line.utf8))
      #expect(near(found.psnr, expected["psnr"], 1e-9))
      #expect(near(found.psnrInside, expected["psnr_inside"], 1e-9))
      #expect(near(found.ssim, expected["ssim"], 1e-9))
      #expect(near(found.own, expected["own"], 1e-9))
      #expect(near(found.shuffled, expected["shuffled"], 1e-9))
    }
    #expect(lines.count == 5)
  }

  @Test func theSummaryAgreesWithNumPyAndSciPy() throws {
    let metrics = try evaluateGolden().metrics
    let expected = try EvaluationGolden.expected()
    #expect(metrics.count == 5)
    #expect(near(metrics[BackgroundMetric()]?["psnr"], expected.background["psnr"], 1e-9))
    #expect(near(metrics[BackgroundMetric()]?["ssim"], expected.background["ssim"], 1e-9))
    #expect(near(metrics[InsideMetric()]?["psnr"], expected.inside["psnr"], 1e-9))
    let similarity = try #require(metrics[ReferenceSimilarityMetric()])
    #expect(near(similarity["own"], expected.referenceSimilarity.own, 1e-9))
    #expect(near(similarity["shuffled"], expected.referenceSimilarity.shuffled, 1e-9))
    #expect(near(similarity["mean_difference"], expected.referenceSimilarity.meanDifference, 1e-9))
    #expect(similarity["wins"] == Double(expected.referenceSimilarity.wins))
    #expect(similarity["ties"] == Double(expected.referenceSimilarity.ties))
    #expect(near(similarity["p_value"], expected.referenceSimilarity.pValue, 1e-12))
    // SciPy's resamples are others: a hundred thousand of them against our ten.
    #expect(near(similarity.ci95?[0], expected.referenceSimilarity.ci95[0], 0.02))
    #expect(near(similarity.ci95?[1], expected.referenceSimilarity.ci95[1], 0.02))
  }

  @Test func equalBackgroundsCountAsAHundred() {
    let image = Image(width: 3, height: 1, pixels: [1, 2, 3, 4, 5, 6, 7, 8, 9])
    var other = image
    other.pixels[0] = 255
    #expect(image.peakSignalToNoise(other, where: [false, true, true]) == 100)
    #expect(image.peakSignalToNoise(other, where: [true, false, false]) < 10)
  }

  @Test func aPictureIsSimilarToItself() {
    let image = Image(width: 5, height: 4, pixels: (0..<60).map { UInt8($0 * 37 % 256) })
    #expect(image.structuralSimilarity(image).allSatisfy { $0 == 1 })
  }

  @Test func pureColoursFillOneBin() {
    for colour in [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255)] as [Colour] {
      let histogram = ColourHistogram(Image(width: 2, height: 2, fill: colour))
      #expect(histogram.bins.max() == 1)
      #expect(histogram.intersection(histogram) == 1)
    }
    let black = ColourHistogram(Image(width: 1, height: 1, fill: (0, 0, 0)))
    let white = ColourHistogram(Image(width: 1, height: 1, fill: (255, 255, 255)))
    #expect(black.bins[0b000_100_100] == 1)  // L 0, a 0, b 0
    #expect(white.bins[0b111_100_100] == 1)  // L 100 counts to the last bin
    #expect(black.intersection(white) == 0)
  }

  @Test func theSignTestAgreesWithSciPy() throws {
    for row in try EvaluationGolden.expected().signTest {
      #expect(near(signTest(wins: row.wins, losses: row.losses), row.pValue, row.pValue * 1e-9))
    }
    #expect(signTest(wins: 0, losses: 0) == 1)
  }

  @Test func theBootstrapIntervalIsThatOfTheNormalApproximationForManyCases() {
    let values = (0..<400).map { Double($0 % 20) }  // variance 33.25
    let halfWidth = 1.96 * (33.25 / 400).squareRoot()
    let interval = bootstrapInterval(values)
    #expect(near(interval[0], 9.5 - halfWidth, 0.02))
    #expect(near(interval[1], 9.5 + halfWidth, 0.02))
    #expect(bootstrapInterval(values) == interval)
  }

  private typealias Colour = (UInt8, UInt8, UInt8)

  private struct MeasuredCase: Decodable {
    let psnr, psnrInside, ssim, own, shuffled: Double
  }

  private func evaluateGolden() throws -> EvaluationReport {
    let folder = try TemporaryFolder()
    return try Evaluator(bench: EvaluationGolden.bench, output: folder.url)
      .evaluate(results: EvaluationGolden.results)
  }

  private func near(_ found: Double?, _ expected: Double?, _ tolerance: Double) -> Bool {
    guard let found, let expected else { return false }
    return abs(found - expected) <= tolerance
  }
}
