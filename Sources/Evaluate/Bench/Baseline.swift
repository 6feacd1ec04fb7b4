import Pictures
import Support

/// A way to fill the hole without a network, so that a table has a floor and a ceiling.
///
/// All work on the bench's own pictures at their own size. "Inside" are the pixels of the mask that
/// are 128 or more; everything outside stays as it is. A baseline is a value in a file of its own and
/// a line in ``standard``.
public struct Baseline: Sendable {
  public let name: String
  /// What is done, as one would cite it beside the name.
  public let procedure: String
  /// The baseline's picture for a case, of the source's size; the reference is of any size.
  public let picture: @Sendable (_ source: Image, _ mask: EditMask, _ reference: Image) -> Image

  public init(
    _ name: String, procedure: String,
    picture: @escaping @Sendable (_ source: Image, _ mask: EditMask, _ reference: Image) -> Image
  ) {
    self.name = name
    self.procedure = procedure
    self.picture = picture
  }

  /// Those of this package.
  public static let standard: [Baseline] = [
    .copyPaste,
    .harmonisedCopyPaste,
    .blurFill,
    .groundTruth,
  ]
}

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

extension Image {
  /// The picture with the pixels of another of its size inside the mask.
  func keeping(_ other: Image, inside mask: EditMask) -> Image {
    var result = self
    for i in mask.isInside.indices where mask.isInside[i] {
      for k in 3 * i..<3 * i + 3 { result.pixels[k] = other.pixels[k] }
    }
    return result
  }
}
