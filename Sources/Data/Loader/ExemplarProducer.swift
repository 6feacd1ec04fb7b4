import Tensors

/// Exemplars, stacked: what an image encoder learns from before it serves the diffusion model.
public struct ExemplarBatch: Sendable, Equatable {
  /// As the encoder sees it, augmented: `[N, E, E, 3]`, normalised for CLIP.
  public var reference: Tensor
  /// A small picture of the same before augmentation: `[N, D, D, 3]` in [−1, 1].
  public var drawing: Tensor
  /// Numbers of the objects' classes; nil where the dataset names none.
  public var labels: [Int?]
}

public struct ExemplarProducer: ItemProducer {
  public struct Fields: Sendable {
    let reference, drawing: BatchField
    /// The class's number, −1 for none.
    let label: BatchField
  }

  public let synthesizer: TripletSynthesizer
  /// Names of the classes; a label is a place in this list.
  public let classes: [String]
  /// Height and width of the small picture.
  public let drawingSize: Int
  private let numbers: [String: Int]

  /// - Throws: ``SynthesisError/setting(key:found:expected:)``.
  public init(_ settings: TripletSettings, classes: [String], drawingSize: Int) throws {
    synthesizer = try TripletSynthesizer(settings)
    self.classes = classes
    self.drawingSize = drawingSize
    numbers = Dictionary(zip(classes, 0...)) { first, _ in first }
  }

  public func fields(count: Int) -> Fields {
    let size = synthesizer.settings.referenceSize
    return Fields(
      reference: BatchField([size, size, 3], count: count),
      drawing: BatchField([drawingSize, drawingSize, 3], count: count),
      label: BatchField([1], count: count))
  }

  public func produce(
    _ record: DatasetRecord, using random: inout RandomStream, into item: ItemBuffers<Fields>
  ) throws {
    let source = try synthesizer.source(record)
    item.warn(source.warnings)
    let plan = try synthesizer.plan(for: source, using: &random)
    let exemplar = synthesizer.exemplar(plan, source)
    exemplar.augmented(by: plan.augmentation)
      .normalizeForCLIP(into: item.reference)
    let small = exemplar.resized(width: drawingSize, height: drawingSize, filter: .bilinear)
    let drawing = item.drawing
    for (i, pixel) in small.pixels.enumerated() { drawing[i] = Float(pixel) / 127.5 - 1 }
    // A class of another dataset (the validation's own) is none.
    let number = record.label(of: plan.object ?? 0).flatMap { numbers[$0] }
    item.label[0] = Float(number ?? -1)
  }

  public func batch(_ fields: Fields) -> ExemplarBatch {
    ExemplarBatch(
      reference: fields.reference.tensor, drawing: fields.drawing.tensor,
      labels: fields.label.tensor.values.map { $0 < 0 ? nil : Int($0) })
  }
}
