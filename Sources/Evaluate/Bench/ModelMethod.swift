import Foundation
import Inference
import Models
import Pictures
import Support

/// Paints a bench's cases with a model: the network's whole picture, neither cropped to the mask nor
/// pasted back, at the size the model works at.
public struct ModelMethod: Method {
  public internal(set) var model: ModelSettings
  private let painter: Painter

  /// What of the model's files had no place in it, a sentence each.
  public var notes: [String] { painter.model.notes }

  public var settings: GenerationSettings { .model(model) }

  /// - Parameters:
  ///   - path: A model folder or a run directory.
  ///   - adapters: What it is merged with.
  ///   - sampler: How latents get from noise to a picture.
  ///   - steps: Of the sampler.
  ///   - scale: Of guidance, the similarity to the reference; 1 is without guidance.
  ///   - seed: Of the first case; case i has `seed + i`.
  ///   - weights: The averaged or the raw ones.
  ///   - reference: Which picture a case is painted after, or none, as a control.
  ///   - compat: Another implementation whose conventions to follow; nil for this project's own.
  ///   - decoder: What makes pictures of latents.
  /// - Throws: What is wrong with the model's files.
  public init(
    model path: String, adapters: [AdapterSource] = [], sampler: Sampler, steps: Int, scale: Float,
    seed: UInt64, weights: WeightChoice, reference: ReferenceChoice,
    compat: ReferenceImplementation? = nil, decoder: DecoderChoice = .full
  ) throws {
    let folder = try ModelFolder(at: path, adapters: adapters)
    painter = Painter(try folder.model(weights, decoder: decoder))
    model = ModelSettings(
      model: path, modelHash: try Fingerprint.model(at: folder.path, adapters: adapters),
      sampler: sampler, steps: steps, scale: scale, seed: seed, weights: weights,
      reference: reference, compat: compat,
      decoder: decoder == .full ? nil : decoder.description)
    model.adapters = adapters.described.first?.value
  }

  public func prepared(_ cases: [BenchCase], of bench: Bench) throws -> [BenchCase] {
    guard model.reference == .object else { return cases }
    return try cases.readingReferenceMasks(of: bench, for: "a model that sees the object alone")
  }

  public func paint(_ benchCase: BenchCase, seed: UInt64) throws -> Image {
    try paint(benchCase, seed: seed, steps: model.steps)
  }

  private func paint(_ benchCase: BenchCase, seed: UInt64, steps: Int) throws -> Image {
    let pictures = try CasePictures(benchCase)
    let (source, mask) = pictures.resized(try size(for: pictures.groundTruth))
    let reference =
      switch model.reference {
      case .own, .truth: pictures.reference
      case .object: try benchCase.referenceObject(in: pictures.reference)
      case .null: nil as Image?
      }
    var edit = EditSettings()
    edit.sampler = model.sampler
    edit.steps = steps
    edit.scale = model.scale
    edit.seed = seed
    if let compat = model.compat { edit.conventions = compat.conventions }
    let condition = try painter.condition(reference, edit.conventions)
    return try painter.paint(source: source, mask: mask, condition: condition, edit).picture
  }

  /// Several cases side by side, each on one thread: small networks keep the processors busier so
  /// than one case spread over all. The pictures are the same.
  public func paint(_ cases: [BenchCase], seeds: [UInt64]) throws -> [Image] {
    try paint(cases, seeds: seeds, steps: model.steps)
  }

  private func paint(_ cases: [BenchCase], seeds: [UInt64], steps: Int) throws -> [Image] {
    try parallelMap(cases.count) { try paint(cases[$0], seed: seeds[$0], steps: steps) }
  }

  /// Paints the cases with one step and with two, from which any number follows.
  public func trial(_ cases: [BenchCase], of total: Int) throws -> PaintingTrial? {
    guard total * model.steps >= 200 * cases.count else { return nil }
    func paint(steps: Int) throws -> [Image] {
      try self.paint(cases, seeds: cases.map { _ in 0 }, steps: steps)
    }
    let pictures = try paint(steps: 1)  // also reads the weights
    let (_, one) = try timed { try paint(steps: 1) }
    guard model.steps > 1 else { return PaintingTrial(pictures, seconds: one) }
    let (_, two) = try timed { try paint(steps: 2) }
    return PaintingTrial(
      pictures, seconds: one + Double(model.steps - 1) * max(two - one, 0))
  }

  /// The model's size, in the picture's proportions.
  private func size(for picture: Image) throws -> PictureSize {
    let whole = PixelRectangle(x: 0, y: 0, width: picture.width, height: picture.height)
    let painted = painter.model
    return try WorkRegion(
      picture: PictureSize(picture), bounds: whole, crop: .none, size: .model,
      modelSize: painted.pictureSize, multiple: painted.sizeMultiple
    ).size
  }
}
