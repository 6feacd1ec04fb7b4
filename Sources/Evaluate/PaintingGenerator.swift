import Foundation
import Inference
import Models
import Pictures
import Support

/// Makes a bench's results with a model: the network's whole picture, neither cropped to the mask
/// nor pasted back, at the size the model works at.
public struct PaintingGenerator: CaseGenerator {
  public internal(set) var settings: GenerationSettings
  private let painter: Painter

  /// - Parameter path: A model folder or a run directory.
  /// - Throws: What is wrong with the model's files.
  public init(
    model path: String, sampler: Sampler, steps: Int, scale: Float, seed: UInt64,
    weights: WeightChoice, reference: ReferenceChoice, compat: ReferenceImplementation? = nil
  ) throws {
    let folder = try ModelFolder(at: path)
    painter = Painter(try folder.model(weights))
    settings = GenerationSettings(
      model: path, modelHash: try Fingerprint.model(at: URL(filePath: folder.path)),
      sampler: sampler, steps: steps, scale: scale, seed: seed, weights: weights,
      reference: reference, compat: compat)
  }

  public func generate(case benchCase: BenchCase, seed: UInt64) throws -> Image {
    try generate(case: benchCase, seed: seed, steps: settings.steps)
  }

  private func generate(case benchCase: BenchCase, seed: UInt64, steps: Int) throws -> Image {
    let pictures = try CasePictures(benchCase)
    let (source, mask) = pictures.resized(try size(for: pictures.groundTruth))
    let reference = settings.reference == .null ? nil : pictures.reference
    var edit = EditSettings()
    edit.sampler = settings.sampler
    edit.steps = steps
    edit.scale = settings.scale
    edit.seed = seed
    if let compat = settings.compat { edit.conventions = compat.conventions }
    let condition = try painter.condition(reference, edit.conventions)
    return try painter.paint(source: source, mask: mask, condition: condition, edit).picture
  }

  /// Several cases side by side, each on one thread: small networks keep the processors busier so
  /// than one case spread over all. The pictures are the same.
  public func generate(cases: [BenchCase], seeds: [UInt64]) throws -> [Image] {
    try generate(cases: cases, seeds: seeds, steps: settings.steps)
  }

  /// The same with another number of steps, for trials.
  func generate(cases: [BenchCase], seeds: [UInt64], steps: Int) throws -> [Image] {
    try parallelMap(cases.count) { try generate(case: cases[$0], seed: seeds[$0], steps: steps) }
  }

  /// The model's size, in the picture's proportions.
  private func size(for picture: Image) throws -> PictureSize {
    let whole = PixelRectangle(x: 0, y: 0, width: picture.width, height: picture.height)
    let model = painter.model
    return try WorkRegion(
      picture: PictureSize(picture), bounds: whole, crop: .none, size: .model,
      modelSize: model.pictureSize, multiple: model.sizeMultiple
    ).size
  }
}
