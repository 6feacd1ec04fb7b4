/// Whose rules make the training examples, where the paper and its official code differ.
///
/// | Topic | `official` (the code's dataset class) | `paper` (arXiv:2211.13227, §3.2, §4.1) |
/// |---|---|---|
/// | Points per edge of the mask | 18 at t = 0.05 … 0.90, repeated coordinates dropped | 20, evenly spaced |
/// | Jitter per coordinate | −5 … 5 pixels | 1 … 5 pixels, either sign |
/// | Exemplar | box and up to 10 pixels around it | the box |
/// | OpenImages | without seven pictures (``leftOut``) | all |
///
/// Everything else (growth of the box, crop and zoom, augmentations and their order) the paper
/// leaves open, so both variants do as the official code does.
public enum Variant: String, Sendable, CaseIterable, Codable {
  case official, paper

  /// Identifiers of OpenImages' pictures that are not trained on. The paper names none.
  ///
  /// - Source: `bad_list` in ldm/data/open_images.py.
  public var leftOut: Set<String> {
    self == .official
      ? [
        "03a53ed6ab408b9f", "1366cde3b480a15c", "1af17f3d912e9aac", "1d5ef05c8da80e31",
        "3095084b358d3f2d", "3ad7415a11ac1f5e", "42a30d8f8fba8b40",
      ] : []
  }

  /// Pixels that the exemplar shows around the object's box, for photographs.
  package var exemplarPadding: Int { self == .official ? 10 : 0 }
}

/// How training examples are made; the defaults are the official ones.
public struct TripletSettings: Sendable, Equatable {
  /// Sides that a training picture may have.
  public static let imageSizes = 8...16_384
  /// Sides that a reference may have.
  public static let referenceSizes = 8...4096
  /// How often an object may be shown.
  public static let views = 1...ExemplarFiles.most

  public var variant: Variant = .official
  /// Side of the training picture in pixels.
  public var imageSize = 512
  /// Side of the reference picture in pixels: what the image encoder takes.
  public var referenceSize = 224
  /// Probability of a free-form mask; the rest are rectangles (the grown box).
  public var arbitraryMaskPercent: Float = 0.5
  /// Whether shrinking a picture averages over what it covers. Officially it doesn't (torchvision
  /// 0.12 resizes tensors without): harmless from 1024 to 512, but photographs shrunk to a small
  /// model's 64 pixels are noise without it.
  public var antialias = false
  /// Probability that a reference shows its object alone: cut to the bounds of its mask, CLIP's mean
  /// colour around it. Objects without a mask are shown as ever.
  public var referenceMaskProbability: Float = 0
  /// How often an object is shown: in its several references, or augmented anew.
  public var mostViews = 1
  /// What is done to the reference, in this order: flip, rotation, blur, elastic deformation.
  public var augmentation = AugmentationSettings()

  public init() {}

  public init(
    variant: Variant = .official, imageSize: Int, referenceSize: Int,
    arbitraryMaskPercent: Float = 0.5, antialias: Bool = false,
    augmentation: AugmentationSettings = AugmentationSettings()
  ) {
    self.variant = variant
    self.imageSize = imageSize
    self.referenceSize = referenceSize
    self.arbitraryMaskPercent = arbitraryMaskPercent
    self.antialias = antialias
    self.augmentation = augmentation
  }

  /// How much the pixel limits of the published recipe (jitter, padding) shrink for a picture.
  ///
  /// They are given for photographs trained on at 512×512. A picture that is smaller than that, for
  /// a model that is smaller too, has them in proportion; at the official size this is always 1.
  package func pixelScale(width: Int, height: Int) -> Float {
    min(1, Float(max(imageSize, min(width, height))) / 512)
  }
}

extension TripletSettings {
  /// - Throws: ``SynthesisError/setting(key:found:expected:)`` for a value no example can be made
  ///   with.
  public func validate() throws(SynthesisError) {
    try SynthesisError.require(imageSize, in: Self.imageSizes, "image_size", unit: "pixels")
    try SynthesisError.require(
      referenceSize, in: Self.referenceSizes, "reference_size", unit: "pixels")
    try SynthesisError.requireProbability(arbitraryMaskPercent, "arbitrary_mask_percent")
    try SynthesisError.requireProbability(
      referenceMaskProbability, "reference_mask_probability")
    try SynthesisError.require(mostViews, in: Self.views, "most_views", unit: "pictures")
    for augmentation in augmentation.all {
      let name = type(of: augmentation).name
      try SynthesisError.requireProbability(
        augmentation.probability, "augmentation.\(name).probability")
      try augmentation.validate()
    }
  }
}
