import Foundation
import Pictures
import Tensors

/// What a training example is made from.
public struct TripletSource: Sendable {
  public var image: Image
  /// The same picture as exemplars are cut from it, where it is another one: that of a transparent
  /// picture is over ``Ground/reference``.
  package var exemplars: Image?
  /// Boxes of objects in the picture; one of them is drawn.
  public var boxes: [Box]
  /// Where to repaint (white), of the picture's size; used as it is, instead of a drawn mask.
  public var mask: GrayImage?
  /// Exemplars of its own, instead of the part of the picture inside the box.
  public var references: [Exemplar] = []
  /// White on the object of each box, or of one without a box, of the picture's size; empty for none.
  public var objectMasks: [GrayImage?] = []
  /// What its files were read with.
  public internal(set) var warnings: [FileWarning] = []

  /// A separate picture of the object.
  public struct Exemplar: Sendable {
    public var picture: Image
    /// White on the object, of the picture's size.
    public var mask: GrayImage?

    public init(picture: Image, mask: GrayImage? = nil) {
      (self.picture, self.mask) = (picture, mask)
    }
  }

  public init(image: Image, boxes: [Box], mask: GrayImage? = nil) {
    self.image = image
    self.boxes = boxes
    self.mask = mask
  }
}

/// A self-supervised training example: the picture, the picture with a hole where its object was,
/// and the object, altered so that copying it won't do.
public struct Triplet: Sendable {
  /// `[S, S, 3]` in [−1, 1].
  public var image: Tensor
  /// `[S, S, 3]`: `image` times `mask`, so that the hole is 0, mid-grey.
  public var maskedImage: Tensor
  /// `[S, S, 1]`: 1 keep, 0 hole, fractions on its border.
  public var mask: Tensor
  /// `[E, E, 3]`, normalised for CLIP.
  public var reference: Tensor
  /// The object, in pixels of the source.
  public var box: PixelRectangle
  /// The part of the source that was made `image`.
  public var crop: PixelRectangle
  /// The exemplar at the encoder's size, before its augmentation and after.
  public var exemplar: Image
  public var augmentedExemplar: Image
}

/// The random choices behind one triplet.
package struct TripletPlan: Sendable, Equatable {
  package var box: PixelRectangle
  /// Which of the source's boxes it is; nil for the bounds of a mask.
  package var object: Int?
  /// What the mask may cover: the grown box, or a given mask's bounds and the box.
  package var region: PixelRectangle
  package var mask: MaskShape
  package var crop: PixelRectangle
  /// The part of the source shown to the encoder; nil for a reference of its own.
  package var exemplar: PixelRectangle?
  /// At least one: how the object is shown.
  package var views: [View]

  /// Of the first view.
  package var augmentation: AugmentationPlan {
    get { views[0].augmentation }
    set { views[0].augmentation = newValue }
  }

  package struct View: Sendable, Equatable {
    /// Which of the source's own references it shows; nil for a part of the source itself.
    package var reference: Int?
    /// Whether only the object is shown, where there is a mask of it.
    package var isCutOut: Bool
    package var augmentation: AugmentationPlan
  }
}

/// Makes training examples from pictures with boxes; nothing but the source and the random stream
/// decides what comes out.
///
/// - Source: paper §3.2 and the official dataset class, as ``Variant`` says.
public struct TripletSynthesizer: Sendable {
  public let settings: TripletSettings

  /// - Throws: ``SynthesisError/setting(key:found:expected:)``.
  public init(_ settings: TripletSettings) throws {
    try settings.validate()
    self.settings = settings
  }

  /// - Throws: ``SynthesisError`` for a source that holds no example.
  public func triplet(
    from source: TripletSource, using random: inout RandomStream
  ) throws -> Triplet {
    let plan = try plan(for: source, using: &random)
    let (size, encoderSize) = (settings.imageSize, settings.referenceSize)
    let exemplar = exemplar(plan, source)
    var result = Triplet(
      image: Tensor(uninitialized: [size, size, 3]),
      maskedImage: Tensor(uninitialized: [size, size, 3]),
      mask: Tensor(uninitialized: [size, size, 1]),
      reference: Tensor(uninitialized: [encoderSize, encoderSize, 3]),
      box: plan.box, crop: plan.crop, exemplar: exemplar,
      augmentedExemplar: exemplar.augmented(by: plan.augmentation))
    result.image.withUnsafeMutableBufferPointer { image in
      result.mask.withUnsafeMutableBufferPointer { mask in
        result.maskedImage.withUnsafeMutableBufferPointer { maskedImage in
          draw(plan, source, image: image, mask: mask, maskedImage: maskedImage)
        }
      }
    }
    let augmented = result.augmentedExemplar
    result.reference.withUnsafeMutableBufferPointer { augmented.normalizeForCLIP(into: $0) }
    return result
  }

  /// Draws everything that is random about an example.
  package func plan(
    for source: TripletSource, using random: inout RandomStream
  ) throws -> TripletPlan {
    let (width, height) = (source.image.width, source.image.height)
    try checkObjectMasks(of: source)
    let (box, object) = try box(of: source, using: &random)
    let scale = settings.pixelScale(width: width, height: height)

    let grown = box.grown(inWidth: width, height: height, using: &random)
    let isFreeForm = random.chance(settings.arbitraryMaskPercent)
    let (mask, region): (MaskShape, PixelRectangle)
    if let given = source.mask {
      region = box.union(given.whiteBounds ?? box)
      mask = .picture(given)
    } else {
      region = grown
      mask =
        isFreeForm
        ? .freeForm(box, grown: grown, settings.variant, scale: scale, using: &random)
        : .rectangle(grown)
    }
    let crop = PixelRectangle.squareCrop(
      around: region, inWidth: width, height: height, using: &random)
    let padding = Int((Float(settings.variant.exemplarPadding) * scale).rounded())
    let augmentation = AugmentationPlan(
      settings.augmentation.all, size: settings.referenceSize, using: &random)
    return TripletPlan(
      box: box, object: object, region: region, mask: mask, crop: crop,
      exemplar: source.references.isEmpty
        ? box.padded(by: padding, inWidth: width, height: height) : nil,
      views: views(first: augmentation, references: source.references.count, using: &random))
  }

