import Pictures
import Support

/// A way to fill the hole without a network, so that a table has a floor and a ceiling.
///
/// All work on the bench's own pictures at their own size. "Inside" are the pixels of the mask that
/// are 128 or more; everything outside stays as it is.
public enum Baseline: String, CaseIterable, Codable, Sendable {
  case copyPaste = "copy-paste"
  case harmonisedCopyPaste = "copy-paste-harmonised"
  case blurFill = "blur-fill"
  case groundTruth = "ground-truth"

  /// What is done, as one would cite it beside the name.
  public var procedure: String {
    switch self {
    case .copyPaste:
      "the reference stretched (bicubic) to the mask's bounding box, pasted inside the mask"
    case .harmonisedCopyPaste:
      "copy-paste, then Reinhard et al. 2001 colour transfer in l-alpha-beta: mean and deviation of "
        + "the pasted pixels become those of the source outside the mask in a band around its box, "
        + "half the box's width and height on each side"
    case .blurFill:
      "the hole filled from its blurred surroundings by pull-push (Gortler et al. 1996); "
        + "no reference"
    case .groundTruth:
      "the bench's own picture, unchanged"
    }
  }

  /// The baseline's picture for a case.
  ///
  /// - Parameter reference: Of any size.
  package func picture(source: Image, mask: EditMask, reference: Image) -> Image {
    switch self {
    case .copyPaste: source.pasting(reference, inside: mask)
    case .harmonisedCopyPaste:
      source.pasting(reference, inside: mask)
        .transferringColour(inside: mask, from: source.surroundings(of: mask))
    case .blurFill: source.filling(mask)
    case .groundTruth: source
    }
  }
}

/// Makes a bench's results with a baseline.
public struct BaselineGenerator: CaseGenerator {
  public let settings: GenerationSettings
  private let baseline: Baseline

  public init(_ baseline: Baseline) {
    self.baseline = baseline
    settings = GenerationSettings(baseline: baseline)
  }

  public func generate(case benchCase: BenchCase, seed: UInt64) throws -> Image {
    let pictures = try CasePictures(benchCase)
    return baseline.picture(
      source: pictures.groundTruth, mask: try EditMask(pictures.mask),
      reference: pictures.reference)
  }

  /// Several cases side by side.
  public func generate(cases: [BenchCase], seeds: [UInt64]) throws -> [Image] {
    try parallelMap(cases.count) { try generate(case: cases[$0], seed: seeds[$0]) }
  }
}

extension Image {
  /// The picture with another, stretched to the mask's bounds, in place of what is inside the mask.
  func pasting(_ picture: Image, inside mask: EditMask) -> Image {
    let box = mask.bounds
    var pasted = self
    pasted.draw(
      picture.resized(width: box.width, height: box.height, filter: .bicubic), x: box.x, y: box.y)
    return keeping(pasted, inside: mask)
  }

  /// The picture with the pixels of another of its size inside the mask.
  func keeping(_ other: Image, inside mask: EditMask) -> Image {
    var result = self
    for i in mask.isInside.indices where mask.isInside[i] {
      for k in 3 * i..<3 * i + 3 { result.pixels[k] = other.pixels[k] }
    }
    return result
  }
}
