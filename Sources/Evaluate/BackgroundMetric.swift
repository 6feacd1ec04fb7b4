/// How well the part of the picture that was not to change was kept.
public struct BackgroundMetric: Metric {
  public static let protocolName = "background PSNR and SSIM, mask < 128, 8-bit RGB"
  public static let explanation =
    "How faithfully the picture outside the mask was kept, against the ground truth: "
    + "PSNR in dB (equal pictures count as 100) and SSIM (1 is equal)."

  public struct Measurement: Codable, Sendable, Equatable {
    /// dB; 100 for equal backgrounds.
    public let psnr: Double
    public let ssim: Double
  }

  public struct Summary: Codable, Sendable, Equatable {
    public let psnr: Double
    public let ssim: Double
    /// The PSNR again, under the name that every metric has.
    public let value: Double
    /// Bootstrap interval of the PSNR: low, high.
    public let ci95: [Double]
    public let count: Int
    public let `protocol`: String
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

  public func summary(of measurements: [Measurement]) -> Summary {
    let psnr = measurements.map(\.psnr)
    return Summary(
      psnr: mean(psnr), ssim: mean(measurements.map(\.ssim)), value: mean(psnr),
      ci95: bootstrapInterval(psnr), count: measurements.count, protocol: Self.protocolName)
  }
}

/// How near the repainted part is to what was there. Only a result made with the true object as
/// its reference can be near; with another reference the number says little.
public struct InsideMetric: Metric {
  public static let protocolName = "PSNR inside the mask, mask >= 128, 8-bit RGB"
  public static let explanation =
    "PSNR in dB inside the mask against the ground truth. It tells something where the reference "
    + "is the very object that was there."

  public struct Summary: Codable, Sendable, Equatable {
    public let psnr: Double
    /// The PSNR again, under the name that every metric has.
    public let value: Double
    /// Bootstrap interval of the PSNR: low, high.
    public let ci95: [Double]
    public let count: Int
    public let `protocol`: String
  }

  public init() {}

  public func measure(_ scored: ScoredCase) -> Double {
    scored.result.peakSignalToNoise(scored.groundTruth, where: scored.mask.isInside)
  }

  public func summary(of measurements: [Double]) -> Summary {
    Summary(
      psnr: mean(measurements), value: mean(measurements), ci95: bootstrapInterval(measurements),
      count: measurements.count, protocol: Self.protocolName)
  }
}
