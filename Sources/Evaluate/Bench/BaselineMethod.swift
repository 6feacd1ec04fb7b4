import Inference
import Pictures
import Support

/// Paints a bench's cases with a baseline.
public struct BaselineMethod: Method {
  private let baseline: Baseline

  public init(_ baseline: Baseline) { self.baseline = baseline }

  public var settings: GenerationSettings {
    .baseline(BaselineSettings(name: baseline.name, procedure: baseline.procedure))
  }

  public func paint(_ benchCase: BenchCase, seed: UInt64) throws -> Image {
    let pictures = try CasePictures(benchCase)
    return baseline.picture(
      pictures.groundTruth, try EditMask(pictures.mask), pictures.reference)
  }

  /// Several cases side by side.
  public func paint(_ cases: [BenchCase], seeds: [UInt64]) throws -> [Image] {
    try parallelMap(cases.count) { try paint(cases[$0], seed: seeds[$0]) }
  }
}
