import Pictures
import Tensors

/// Makes one kind of training item of a dataset's records.
///
/// An item must depend on the record and the random stream alone: then batches are the same
/// whatever thread makes them, and after a resume.
public protocol ItemProducer: Sendable {
  /// A batch in the making: a ``BatchField`` for each array of an item.
  associatedtype Fields: Sendable
  associatedtype Batch: Sendable

  /// Room for `count` items.
  func fields(count: Int) -> Fields

  /// Fills every field of one item.
  ///
  /// - Throws: when the record's files can't be used; the loader then takes the next record.
  func produce(
    _ record: DatasetRecord, using random: inout RandomStream, into item: ItemBuffers<Fields>
  ) throws

  /// The batch whose items are made.
  func batch(_ fields: Fields) -> Batch
}

extension TripletSource {
  /// Reads a record's pictures; its boxes come in pixels of the picture as displayed.
  ///
  /// All that may be drawn is read: whether a record can be used must not depend on what is.
  ///
  /// - Parameters:
  ///   - record: names the files.
  ///   - readsObjectMasks: false to leave out masks that only say where in a reference its object is.
  /// - Throws: `ImageError`, `DatasetError`.
  public init(_ record: DatasetRecord, readsObjectMasks: Bool = false) throws {
    let picture = try ImageFile.read(record.image)
    let resolved = try record.resolved()
    let mask = try record.mask.map(ImageFile.readMask)
    self.init(image: picture.image, boxes: resolved.boxes, mask: mask?.pixels)
    if picture.alpha != nil { exemplars = picture.image(on: .reference) }
    warnings = picture.warnings.about(record.image)
    if let mask, let file = record.mask { warnings += mask.warnings.about(file) }
    for files in record.references { try read(files, readsObjectMasks: readsObjectMasks) }
    // Without a box, the mask's bounds are it.
    guard readsObjectMasks || record.boxes.isEmpty else { return }
    objectMasks = try record.objectMasks.map { try readMask($0) }
  }

  private mutating func read(_ files: ExemplarFiles, readsObjectMasks: Bool) throws {
    let picture = try ImageFile.read(files.picture)
    warnings += picture.warnings.about(files.picture)
    let mask = readsObjectMasks ? try readMask(files.mask) : nil
    references.append(Exemplar(picture: picture.image(on: .reference), mask: mask))
  }

  private mutating func readMask(_ file: String?) throws -> GrayImage? {
    guard let file else { return nil }
    let mask = try ImageFile.readMask(file)
    warnings += mask.warnings.about(file)
    return mask.pixels
  }
}

extension TripletSynthesizer {
  /// A record's pictures, with the masks that the settings ask for.
  ///
  /// - Throws: `ImageError`, `DatasetError`.
  func source(_ record: DatasetRecord) throws -> TripletSource {
    try TripletSource(record, readsObjectMasks: settings.referenceMaskProbability > 0)
  }
}

/// Triplets, stacked: what the diffusion model trains on.
public struct TripletBatch: Sendable, Equatable {
  /// `[N, S, S, 3]` in [−1, 1].
  public var image: Tensor
  /// `[N, S, S, 3]`, mid-grey (0) in the hole.
  public var maskedImage: Tensor
  /// `[N, S, S, 1]`: 1 keep, 0 hole.
  public var mask: Tensor
  /// `[N, E, E, 3]`, normalised for CLIP.
  public var reference: Tensor
  /// Further views of the same objects, each like `reference`; none unless the settings ask for them.
  public var furtherViews: [Tensor] = []
  /// `[N, 4]`: x0, y0, x1, y1 of the object in pixels of its picture.
  public var box: Tensor
  /// `[N, 4]`: x0, y0, x1, y1 of the part of the picture that was used.
  public var crop: Tensor
}

public struct TripletProducer: ItemProducer {
  /// Those of ``TripletBatch``.
  public struct Fields: Sendable {
    let image, maskedImage, mask, reference, box, crop: BatchField
    let furtherViews: [BatchField]
  }

  public let synthesizer: TripletSynthesizer

