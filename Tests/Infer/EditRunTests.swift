import Foundation
import Inference
import Models
import Pictures
import Support
import Synchronization
import Tensors
import TestSupport
import Testing

/// Pictures in memory are edited as files are.
@Suite struct EditRunTests {
  private let folder: TemporaryFolder
  private let session: EditSession
  private let series: EditSeries

  init() throws {
    folder = try TemporaryFolder()
    try TinyModel.write(to: folder.path("model"))
    session = try EditSession(model: folder.path("model"), weights: .raw, residency: .keep)
    var settings = EditSettings()
    (settings.steps, settings.seed) = (2, 5)
    series = EditSeries(settings, count: 2, scales: [1, 3])
    // Transparent and under a profile, so that there is something of a file to keep.
    var alpha = GrayImage(width: 60, height: 40, fill: 255)
    for i in 0..<300 { alpha.pixels[i] = UInt8(i % 256) }
    let colors = Image(width: 60, height: 40, fill: (200, 90, 40))
    try StoredImage(colors: colors, alpha: alpha).writePNG(to: folder.path("source.png"))
    var mask = GrayImage(width: 60, height: 40, fill: 0)
    mask.draw(GrayImage(width: 20, height: 15, fill: 255), x: 10, y: 12)
    try mask.writePNG(to: folder.path("mask.png"))
    try Image(width: 30, height: 30, fill: (20, 60, 200)).writePNG(to: folder.path("reference.png"))
  }

  private func file(_ name: String) throws -> Data { try Data(contentsOf: folder.file(name)) }

  private var inputs: EditInputs {
    get throws {
      try EditInputs(
        source: file("source.png"), mask: file("mask.png"), reference: file("reference.png"))
    }
  }

  /// A picture of 13,377² pixels took 1.4 GB that no estimate named.
  @Test func theEstimateCountsTheReference() throws {
    let small = try #require(try session.run(series, inputs).memory.needed)
    try Image(width: 300, height: 130, fill: (20, 60, 200))
      .writePNG(to: folder.path("reference.png"))
    let large = try #require(try session.run(series, inputs).memory.needed)
    #expect(large.total - small.total == 12 * (300 * 130 - 30 * 30))
  }

  @Test func theBytesAreThoseOfFiles() throws {
    var job = EditJob(
      image: folder.path("source.png"), region: .mask(folder.path("mask.png")),
      reference: folder.path("reference.png"), output: folder.path("out.png"))
    (job.settings, job.count, job.scales) = (series.settings, series.count, series.scales)
    let written = try session.run(job, SilentProgress.silent).map {
      try Data(contentsOf: URL(filePath: $0))
    }
    var made: [Data] = []
    var facts: [String] = []
    try session.run(series, inputs).forEachResult(progress: {}) { result in
      made.append(try result.pngData())
      facts.append("\(result.scale) \(result.seed) \(result.size)")
    }
    #expect(made == written)
    #expect(facts == ["1.0 5 60×40", "1.0 6 60×40", "3.0 5 60×40", "3.0 6 60×40"])
  }

  /// Whoever watches sees each evaluation, and changes nothing.
  @Test(arguments: Sampler.allCases) func watchingChangesNothing(_ sampler: Sampler) throws {
    var settings = series.settings
    settings.sampler = sampler
    let run = try session.run(EditSeries(settings), inputs)
    func made(_ watch: (Tensor) -> Void) throws -> [Data] {
      var made: [Data] = []
      try run.forEachResult(progress: {}, watch: watch) { made.append(try $0.pngData()) }
      return made
    }
    var seen: [[Int]] = []
    #expect(try made { seen.append($0.shape) } == made { _ in })
    #expect(seen.count == session.steps(EditSeries(settings)))
    #expect(Set(seen).count == 1)
  }

  /// With one step of DDIM what the network expects is what becomes of it.
  @Test func whatIsWatchedBecomesTheResult() throws {
    let model = try ModelFolder(at: folder.path("model")).model()
    let painter = Painter(model)
    let picture = Image(width: 32, height: 32, fill: (90, 120, 30))
    let mask = GrayImage(width: 32, height: 32, fill: 255)
    var settings = EditSettings()
    (settings.sampler, settings.steps) = (.ddim, 1)
    var expected: [Tensor] = []
    let latents = try painter.latents(
      painter.surroundings(source: picture, mask: mask), condition: painter.condition(picture),
      settings, watch: { expected.append($0) })
    let watched = try #require(expected.first)
    #expect(expected.count == 1 && watched.shape == latents.shape)
    // A schedule's last step leaves a trace of noise, which is normal.
    let trace = 4.5 * model.schedule.spread(at: 0)
    for (a, b) in zip(watched.values, latents.values) { #expect(abs(a - b) < trace) }
    #expect(trace < 0.2 && latents.values.contains { abs($0) > 0.5 })
  }

  @Test func aPlanNeedsNoPicture() throws {
    let full = try session.run(series, inputs)
    let planned = try session.run(
      series, EditInputs(size: PictureSize(width: 60, height: 40), mask: file("mask.png")))
    #expect(planned.region == full.region && planned.size == full.size)
    #expect(planned.share == 300.0 / 2400 && full.share == planned.share)
  }

  @Test func errorsNameThePicturesAndNoFile() throws {
    #expect(
      message { try EditInputs(source: Data("GIF89a".utf8), mask: Data(), reference: Data()) }
        .hasPrefix("source: "))
    #expect(
      message {
        try EditInputs(size: PictureSize(width: 61, height: 40), mask: file("mask.png"))
      }.hasPrefix("mask: "))
    #expect(
      message {
        try EditInputs(
          source: file("source.png"), mask: file("mask.png"), reference: Data([0, 1, 2]))
      }.hasPrefix("reference: "))
    var wrong = series
    wrong.count = 0
    #expect(message { try session.run(wrong, inputs) }.contains("`count` is 0"))
  }

  /// Weights that are kept already are not asked for again.
  @Test func keptWeightsAreCountedOnce() throws {
    let run = try session.run(series, inputs)
    let before = try #require(run.memory.needed)
    #expect(before.weights > 0)
    try run.forEachResult(progress: {}) { _ in }
    // A few belong to parts that this edit had no use for.
    let later = try #require(run.memory.needed)
    #expect(later.weights < before.weights / 10 && later.activations == before.activations)
    session.release()
    #expect(run.memory.needed == before)
  }

  private func message(_ body: () throws -> some Any) -> String {
    do {
      _ = try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }
}
