import Pictures
import Tensors

/// Triplets as the loader makes them for training, with the exemplar before its augmentation.
public struct PreviewProducer: ItemProducer {
  public struct Fields: Sendable {
    let triplets: TripletProducer.Fields
    let exemplar: BatchField
  }

  public let triplets: TripletProducer

  public init(_ settings: TripletSettings) throws {
    triplets = try TripletProducer(settings)
  }

  public func fields(count: Int) -> Fields {
    let size = triplets.synthesizer.settings.referenceSize
    return Fields(
      triplets: triplets.fields(count: count), exemplar: BatchField([size, size, 3], count: count))
  }

  public func produce(
    _ record: DatasetRecord, using random: inout RandomStream, into item: ItemBuffers<Fields>
  ) throws {
    let source = try triplets.synthesizer.source(record)
    item.warn(source.warnings)
    let plan = try triplets.synthesizer.plan(for: source, using: &random)
    let exemplar = triplets.fill(item.triplets, plan, source)
    let pixels = item.exemplar
    for (i, value) in exemplar.pixels.enumerated() { pixels[i] = Float(value) }
  }

  public func batch(_ fields: Fields) -> PreviewBatch {
    PreviewBatch(
      triplets: triplets.batch(fields.triplets), exemplar: fields.exemplar.tensor)
  }
}

public struct PreviewBatch: Sendable {
  public var triplets: TripletBatch
  /// `[N, E, E, 3]`, 0…255.
  public var exemplar: Tensor
}

/// A contact sheet of training items, a row each, and their tensors.
public struct TripletPreview: Sendable {
  private var sheet: ContactSheet
  private var items: [TripletBatch] = []
  private let keepsTensors: Bool

  /// - Parameters:
  ///   - imageSize: of the training pictures; the sheet shows them at 128…256 pixels.
  ///   - views: how often an object is shown.
  ///   - keepsTensors: for ``tensors``.
  public init(imageSize: Int, views: Int = 1, keepsTensors: Bool) {
    sheet = ContactSheet(
      columns: ["source", "masked source", "mask", "reference before", "reference after"]
        + (1..<views).map { "view \($0 + 1)" },
      cellSize: min(max(imageSize, 128), 256))
    self.keepsTensors = keepsTensors
  }

  public mutating func add(_ batch: PreviewBatch) {
    let triplets = batch.triplets
    for i in 0..<triplets.image.shape[0] {
      let views = [triplets.reference] + triplets.furtherViews
      sheet.addRow(
        [
          picture(triplets.image, i) { ($0 + 1) * 127.5 },
          picture(triplets.maskedImage, i) { ($0 + 1) * 127.5 },
          // As in the files that people make: white is repainted.
          picture(triplets.mask, i) { (1 - $0) * 255 },
          picture(batch.exemplar, i) { $0 },
        ] + views.map { picture($0.undoingCLIPNormalization(), i) { $0 } })
    }
    if keepsTensors { items.append(triplets) }
  }

  public var image: Image { sheet.image() }

  /// What the network is given, by name: `image`, `masked_image`, `mask`, `reference`, `box`, `crop`
  /// and, of objects that are shown more often, `view_2` and so on, as in ``TripletBatch``.
  public var tensors: [String: Tensor] {
    guard keepsTensors, !items.isEmpty else { return [:] }
    func joined(_ part: (TripletBatch) -> Tensor) -> Tensor {
      .concatenated(items.map(part), axis: 0)
    }
    let views = items[0].furtherViews.indices.map { view in
      ("view_\(view + 2)", joined { $0.furtherViews[view] })
    }
    let tensors = [
      "image": joined(\.image), "masked_image": joined(\.maskedImage), "mask": joined(\.mask),
      "reference": joined(\.reference), "box": joined(\.box), "crop": joined(\.crop),
    ]
    return tensors.merging(views) { own, _ in own }
  }

  /// One picture of a batch, `[N, H, W, 3 or 1]`; `level` gives 0…255.
  private func picture(_ batch: Tensor, _ number: Int, level: (Float) -> Float) -> Image {
    let (height, width, channels) = (batch.shape[1], batch.shape[2], batch.shape[3])
    let size = height * width * channels
    let bytes = batch.withUnsafeBufferPointer { values in
      values[number * size..<(number + 1) * size].map {
        UInt8(min(max(level($0), 0), 255).rounded())
      }
    }
    return channels == 3
      ? Image(width: width, height: height, pixels: bytes)
      : GrayImage(width: width, height: height, pixels: bytes).rgb()
  }
}
