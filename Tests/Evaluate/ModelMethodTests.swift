import Evaluation
import Foundation
import Inference
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

  @Test func followsAnotherImplementationAndSaysSo() throws {
    let cases = try Bench(at: EvaluationGolden.bench).cases
    let own = try method(reference: .own)
    let diffusers = try method(reference: .own, compat: .diffusers)
    #expect(
      try own.paint(cases[0], seed: 1) != diffusers.paint(cases[0], seed: 1))
    #expect(own.settings != diffusers.settings && diffusers.model.compat == .diffusers)
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
