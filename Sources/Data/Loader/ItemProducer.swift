import Pictures
import Tensors

/// Makes one kind of training item of a dataset's records.
///
/// An item must depend on the record and the random stream alone: then batches are the same
/// whatever thread makes them, and after a resume.
public protocol ItemProducer: Sendable {
  associatedtype Batch: Sendable

  /// Shapes of an item's arrays.
  var shapes: [[Int]] { get }

  /// Fills the arrays of one item.
  ///
  /// - Throws: when the record's files can't be used; the loader then takes the next record.
  func produce(
    _ record: DatasetRecord, using random: inout RandomStream,
    into arrays: [UnsafeMutableBufferPointer<Float>]
  ) throws

  /// A batch of stacked arrays, in the order of `shapes`.
  func batch(_ arrays: [Tensor]) -> Batch
}

extension TripletSource {
  /// Reads a record's pictures; its boxes come in pixels of the picture as displayed.
  ///
  /// - Throws: `ImageError`, `DatasetError`.
  public init(_ record: DatasetRecord) throws {
    let image = try ImageFile.read(record.image).image
    let resolved = try record.resolved()
    self.init(
      image: image, boxes: resolved.boxes, mask: try record.mask.map(ImageFile.readGray),
      reference: try record.reference.map { try ImageFile.read($0).image })
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
  /// `[N, 4]`: x0, y0, x1, y1 of the object in pixels of its picture.
  public var box: Tensor
  /// `[N, 4]`: x0, y0, x1, y1 of the part of the picture that was used.
  public var crop: Tensor
}

public struct TripletProducer: ItemProducer {
  public let synthesizer: TripletSynthesizer

  public init(_ settings: TripletSettings) throws {
    synthesizer = try TripletSynthesizer(settings)
  }

  public var shapes: [[Int]] {
    let size = synthesizer.settings.imageSize
    let encoderSize = synthesizer.settings.referenceSize
    return [
      [size, size, 3], [size, size, 3], [size, size, 1], [encoderSize, encoderSize, 3], [4], [4],
    ]
  }

  public func produce(
    _ record: DatasetRecord, using random: inout RandomStream,
    into arrays: [UnsafeMutableBufferPointer<Float>]
  ) throws {
    let source = try TripletSource(record)
    _ = fill(try synthesizer.plan(for: source, using: &random), source, arrays)
  }

  /// Fills the arrays of one item and returns its exemplar before augmentation.
  func fill(
    _ plan: TripletPlan, _ source: TripletSource, _ arrays: [UnsafeMutableBufferPointer<Float>]
  ) -> Image {
    synthesizer.draw(plan, source, image: arrays[0], mask: arrays[2], maskedImage: arrays[1])
    let exemplar = synthesizer.exemplar(plan, source)
    exemplar.augmented(by: plan.augmentation)
      .normalizeForCLIP(into: arrays[3])
    for (rectangle, array) in [(plan.box, arrays[4]), (plan.crop, arrays[5])] {
      let corners = [rectangle.x, rectangle.y, rectangle.right, rectangle.bottom]
      for (i, corner) in corners.enumerated() { array[i] = Float(corner) }
    }
    return exemplar
  }

  public func batch(_ arrays: [Tensor]) -> TripletBatch {
    TripletBatch(
      image: arrays[0], maskedImage: arrays[1], mask: arrays[2], reference: arrays[3],
      box: arrays[4], crop: arrays[5])
  }
}

/// Pictures for the autoencoder, `[N, S, S, 3]` in [−1, 1]: crops as the diffusion model sees them,
/// some with the grey hole that its masked pictures have.
public struct PictureProducer: ItemProducer {
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

  public var shapes: [[Int]] {
    [[synthesizer.settings.imageSize, synthesizer.settings.imageSize, 3]]
  }

  public func produce(
    _ record: DatasetRecord, using random: inout RandomStream,
    into arrays: [UnsafeMutableBufferPointer<Float>]
  ) throws {
    let hasHole = random.chance(holeProbability)
    var source = try TripletSource(record)
    source.reference = nil
    let plan = try synthesizer.plan(for: source, using: &random)
    guard hasHole else { return synthesizer.drawImage(plan, source, into: arrays[0]) }
    var mask = [Float](repeating: 0, count: arrays[0].count / 3)
    mask.withUnsafeMutableBufferPointer {
      synthesizer.draw(plan, source, image: arrays[0], mask: $0, maskedImage: arrays[0])
    }
  }

  public func batch(_ arrays: [Tensor]) -> Tensor { arrays[0] }
}
