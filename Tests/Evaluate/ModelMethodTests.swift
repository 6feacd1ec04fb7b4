import Evaluation
import Foundation
import Inference
import Pictures
import TestSupport
import Testing

/// A model folder on a bench, from end to end, with the smallest of random models.
@Suite struct ModelMethodTests {
  let folder: TemporaryFolder
  let model: URL

  init() throws {
    folder = try TemporaryFolder()
    model = folder.file("model")
    try TinyModel.write(to: model.path)
  }

  @Test func makesPicturesAtTheModelsSizeInTheBenchsProportions() throws {
    let report = try evaluate("own", reference: .own)
    #expect(report.metrics.count == 2)
    #expect(report.metrics.settings.benchSize == "44x36")
    #expect(report.metrics.settings.resultSize == "36x28")  // about 32 × 32 pixels, multiples of 4
    #expect(report.metrics.hashes["model"]?.count == 64)
  }

  @Test func theSameCaseIsTheSamePictureInAnyBatch() throws {
    let one = try evaluate("one", reference: .own, batch: 1).metrics.hashes
    #expect(try evaluate("two", reference: .own, batch: 2).metrics.hashes == one)
  }

  @Test func theNullConditionIgnoresTheReference() throws {
    let null = try method(reference: .null)
    let own = try method(reference: .own)
    let cases = try Bench(at: EvaluationGolden.bench).cases
    var swapped = cases[0]
    swapped.reference = cases[1].reference
    #expect(
      try null.paint(cases[0], seed: 1) == null.paint(swapped, seed: 1))
    #expect(try own.paint(cases[0], seed: 1) != own.paint(swapped, seed: 1))
  }

  /// As if the bench's reference were that cut-out; a bench without masks says so before anything is painted.
  @Test func theObjectAloneIsShown() throws {
    let small = try SmallBench(count: 2, in: folder)
    let object = try method(reference: .object)
    let without = try Bench(at: small.folder)
    let error = #expect(throws: EvaluationError.self) {
      try object.prepared(without.cases, of: without)
    }
    #expect("\(try #require(error))".contains("has no folder RefMask_*, but a model that sees"))

    var mask = GrayImage(width: 7, height: 9, fill: 0)
    let masks = small.folder.appending(path: "RefMask_3500")
    try FileManager.default.createDirectory(at: masks, withIntermediateDirectories: true)
    let files = small.identifiers.map { masks.appending(path: "\($0)_refmask.png") }
    try mask.pngData().write(to: files[1])
    mask.draw(GrayImage(width: 4, height: 5, fill: 255), x: 1, y: 2)
    try mask.pngData().write(to: files[0])
    let bench = try Bench(at: small.folder)
    let cases = try object.prepared(bench.cases, of: bench)
    #expect(cases.map(\.readsReferenceMask) == [true, true])

    var cutOut = cases[0]
    cutOut.reference = folder.file("object.png")
    let reference = try ImageFile.read(cases[0].reference.path).image
    try #require(reference.object(in: mask)).writePNG(to: cutOut.reference.path)
    #expect(
      try object.paint(cases[0], seed: 1) == method(reference: .own).paint(cutOut, seed: 1))
    let empty = #expect(throws: (any Error).self) { try object.paint(cases[1], seed: 1) }
    #expect("\(try #require(empty))".contains("nowhere white"))
  }

  @Test func followsAnotherImplementationAndSaysSo() throws {
    let cases = try Bench(at: EvaluationGolden.bench).cases
    let own = try method(reference: .own)
    let diffusers = try method(reference: .own, compat: .diffusers)
    #expect(
      try own.paint(cases[0], seed: 1) != diffusers.paint(cases[0], seed: 1))
    #expect(own.settings != diffusers.settings && diffusers.model.compat == .diffusers)
  }

  /// Pictures of another model are never taken for this one's: the hash names everything that is read.
  @Test(arguments: [
    "unet/config.json", "unet/shards/part-1.safetensors", "vae/config.json", "vae_ema/config.json",
    "image_encoder_ema/config.json", "scheduler/scheduler_config.json",
    "feature_extractor/preprocessor_config.json",
  ])
  func theHashIsOfEverythingThatIsRead(_ name: String) throws {
    let before = try method(reference: .own).model.modelHash
    let file = model.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    let text = (try? Data(contentsOf: file)) ?? Data("{}".utf8)
    if name == "vae_ema/config.json" {
      try FileManager.default.copyItem(
        at: model.appending(path: "vae/diffusion_pytorch_model.safetensors"),
        to: model.appending(path: "vae_ema/diffusion_pytorch_model.safetensors"))
    } else if name == "image_encoder_ema/config.json" {
      try FileManager.default.copyItem(
        at: model.appending(path: "image_encoder/model.safetensors"),
        to: model.appending(path: "image_encoder_ema/model.safetensors"))
    }
    try (text + Data("\n".utf8)).write(to: file)
    #expect(try method(reference: .own).model.modelHash != before)
  }

  /// A link stands for what it leads to.
  @Test func aLinkedFileIsHashedByItsContent() throws {
    let file = model.appending(path: "scheduler/scheduler_config.json")
    let before = try method(reference: .own).model.modelHash
    let elsewhere = folder.file("elsewhere.json")
    try FileManager.default.moveItem(at: file, to: elsewhere)
    try FileManager.default.createSymbolicLink(at: file, withDestinationURL: elsewhere)
    #expect(try method(reference: .own).model.modelHash == before)
    try (Data(contentsOf: elsewhere) + Data("\n".utf8)).write(to: elsewhere)
    #expect(try method(reference: .own).model.modelHash != before)
  }

  private func evaluate(
    _ output: String, reference: ReferenceChoice, batch: Int = 1
  ) throws -> EvaluationReport {
    try Evaluator(bench: EvaluationGolden.bench, output: folder.file(output), limit: 2)
      .evaluate(with: method(reference: reference), batch: batch)
  }

  private func method(
    reference: ReferenceChoice, compat: ReferenceImplementation? = nil
  ) throws -> ModelMethod {
    try ModelMethod(
      model: model.path, sampler: .ddim, steps: 2, scale: 3, seed: 42, weights: .averaged,
      reference: reference, compat: compat)
  }
}
