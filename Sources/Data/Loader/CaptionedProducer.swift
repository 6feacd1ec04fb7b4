import Pictures
import Tensors

/// Pictures with what they are called, stacked.
public struct CaptionedBatch: Sendable {
  /// `[N, S, S, 3]`.
  public var picture: Tensor
  /// Each caption's tokens.
  public var tokens: [[Int]]
}

/// Makes pairs of a picture and a caption.
public struct CaptionedProducer: ItemProducer {
  /// What of a record's picture is shown.
  public enum Part: Sendable {
    /// One object, each as likely, augmented; at the image encoder's size, normalised for CLIP.
    case exemplar
    /// The picture whole, in [−1, 1]; its caption is that of its largest object.
    case picture
  }

  /// Of several captions of an object.
  public enum Choice: Sendable {
    /// Each as likely, drawn anew at each visit.
    case any
    /// The last one, which says most.
    case fullest
  }

  public struct Fields: Sendable {
    let picture: BatchField
    /// Numbers of tokens, which a float holds exactly.
    let tokens: BatchField
  }

  public let synthesizer: TripletSynthesizer
  private let part: Part
  private let choice: Choice
  /// Tokens of a caption.
  private let length: Int
  private let tokenize: @Sendable (String) -> [Int]

  /// - Parameters:
  ///   - settings: of the pictures.
  ///   - part: what of a picture is shown.
  ///   - choice: which of its captions is taken.
  ///   - length: tokens of every caption.
  ///   - tokenize: a caption to `length` numbers, each below 2²⁴.
  /// - Throws: ``SynthesisError/setting(key:found:expected:)``.
  public init(
    _ settings: TripletSettings, _ part: Part, _ choice: Choice, length: Int,
    tokenize: @escaping @Sendable (String) -> [Int]
  ) throws {
    synthesizer = try TripletSynthesizer(settings)
    (self.part, self.choice, self.length, self.tokenize) = (part, choice, length, tokenize)
  }

  private var size: Int {
    switch part {
    case .exemplar: synthesizer.settings.referenceSize
    case .picture: synthesizer.settings.imageSize
    }
  }

  public func fields(count: Int) -> Fields {
    Fields(
      picture: BatchField([size, size, 3], count: count),
      tokens: BatchField([length], count: count))
  }

  public func produce(
    _ record: DatasetRecord, using random: inout RandomStream, into item: ItemBuffers<Fields>
  ) throws {
    var source = try synthesizer.source(record)
    item.warn(source.warnings)
    let caption: [String]
    switch part {
    case .exemplar:
      let plan = try synthesizer.plan(for: source, using: &random)
      synthesizer.exemplar(plan, source).augmented(by: plan.augmentation)
        .normalizeForCLIP(into: item.picture)
      caption = record.captions(of: plan.object ?? 0)
    case .picture:
      let largest = source.boxes.indices.max { source.boxes[$0].area < source.boxes[$1].area }
      if let largest { source.boxes = [source.boxes[largest]] }
      source.references = []
      let plan = try synthesizer.plan(for: source, using: &random)
      synthesizer.drawImage(plan, source, into: item.picture)
      caption = record.captions(of: largest ?? 0)
    }
    let chosen = choice == .fullest ? caption.last : caption.randomElement(using: &random)
    guard let chosen else {
      throw DatasetError.unusable(
        record: record.origin, problem: "the object that was drawn has no caption")
    }
    let tokens = tokenize(chosen)
    precondition(tokens.count == length, "\(tokens.count) tokens, expected \(length)")
    for (i, token) in tokens.enumerated() { item.tokens[i] = Float(token) }
  }

  public func batch(_ fields: Fields) -> CaptionedBatch {
    let numbers = fields.tokens.tensor.values.map { Int($0) }
    return CaptionedBatch(
      picture: fields.picture.tensor,
      tokens: stride(from: 0, to: numbers.count, by: length).map {
        Array(numbers[$0..<$0 + length])
      })
  }
}
