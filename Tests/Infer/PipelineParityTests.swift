import Foundation
import Inference
import Models
import Pictures
import TestSupport
import Testing

/// A small random model paints with `--compat` what the reference implementations paint with it.
///
/// Expected pictures: Tests/Golden/pipeline.py; `official` is Tests/Golden/official.py there.
@Suite struct PipelineParityTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name, source, mask, reference, sampler: String
    let seed: UInt64
    let steps: Int
    let scale, eta: Float
    let compat: [ReferenceImplementation]
    var testDescription: String { name }

    static let all: [Case] =
      (try? JSONDecoder().decode(
        [Case].self, from: Data(contentsOf: Golden.file("pipeline/cases.json")))) ?? []
  }

  @Test func thereAreCases() { #expect(Case.all.count == 12) }

  @Test(arguments: Case.all) func paintsTheSamePicture(_ example: Case) throws {
    for reference in example.compat { try compare(example, with: reference) }
  }

  private func compare(_ example: Case, with reference: ReferenceImplementation) throws {
    let found = try paint(example, following: reference)
    let expected = try picture("\(reference.rawValue)-\(example.name)")
    #expect(found.width == expected.width && found.height == expected.height)
    let differences = zip(found.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
    #expect(
      differences.allSatisfy { $0 <= 1 }, "\(reference): off by \(differences.max() ?? 0)")
    let identical = Double(differences.count { $0 == 0 }) / Double(differences.count)
    #expect(identical >= 0.995, "\(reference): \(identical) of the bytes are identical")
  }

  struct Part: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let example: String
    let change: @Sendable (inout Conventions) -> Void

    static let all = [
      Part(testDescription: "mask resize", example: "20-steps") { $0.maskResize = .nearest },
      Part(testDescription: "reference resize", example: "wide-tall") {
        $0.referenceResize = .clip
      },
      Part(testDescription: "generator", example: "20-steps") { $0.generator = .philox },
      Part(testDescription: "draw order", example: "20-steps") { $0.drawOrder = .latentsFirst },
      Part(testDescription: "rounding", example: "20-steps") { $0.rounding = .round },
      Part(testDescription: "guidance", example: "scale-half") { $0.unguidedScales = .upToOne },
      Part(testDescription: "single step", example: "1-steps") { $0.singleStep = .euler },
      Part(testDescription: "timesteps", example: "30-steps") { $0.timesteps = .counted },
    ]
  }

  /// None of the conventions is idle.
  @Test(arguments: Part.all) func eachPartMatters(_ part: Part) throws {
    let example = try #require(Case.all.first { $0.name == part.example })
    let other = try paint(example, following: .official, part.change)
    let official = try paint(example, following: .official)
    #expect(other != official)
  }

  private func paint(
    _ example: Case, following reference: ReferenceImplementation,
    _ change: (inout Conventions) -> Void = { _ in }
  ) throws -> Image {
    let editor = Editor(try ModelFolder(at: Golden.file("pipeline/model").path).model())
    let source = try picture(example.source)
    let mask = try RepaintMask(
      file: Golden.file("pipeline/\(example.mask).png").path, for: source)
    var settings = EditSettings()
    settings.follow(reference)
    change(&settings.conventions)
    settings.sampler = try #require(Sampler(rawValue: example.sampler))
    (settings.steps, settings.scale) = (example.steps, example.scale)
    (settings.eta, settings.seed) = (example.eta, example.seed)
    let plan = try editor.plan(source: source, mask: mask, settings)
    let prepared = try editor.prepare(plan, reference: picture(example.reference))
    return try editor.edit(prepared, settings).picture
  }

  private func picture(_ name: String) throws -> Image {
    try ImageFile.read(Golden.file("pipeline/\(name).png").path).image
  }
}
