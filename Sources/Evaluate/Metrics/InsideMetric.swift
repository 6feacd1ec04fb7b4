import Pictures

/// How near the repainted part is to what was there. Only a result made with the true object as
/// its reference can be near; with another reference the number says little.
public struct InsideMetric: PictureMetric {
  public let name = "inside"
  public let title = "Inside the mask"
  public let chosenAs = "background"
  public let explanation =
    "PSNR in dB inside the mask against the ground truth. It is informative where the reference "
    + "is the very object that was there."
  public let protocolName = "PSNR inside the mask, mask >= 128, 8-bit RGB"
  public let figures = [
    Figure(
      "inside.psnr", title: "PSNR inside", unit: "dB", places: 2, better: .higher,
      columns: ["psnr_inside"], direction: "higher is nearer to the ground truth")
  ]

  public init() {}

  public func measure(_ scored: ScoredCase) -> Double {
    scored.result.peakSignalToNoise(scored.groundTruth, where: scored.mask.isInside)
  }

  public func rows(_ measurements: [Double]) -> [CaseNumbers] {
    measurements.map { ["psnr_inside": $0] }
  }

  /// None: a report gives the number where it explains what little it says.
  public func tiles(_ result: MetricResult) -> [MetricTile] { [] }
  public func summary(_ result: MetricResult) -> [String] { [] }
}
