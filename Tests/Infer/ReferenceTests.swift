import Foundation
import Inference
import Models
import Pictures
import Support
import Tensors
import TestSupport
import Testing

/// Several references of one object, and references of which only the object is shown.
@Suite struct ReferenceTests {
  private let folder: TemporaryFolder
  private let model: PaintByExampleModel
  private let settings: EditSettings

  init() throws {
    folder = try TemporaryFolder()
    try TinyModel.write(to: folder.path("model"))
    model = try ModelFolder(at: folder.path("model")).model()
    var settings = EditSettings()
    (settings.steps, settings.seed, settings.scale) = (2, 5, 3)
    self.settings = settings
    try noise(60, 40, seed: 1).writePNG(to: folder.path("source.png"))
    try noise(30, 22, seed: 2).writePNG(to: folder.path("a.png"))
    try noise(24, 26, seed: 3).writePNG(to: folder.path("b.png"))
    var mask = GrayImage(width: 60, height: 40, fill: 0)
    mask.draw(GrayImage(width: 20, height: 15, fill: 255), x: 10, y: 12)
    try mask.writePNG(to: folder.path("mask.png"))
  }

  private func noise(_ width: Int, _ height: Int, seed: UInt64) -> Image {
    var random = RandomStream(seed: seed, purpose: "references")
    let pixels = (0..<width * height * 3).map { _ in UInt8(random.uniform() * 256) }
    return Image(width: width, height: height, pixels: pixels)
  }

  /// Of a.png: a disc of which the bounds are no square.
  private func disc() throws -> GrayImage {
    let pixels = (0..<30 * 22).map { i -> UInt8 in
      let (x, y) = (Double(i % 30) - 12, Double(i / 30) - 9)
      return x * x / 49 + y * y / 25 < 1 ? 255 : 0
    }
    let mask = GrayImage(width: 30, height: 22, pixels: pixels)
    try mask.writePNG(to: folder.path("a-mask.png"))
    return mask
  }

  private func job(_ references: [EditJob.Reference], _ output: String = "out.png") -> EditJob {
    var job = EditJob(
      image: folder.path("source.png"), region: .mask(folder.path("mask.png")), reference: nil,
      output: folder.path(output))
    job.references = references
    job.settings = settings
    return job
  }

  private func run(_ references: [EditJob.Reference], _ output: String = "out.png") throws -> Image
  {
    let session = try EditSession(model: folder.path("model"), weights: .raw)
    try session.run(job(references, output), SilentProgress.silent)
    return try ImageFile.read(folder.path(output)).image
  }

  private func files(_ names: String...) -> [EditJob.Reference] {
    names.map { EditJob.Reference(picture: folder.path($0)) }
  }

  // MARK: Several

  private func latents(after references: [Image]) throws -> Tensor {
    let painter = Painter(model)
    let mask = GrayImage(width: 32, height: 32, fill: 255)
    let prompts = references.map { Prompt.picture($0) }
    return try painter.latents(
      painter.surroundings(source: noise(32, 32, seed: 9), mask: mask),
      condition: painter.condition(after: prompts), settings)
  }

  @Test func eachReferenceGivesTokensOfItsOwn() throws {
    let painter = Painter(model)
    let (a, b) = (noise(30, 22, seed: 2), noise(24, 26, seed: 3))
    let both = try painter.condition(after: [.picture(a), .picture(b)])
    let apart = try [a, b].map { try painter.condition($0).values }
    #expect(both.shape == [1, 2, 8])
    #expect((0..<2).map { both.slice($0..<$0 + 1, axis: 1).values } == apart)
  }

  /// Attention to equal keys is the mean of equal values: the general path agrees with the short one.
  @Test func oneReferenceGivenSeveralTimesIsThatReference() throws {
    let a = noise(30, 22, seed: 2)
    let (once, thrice) = (try latents(after: [a]), try latents(after: [a, a, a]))
    expectClose(thrice, once, 1e-4)
  }

  @Test func theOrderOfReferencesMeansNothingAndEachOfThemCounts() throws {
    let (a, b) = (noise(30, 22, seed: 2), noise(24, 26, seed: 3))
    let both = try latents(after: [a, b])
    expectClose(try latents(after: [b, a]), both, 1e-4)
    for one in [a, b] {
      let alone = try latents(after: [one])
      #expect(zip(alone.values, both.values).contains { abs($0 - $1) > 1e-3 })
    }
  }

