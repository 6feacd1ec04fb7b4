import Pictures

/// How well the part of the picture that was not to change was kept.
public struct BackgroundMetric: PictureMetric {
  public let name = "background"
  public let title = "Background"
  public let explanation =
    "How faithfully the picture outside the mask was kept, against the ground truth: "
    + "PSNR in dB (equal pictures count as 100) and SSIM (1 is equal)."
  public let protocolName = "background PSNR and SSIM, mask < 128, 8-bit RGB"
  public let figures = [
    Figure(
      "background.psnr", title: "Background PSNR", unit: "dB", places: 2, better: .higher,
      columns: ["psnr"]),
    Figure(
      "background.ssim", title: "Background SSIM", places: 4, better: .higher, columns: ["ssim"]),
  ]

  public struct Measurement: Codable, Sendable, Equatable {
    /// dB; 100 for equal backgrounds.
    let psnr: Double
    let ssim: Double
  }

  public init() {}

  public func measure(_ scored: ScoredCase) -> Measurement {
    let outside = scored.mask.isInside.map { !$0 }
    let similarity = scored.result.structuralSimilarity(scored.groundTruth)
    let sum = similarity.indices.reduce(0) { outside[$1] ? $0 + similarity[$1] : $0 }
    return Measurement(
      psnr: scored.result.peakSignalToNoise(scored.groundTruth, where: outside),
      ssim: sum / Double(scored.mask.outsideCount))
  }

  public func rows(_ measurements: [Measurement]) -> [CaseNumbers] {
    measurements.map { ["psnr": $0.psnr, "ssim": $0.ssim] }
  }

  public func tiles(_ result: MetricResult) -> [MetricTile] {
    let interval = result.interval(2, separator: " to ") ?? ""
    return [
      MetricTile("Background PSNR", "\(result.text("psnr", 2)) dB", "95 %: \(interval)"),
      MetricTile("Background SSIM", result.text("ssim", 4), "1 is equal"),
    ]
  }

  public func summary(_ result: MetricResult) -> [String] {
    ["background            PSNR \(result.text("psnr", 2)) dB, SSIM \(result.text("ssim", 4))"]
  }
}