  /// How the object is shown. What is random about it comes after all that is drawn where there is one view
  /// and no mask, so that these settings change nothing else.
  private func views(
    first: AugmentationPlan, references: Int, using random: inout RandomStream
  ) -> [TripletPlan.View] {
    let order = references > 1 ? (0..<references).shuffled(using: &random) : Array(0..<references)
    var views: [TripletPlan.View] = []
    for i in 0..<settings.mostViews {
      let probability = settings.referenceMaskProbability
      let isCutOut = probability > 0 && random.chance(probability)
      let augmentation =
        i == 0
        ? first
        : AugmentationPlan(settings.augmentation.all, size: settings.referenceSize, using: &random)
      views.append(
        TripletPlan.View(
          reference: order.isEmpty ? nil : order[i % order.count], isCutOut: isCutOut,
          augmentation: augmentation))
    }
    return views
  }

  /// All of them, as with boxes, whichever is drawn.
  private func checkObjectMasks(of source: TripletSource) throws {
    let masks =
      source.objectMasks.compactMap { mask in mask.map { ($0, source.image) } }
      + source.references.compactMap { shown in shown.mask.map { ($0, shown.picture) } }
    for (mask, picture) in masks {
      guard mask.width == picture.width, mask.height == picture.height else {
        throw SynthesisError.maskSize(
          mask: (mask.width, mask.height), picture: (picture.width, picture.height))
      }
      guard mask.whiteBounds != nil else { throw SynthesisError.emptyObjectMask }
    }
  }

  /// One of the source's boxes, each as likely; without boxes the bounds of its mask.
  private func box(
    of source: TripletSource, using random: inout RandomStream
  ) throws -> (PixelRectangle, object: Int?) {
    let (width, height) = (source.image.width, source.image.height)
    var bounds: PixelRectangle?
    if let mask = source.mask {
      guard mask.width == width, mask.height == height else {
        throw SynthesisError.maskSize(
          mask: (mask.width, mask.height), picture: (width, height))
      }
      bounds = mask.whiteBounds
      guard bounds != nil else { throw SynthesisError.emptyMask }
    }
    if source.boxes.isEmpty, let object = source.objectMasks.first {
      bounds = object?.whiteBounds ?? bounds
    }
    // All of them, so that whether a source can be used does not depend on which one is drawn.
    let boxes = try source.boxes.map { box in
      guard let pixels = PixelRectangle(box, inWidth: width, height: height) else {
        throw SynthesisError.boxOutside(box, picture: (width, height))
      }
      return pixels
    }
    if let object = boxes.indices.randomElement(using: &random) { return (boxes[object], object) }
    guard let bounds else { throw SynthesisError.noBox }
    return (bounds, nil)
  }
}

extension TripletSynthesizer {
  /// Fills `[S, S, 3]`, `[S, S, 1]` and `[S, S, 3]` values.
  package func draw(
    _ plan: TripletPlan, _ source: TripletSource, image: UnsafeMutableBufferPointer<Float>,
    mask: UnsafeMutableBufferPointer<Float>, maskedImage: UnsafeMutableBufferPointer<Float>
  ) {
    drawImage(plan, source, into: image)
    let drawn = plan.mask.drawn(in: plan.crop)
    drawn.resample(
      PixelRectangle(0, 0, drawn.width, drawn.height), to: settings.imageSize,
      antialias: settings.antialias, .keep, into: mask)
    // After normalisation, so that the hole is mid-grey.
    for i in 0..<mask.count {
      let (keep, pixel) = (mask[i], i &* 3)
      maskedImage[pixel] = image[pixel] * keep
      maskedImage[pixel &+ 1] = image[pixel &+ 1] * keep
      maskedImage[pixel &+ 2] = image[pixel &+ 2] * keep
    }
  }

  /// Fills `[S, S, 3]` values.
  package func drawImage(
    _ plan: TripletPlan, _ source: TripletSource, into image: UnsafeMutableBufferPointer<Float>
  ) {
    source.image.resample(
      plan.crop, to: settings.imageSize, antialias: settings.antialias, .signed, into: image)
  }

  /// The object as the encoder would see it without augmentation, stretched to its size.
  ///
  /// - Parameter number: of the view.
  package func exemplar(
    _ plan: TripletPlan, _ source: TripletSource, view number: Int = 0
  ) -> Image {
    let view = plan.views[number]
    let reference = view.reference.map { source.references[$0] }
    let picture = reference?.picture ?? source.exemplars ?? source.image
    let mask = reference == nil ? source.objectMask(plan.object ?? 0) : reference?.mask
    let object = view.isCutOut ? mask.flatMap { picture.object(in: $0) } : nil
    let shown = object ?? picture
    let whole = PixelRectangle(0, 0, shown.width, shown.height)
    return shown.stretched(
      object == nil ? plan.exemplar ?? whole : whole, to: settings.referenceSize,
      antialias: settings.antialias)
  }
}

extension TripletSource {
  /// Of one object; nil where there is none.
  func objectMask(_ number: Int) -> GrayImage? {
    objectMasks.indices.contains(number) ? objectMasks[number] : nil
  }
}