  @Test func aResultSaysHowManyReferencesItHadAndOneAloneSaysNothing() throws {
    _ = try run(files("a.png"), "one.png")
    _ = try run(files("a.png", "b.png"), "two.png")
    let one = try ImageFile.text(folder.path("one.png"))
    let two = try ImageFile.text(folder.path("two.png"))
    #expect(!one.contains { $0.key.hasPrefix("reference") && $0.key != "reference-resize" })
    #expect(two.contains { $0.key == "references" && $0.value == "2" })
    #expect(!two.contains { $0.key == "reference-masks" })
  }

  @Test func theEstimateCountsEveryReference() throws {
    let session = try EditSession(model: folder.path("model"), weights: .raw)
    func needed(_ names: [String]) throws -> Int {
      let inputs = try EditInputs(
        source: Data(contentsOf: folder.file("source.png")),
        mask: Data(contentsOf: folder.file("mask.png")),
        references: names.map { .init(picture: try Data(contentsOf: folder.file($0))) })
      return try #require(session.run(EditSeries(settings), inputs).memory.needed).total
    }
    let (one, two) = (try needed(["a.png"]), try needed(["a.png", "b.png"]))
    #expect(two - one == 12 * 24 * 26)
  }

  @Test func moreReferencesThanCanHelpAreRefused() throws {
    let many = [EditJob.Reference](repeating: .init(picture: folder.path("a.png")), count: 17)
    let seventeen = job(many)
    let error = #expect(throws: EditError.self) { try seventeen.validate() }
    #expect(error?.isUsage == true)
    #expect(
      error?.onCommandLine.contains("--reference is given 17 times, expected at most 16") == true)
  }

  // MARK: Masks

  /// The picture of the object alone, made by hand, is what a mask makes of the whole one.
  @Test func aMaskShowsTheObjectAlone() throws {
    let mask = try disc()
    let whole = try ImageFile.read(folder.path("a.png")).image
    try #require(whole.object(in: mask)).writePNG(to: folder.path("object.png"))
    let masked = try run([.init(picture: folder.path("a.png"), mask: folder.path("a-mask.png"))])
    let byHand = try run(files("object.png"), "object-out.png")
    let uncut = try run(files("a.png"), "whole-out.png")
    #expect(masked == byHand && masked != uncut)
    let text = try ImageFile.text(folder.path("out.png"))
    #expect(text.contains { $0.key == "reference-masks" && $0.value == "1" })
  }

  @Test func picturesInMemoryAreCutOutAsFilesAre() throws {
    _ = try disc()
    let session = try EditSession(model: folder.path("model"), weights: .raw)
    _ = try run([.init(picture: folder.path("a.png"), mask: folder.path("a-mask.png"))])
    let inputs = try EditInputs(
      source: Data(contentsOf: folder.file("source.png")),
      mask: Data(contentsOf: folder.file("mask.png")),
      references: [
        .init(
          picture: Data(contentsOf: folder.file("a.png")),
          mask: Data(contentsOf: folder.file("a-mask.png")))
      ])
    try session.run(EditSeries(settings), inputs).forEachResult(progress: {}) { result in
      let (made, written) = (try result.pngData(), try Data(contentsOf: folder.file("out.png")))
      #expect(made == written)
    }
  }

  @Test func masksThatDoNotFitTheirReferenceAreRefused() throws {
    try GrayImage(width: 30, height: 22, fill: 0).writePNG(to: folder.path("empty.png"))
    for (mask, message) in [
      ("mask.png", "the reference's mask is 60×40 pixels, the reference"),
      ("empty.png", "empty.png: the reference's mask is empty"),
      ("gone.png", "gone.png: no such file"),
    ] {
      let error = #expect(throws: (any Error).self) {
        try run([.init(picture: folder.path("a.png"), mask: folder.path(mask))])
      }
      #expect(error.map { "\($0)" }?.contains(message) == true, "\(message)")
    }
  }
}

extension SettingMessage {
  fileprivate var onCommandLine: String { text { "--\($0)" } }
}
