import Evaluation
import Foundation
import Inference
import Pictures
import Tensors
import TestSupport
import Testing

/// What the baselines put into the hole, and that they go the way of any other results.
@Suite struct BaselineTests {
  /// 8 × 6, of any colours.
  private let source: Image
  /// A box of 3 × 2 at (2, 1), less its first pixel.
  private let mask: EditMask

  init() throws {
    var random = RandomStream(seed: 3, purpose: "test")
    source = Image(width: 8, height: 6, using: &random)
    mask = try Self.mask(width: 8, height: 6) { x, y in
      (2..<5).contains(x) && (1..<3).contains(y) && (x, y) != (2, 1)
    }
  }

  @Test(arguments: Baseline.standard)
  func leavesTheSourceOutsideTheMask(_ baseline: Baseline) {
    let picture = baseline.picture(source, mask, Image(width: 5, height: 5, fill: (9, 99, 199)))
    #expect(picture.width == 8 && picture.height == 6)
    for i in 0..<48 where !mask.isInside[i] { #expect(picture[i] == source[i]) }
  }

  @Test func copyPasteTakesTheReferencesPixelsInsideTheMask() {
    var random = RandomStream(seed: 4, purpose: "test")
    let reference = Image(width: 3, height: 2, using: &random)
    let picture = Baseline.copyPaste.picture(source, mask, reference)
    for (x, y) in [(3, 1), (4, 1), (2, 2), (3, 2), (4, 2)] {
      #expect(picture[y * 8 + x] == reference[(y - 1) * 3 + x - 2])
    }
  }

  @Test func copyPasteStretchesTheReferenceToTheMasksBox() {
    var reference = Image(width: 30, height: 40, fill: (200, 10, 10))
    reference.draw(Image(width: 30, height: 20, fill: (10, 10, 200)), x: 0, y: 20)
    let picture = Baseline.copyPaste.picture(source, mask, reference)
    #expect(picture[1 * 8 + 3][0] > 170 && picture[1 * 8 + 3][2] < 40)
    #expect(picture[2 * 8 + 3][0] < 40 && picture[2 * 8 + 3][2] > 170)
  }

  @Test func harmonisingKeepsColoursWhoseStatisticsAreThoseAround() throws {
    // The band of a box 4 wide is 2 wide: the same two colours, as often as in the reference.
    let mask = try Self.mask(width: 8, height: 3) { x, _ in x > 3 }
    var band = Image(width: 2, height: 3, fill: (180, 90, 40))
    band.draw(Image(width: 1, height: 3, fill: (30, 60, 120)), x: 0, y: 0)
    var reference = Image(width: 4, height: 3)
    for x in [0, 2] { reference.draw(band, x: x, y: 0) }
    var source = Image(width: 8, height: 3)
    source.draw(band, x: 2, y: 0)
    let picture = Baseline.harmonisedCopyPaste.picture(source, mask, reference)
    #expect(picture.cropped(to: PixelRectangle(x: 4, y: 0, width: 4, height: 3)) == reference)
  }

  @Test func harmonisingGivesTheSurroundingsMeanAndSpread() throws {
    // Around the box one colour only: no spread is left.
    let plain = Image(width: 8, height: 6, fill: (90, 130, 70))
    var random = RandomStream(seed: 5, purpose: "test")
    let reference = Image(width: 3, height: 2, using: &random)
    let picture = Baseline.harmonisedCopyPaste.picture(plain, mask, reference)
    #expect(picture == plain)
  }

  @Test func harmonisingLooksAtABandAroundTheBoxOnly() throws {
    // The band of a box 2 × 2 at (4, 4) reaches from 3 to 6; beyond it all is white.
    let mask = try Self.mask(width: 10, height: 10) { x, y in
      (4..<6).contains(x) && (4..<6).contains(y)
    }
    var source = Image(width: 10, height: 10, fill: (255, 255, 255))
    source.draw(Image(width: 4, height: 4, fill: (20, 40, 60)), x: 3, y: 3)
    let picture = Baseline.harmonisedCopyPaste.picture(
      source, mask, Image(width: 2, height: 2, fill: (250, 0, 0)))
    #expect(picture == source)
  }

  @Test func blurFillIsTheMeanOfWhatIsKnownWhereOnePixelIsMissing() throws {
    let mask = try Self.mask(width: 2, height: 2) { x, y in (x, y) == (1, 1) }
    var source = Image(width: 2, height: 2)
    source.pixels = [10, 0, 0, 20, 0, 90, 60, 0, 0, 255, 255, 255]
    let picture = Baseline.blurFill.picture(source, mask, source)
    #expect(picture[3] == [30, 0, 30])
  }

  @Test func blurFillSeesNeitherTheHoleNorTheReference() throws {
    let mask = try Self.mask(width: 40, height: 30) { x, y in
      (5..<38).contains(x) && (3..<26).contains(y)
    }
    var source = Image(width: 40, height: 30, fill: (40, 80, 160))
    var random = RandomStream(seed: 6, purpose: "test")
    source.draw(Image(width: 33, height: 23, using: &random), x: 5, y: 3)
    let picture = Baseline.blurFill.picture(source, mask, self.source)
    #expect(picture == Image(width: 40, height: 30, fill: (40, 80, 160)))
  }

  @Test func groundTruthIsTheCeilingOfTheBackground() throws {
    let folder = try TemporaryFolder()
    let output = folder.file("output")
    let evaluator = try Evaluator(bench: EvaluationGolden.bench, output: output)
    let report = try evaluator.evaluate(with: BaselineMethod(.groundTruth), batch: 2)
    try report.write(to: output)
    #expect(report.metrics.count == 5)
    let background = try #require(report.metrics[BackgroundMetric()])
    #expect(background["psnr"] == 100 && background["ssim"] == 1)
    let metrics = try folder.json("output/metrics.json")
    let settings = try #require(metrics["settings"] as? [String: Any])
    #expect(settings["baseline"] as? String == "ground-truth")
    #expect((settings["baseline_procedure"] as? String)?.contains("unchanged") == true)
    #expect(settings["sampler"] == nil && settings["model"] == nil)
    #expect((metrics["hashes"] as? [String: String])?["model"] == nil)
  }

  @Test func otherBaselinesAreNotMixed() throws {
    let folder = try TemporaryFolder()
    let evaluator = try Evaluator(bench: EvaluationGolden.bench, output: folder.file("output"))
    _ = try evaluator.evaluate(with: BaselineMethod(.copyPaste), batch: 2)
    let error = #expect(throws: EvaluationError.self) {
      try evaluator.evaluate(with: BaselineMethod(.blurFill), batch: 2)
    }
    #expect(
      "\(try #require(error))".contains(
        "made by the baseline copy-paste there, by the baseline blur-fill now"))
    #expect(throws: EvaluationError.self) {
      try evaluator.evaluate(with: SeedPainter(), batch: 2)
    }
  }

  @Test func badCasesAreReportedAndTheOthersGoOn() throws {
    let folder = try TemporaryFolder()
    let bench = try SmallBench(count: 5, in: folder)
    try FileManager.default.removeItem(atPath: bench.file(.reference, 0))
    try Data([1, 2]).write(to: URL(filePath: bench.file(.truth, 1)))
    try GrayImage(width: 3, height: 3, fill: 255).writePNG(to: bench.file(.mask, 2))
    let metrics = try Evaluator(bench: bench.folder, output: folder.file("output"))
      .evaluate(with: BaselineMethod(.harmonisedCopyPaste), batch: 2).metrics
    #expect(metrics.count == 2)
    #expect(metrics.problems.map(\.id) == Array(bench.identifiers[..<3]))
    #expect(metrics.problems[0].problem.contains("missing: Ref_3500"))
    #expect(metrics.problems[1].problem.contains("_GT.png"))
    #expect(metrics.problems[2].problem.contains("the mask is 3×3"))
  }

  private static func mask(
    width: Int, height: Int, _ isInside: (Int, Int) -> Bool
  ) throws -> EditMask {
    var mask = GrayImage(width: width, height: height, fill: 0)
    for i in 0..<width * height where isInside(i % width, i / width) { mask.pixels[i] = 255 }
    return try EditMask(mask)
  }
}

extension Image {
  /// The channels of the pixel at a place.
  fileprivate subscript(place: Int) -> [UInt8] { Array(pixels[3 * place..<3 * place + 3]) }
}
