import Foundation
import Inference
import Models
import Pictures
import Support

/// Paints a bench's cases with a method: its whole picture, neither cropped to the mask nor pasted back,
/// at the size it paints at.
public struct MethodRun: Method {
  private let definition: MethodDefinition
  private let method: any PaintingMethod
  private let edit: EditSettings
  private let texts: CaseTexts?
  public let settings: GenerationSettings

  /// - Parameters:
  ///   - definition: of the method.
  ///   - setup: where its networks are.
  ///   - edit: how it samples; the seed is the first case's, case i has `seed + i`.
  ///   - texts: what methods are told that read texts.
  /// - Throws: `MethodError`; what is wrong with the method's files.
  public init(
    _ definition: MethodDefinition, _ setup: MethodSetup, _ edit: EditSettings = EditSettings(),
    texts: CaseTexts? = nil
  ) throws {
    if definition.needs.contains(.text), texts == nil {
      throw MethodError.missing(.text, of: definition.name)
    }
    self.definition = definition
    self.edit = edit
    self.texts = definition.needs.contains(.text) ? texts : nil
    method = try definition(setup)
    var record = method.record(edit)
    if let texts = self.texts { record.settings["prompt"] = .string(texts.template.source) }
    let hashes = try record.files.mapValues { try Fingerprint.model(at: $0) }
    settings = .method(
      MethodSettings(record, hashes: hashes, seed: definition.samples ? edit.seed : nil))
  }

  /// Gives cases what the method needs of them besides pictures.
  ///
  /// - Throws: ``EvaluationError`` where one lacks it.
  public func prepared(_ cases: [BenchCase], of bench: Bench) throws -> [BenchCase] {
    var cases = cases
    // A bench that has masks of some objects is one that lacks the others.
    let isMasked = cases.contains { $0.referenceMask != nil }
    if definition.needs.contains(.referenceMask)
      || (definition.uses.contains(.referenceMask) && isMasked)
    {
      cases = try cases.readingReferenceMasks(of: bench, for: definition.name)
    }
    if let texts {
      let found = try texts.texts(of: cases.map(\.identifier), in: bench)
      for i in cases.indices { cases[i].text = found[i] }
    }
    return cases
  }

  public func paint(_ benchCase: BenchCase, seed: UInt64) throws -> Image {
    let pictures = try CasePictures(benchCase)
    var task = PaintingTask(
      source: pictures.groundTruth, mask: pictures.mask, reference: pictures.reference,
      text: benchCase.text)
    if benchCase.readsReferenceMask {
      task.referenceMask = try benchCase.readReferenceMask(for: pictures.reference)
    }
    if case .model(let canvas) = method.canvas {
      (task.source, task.mask) = pictures.resized(try size(for: pictures.groundTruth, canvas))
    }
    var edit = edit
    edit.seed = seed
    return try method.paint(task, edit) {}.picture
  }

  /// Several cases side by side; the pictures are the same.
  public func paint(_ cases: [BenchCase], seeds: [UInt64]) throws -> [Image] {
    try parallelMap(cases.count) { try paint(cases[$0], seed: seeds[$0]) }
  }

  /// The model's size, in the picture's proportions.
  private func size(for picture: Image, _ canvas: ModelCanvas) throws -> PictureSize {
    let whole = PixelRectangle(x: 0, y: 0, width: picture.width, height: picture.height)
    return try WorkRegion(
      picture: PictureSize(picture), bounds: whole, crop: .none, size: .model,
      modelSize: canvas.side, multiple: canvas.multiple
    ).size
  }
}
