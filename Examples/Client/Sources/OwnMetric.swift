import Foundation
import PaintByExample

/// A metric of one's own: how far, on average, pixels outside the mask moved.
struct OutsideError: PictureMetric {
  let name = "outside_error"
  let title = "Outside error"
  let explanation = "How far the pixels outside the mask moved, in steps of 8 bits (0 is kept)."
  let protocolName = "mean absolute difference, mask < 128, 8-bit RGB"
  let figures = [Figure("outside_error", title: "Outside error", places: 2, better: .lower)]

  func measure(_ scored: ScoredCase) -> Double {
    var sum = 0
    for i in scored.mask.isInside.indices where !scored.mask.isInside[i] {
      for k in 3 * i..<3 * i + 3 {
        sum += abs(Int(scored.result.pixels[k]) - Int(scored.groundTruth.pixels[k]))
      }
    }
    return Double(sum) / Double(3 * scored.mask.outsideCount)
  }
}

/// Scores a baseline on a small bench of scenes.
///
/// - Returns: what the report says of ``OutsideError``.
func scoreWithAMetricOfOnesOwn(in folder: URL) throws -> Double? {
  let scenes = SceneSettings(images: 0, bench: 4, size: 64, seed: 1)
  try SceneDataset.write(scenes, to: folder.path)
  let evaluator = try Evaluator(
    bench: folder.appending(path: "bench"), output: folder.appending(path: "evaluation"),
    metrics: .standard + [OutsideError()])
  let report = try evaluator.evaluate(with: BaselineMethod(.copyPaste), batch: 4)
  return report.metrics.results["outside_error"]?.value
}
