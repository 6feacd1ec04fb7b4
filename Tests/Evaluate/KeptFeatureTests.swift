import Evaluation
import Foundation
import Inference
import Pictures
import TestSupport
import Testing

/// Scores and features that outlive a run.
@Suite struct KeptFeatureTests {
  let folder: TemporaryFolder
  let bench: SmallBench
  /// Pictures a case: the whole result, and result and reference of the CLIP score.
  private static let perCase = 3

  init() throws {
    folder = try TemporaryFolder()
    bench = try SmallBench(count: 60, in: folder)
    _ = try Evaluator(bench: bench.folder, output: folder.file("made"))
      .evaluate(with: BaselineMethod(.copyPaste), batch: 8)
  }

  @Test func aSecondRunEncodesNothing() throws {
    let (first, second) = (BreakableEncoder(), BreakableEncoder())
    let found = try evaluate(first)
    #expect(first.asked == 60 * Self.perCase)
    let saved = try Data(contentsOf: features)
    #expect(try evaluate(second) == found)
    #expect(second.asked == 0)
    #expect(try Data(contentsOf: features) == saved)
  }

  @Test func aRunThatBrokeOffEncodesTheRestOnly() throws {
    #expect(throws: BreakableEncoder.Broken.self) { try evaluate(BreakableEncoder(lasting: 20)) }
    let second = BreakableEncoder()
    let resumed = try evaluate(second)
    #expect(second.asked == 60 * Self.perCase - 20)
    let saved = try Data(contentsOf: features)
    let other = try evaluate(BreakableEncoder(), output: "other")
    #expect(resumed.results == other.results)
    #expect(try Data(contentsOf: features) == saved)
  }

  @Test func aChangedResultIsEncodedAndScoredAgain() throws {
    let before = try evaluate(BreakableEncoder())
    let picture = folder.file("made/results/\(bench.identifiers[7]).png")
    try Image(width: 16, height: 12, fill: (1, 2, 3)).writePNG(to: picture.path)
    let encoder = BreakableEncoder()
    let after = try evaluate(encoder)
    #expect(encoder.asked == Self.perCase)
    #expect(after[BackgroundMetric()] != before[BackgroundMetric()])
    #expect(after.results == (try evaluate(BreakableEncoder(), output: "other")).results)
  }

  @Test func aChangedMaskIsScoredAgainButTheWholeResultIsNotEncoded() throws {
    _ = try evaluate(BreakableEncoder())
    var mask = GrayImage(width: 16, height: 12, fill: 0)
    mask.draw(GrayImage(width: 9, height: 3, fill: 255), x: 1, y: 1)
    try mask.writePNG(to: bench.file(.mask, 7))
    let encoder = BreakableEncoder()
    _ = try evaluate(encoder)
    #expect(encoder.asked == 2)
  }

  @Test(arguments: ["cut short", "one bit"])
  func aDamagedPieceIsMadeAgain(_ damage: String) throws {
    let before = try evaluate(BreakableEncoder())
    for kind in ["features", "scores"] {
      let pieces = folder.file("output/\(kind)")
      for name in try FileManager.default.contentsOfDirectory(atPath: pieces.path) {
        let file = pieces.appending(path: name)
        var data = try Data(contentsOf: file)
        if damage == "one bit" { data[data.count - 10] ^= 1 } else { data.removeLast(20) }
        try data.write(to: file)
      }
    }
    let encoder = BreakableEncoder()
    #expect(try evaluate(encoder) == before)
    #expect(encoder.asked == 60 * Self.perCase)
  }

  @Test func aShorterRunLeavesTheOthersFeatures() throws {
    _ = try evaluate(BreakableEncoder())
    let picture = folder.file("made/results/\(bench.identifiers[0]).png")
    try Image(width: 16, height: 12, fill: (1, 2, 3)).writePNG(to: picture.path)
    let (short, whole) = (BreakableEncoder(), BreakableEncoder())
    _ = try evaluate(short, limit: 3)
    _ = try evaluate(whole)
    #expect(short.asked == Self.perCase && whole.asked == 0)
  }

  private var features: URL { folder.file("features.safetensors") }

  private func evaluate(
    _ encoder: BreakableEncoder, output: String = "output", limit: Int? = nil
  ) throws -> EvaluationMetrics {
    let inputs = try MetricInputs(clip: encoder, takesAllFeatures: true)
    return try Evaluator(
      bench: bench.folder, output: folder.file(output), limit: limit, inputs: inputs,
      featureFile: features
    ).evaluate(results: folder.file("made/results")).metrics
  }
}