  public init(_ settings: TripletSettings) throws {
    synthesizer = try TripletSynthesizer(settings)
  }

  public func fields(count: Int) -> Fields {
    let size = synthesizer.settings.imageSize
    let encoderSize = synthesizer.settings.referenceSize
    return Fields(
      image: BatchField([size, size, 3], count: count),
      maskedImage: BatchField([size, size, 3], count: count),
      mask: BatchField([size, size, 1], count: count),
      reference: BatchField([encoderSize, encoderSize, 3], count: count),
      box: BatchField([4], count: count), crop: BatchField([4], count: count),
      furtherViews: (1..<synthesizer.settings.mostViews).map { _ in
        BatchField([encoderSize, encoderSize, 3], count: count)
      })
  }

  public func produce(
    _ record: DatasetRecord, using random: inout RandomStream, into item: ItemBuffers<Fields>
  ) throws {
    let source = try synthesizer.source(record)
    item.warn(source.warnings)
    _ = fill(item, try synthesizer.plan(for: source, using: &random), source)
  }

  /// Fills every field of one item and returns its exemplar before augmentation.
  func fill(_ item: ItemBuffers<Fields>, _ plan: TripletPlan, _ source: TripletSource) -> Image {
    synthesizer.draw(
      plan, source, image: item.image, mask: item.mask, maskedImage: item.maskedImage)
    let exemplar = synthesizer.exemplar(plan, source)
    exemplar.augmented(by: plan.augmentation)
      .normalizeForCLIP(into: item.reference)
    for (view, field) in zip(1..., item.fields.furtherViews) {
      synthesizer.exemplar(plan, source, view: view)
        .augmented(by: plan.views[view].augmentation)
        .normalizeForCLIP(into: field.buffer(of: item.slot))
    }
    for (rectangle, buffer) in [(plan.box, item.box), (plan.crop, item.crop)] {
      let corners = [rectangle.x, rectangle.y, rectangle.right, rectangle.bottom]
      for (i, corner) in corners.enumerated() { buffer[i] = Float(corner) }
    }
    return exemplar
  }

  public func batch(_ fields: Fields) -> TripletBatch {
    TripletBatch(
      image: fields.image.tensor, maskedImage: fields.maskedImage.tensor,
      mask: fields.mask.tensor, reference: fields.reference.tensor,
      furtherViews: fields.furtherViews.map(\.tensor), box: fields.box.tensor,
      crop: fields.crop.tensor)
  }
}

/// Pictures for the autoencoder, `[N, S, S, 3]` in [−1, 1]: crops as the diffusion model sees them,
/// some with the grey hole that its masked pictures have.
public struct PictureProducer: ItemProducer {
  public struct Fields: Sendable {
    let image: BatchField
  }

  public let synthesizer: TripletSynthesizer
  /// Share of the pictures that have a hole.
  public let holeProbability: Float

  public init(_ settings: TripletSettings, holeProbability: Float = 0.3) throws {
    synthesizer = try TripletSynthesizer(settings)
    guard holeProbability >= 0, holeProbability <= 1 else {
      throw SynthesisError.setting(
        key: "augmentation.holes.probability", found: "\(holeProbability)",
        expected: "a probability, 0 to 1")
    }
    self.holeProbability = holeProbability
  }

  public func fields(count: Int) -> Fields {
    let size = synthesizer.settings.imageSize
    return Fields(image: BatchField([size, size, 3], count: count))
  }

  public func produce(
    _ record: DatasetRecord, using random: inout RandomStream, into item: ItemBuffers<Fields>
  ) throws {
    let image = item.image
    let hasHole = random.chance(holeProbability)
    var source = try TripletSource(record)
    item.warn(source.warnings)
    source.references = []
    let plan = try synthesizer.plan(for: source, using: &random)
    guard hasHole else { return synthesizer.drawImage(plan, source, into: image) }
    var mask = [Float](repeating: 0, count: image.count / 3)
    mask.withUnsafeMutableBufferPointer {
      synthesizer.draw(plan, source, image: image, mask: $0, maskedImage: image)
    }
  }

  public func batch(_ fields: Fields) -> Tensor { fields.image.tensor }
}
