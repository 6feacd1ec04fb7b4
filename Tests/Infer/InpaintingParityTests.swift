import Autograd
import Foundation
import Inference
import Models
import Pictures
import Support
import Tensors
import TestSupport
import Testing

/// Small random text-to-image models inpaint as diffusers' `StableDiffusionInpaintPipeline` and CompVis's
/// samplers do with them.
///
/// Expected pictures: Tests/Golden/inpainting.py.
@Suite struct InpaintingParityTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name, sampler, by: String
    let channels, steps: Int
    let seed: UInt64
    let scale, eta: Float
    let outdated: Bool
    var testDescription: String { name }

    static let all: [Case] =
      (try? JSONDecoder().decode([Case].self, from: Data(contentsOf: file("cases.json")))) ?? []
  }

  @Test func thereAreCases() { #expect(Case.all.count == 16) }

  @Test(arguments: Case.all) func paintsTheSamePicture(_ example: Case) throws {
    let found = try paint(example)
    let expected = try picture(example.name)
    #expect(found.width == expected.width && found.height == expected.height)
    let differences = zip(found.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
    #expect(differences.allSatisfy { $0 <= 1 }, "off by \(differences.max() ?? 0)")
    let identical = Double(differences.count { $0 == 0 }) / Double(differences.count)
    #expect(identical >= 0.995, "\(identical) of the bytes are identical")
  }

  /// Blending is done at the right moments: neither the other implementation's moments nor the other
  /// order of a network's channels gives the same picture.
  @Test func theWayOfBlendingAndTheOrderOfChannelsMatter() throws {
    let four = try #require(Case.all.first { $0.name == "plms-4" })
    #expect(try paint(four) != paint(four) { $0.blending = .beforeSteps })
    let nine = try #require(Case.all.first { $0.name == "plms-9" })
    #expect(try paint(nine) != paint(nine, layout: .exemplar))
  }

  @Test func withoutNoiseFromTorchTheSeedIsTheSourceOfAllNoise() throws {
    let example = try #require(Case.all.first { $0.name == "ddim-eta-4" })
    let pictures = try (0..<2).map { _ in try paint(example) { $0.generator = .philox } }
    #expect(pictures[0] == pictures[1])
    #expect(try pictures[0] != paint(example))
  }

  @Test func aSamplerThatKeepsItsLatentsToItselfIsRefused() throws {
    let error = #expect(throws: EditError.self) {
      try method(channels: 4).paint(task, settings(of: .init(Unstepped.self))) {}
    }
    #expect("\(try #require(error))".contains("cannot give back the source"))
  }

  @Test func theRecordSaysHowItIsDone() throws {
    let record = try method(channels: 4).record(EditSettings())
    #expect(record.procedure.contains("after each step") && record.files == ["model": "random"])
    #expect(record.settings["channels"] == .integer(4))
    #expect(record.settings["steps"] == .integer(50) && record.settings["scale"] == .number(5))
    #expect(try method(channels: 9).record(EditSettings()).procedure.contains("sees the picture"))
  }

  // MARK: Painting

  private func paint(
    _ example: Case, layout: InputLayout? = nil, _ change: (inout Conventions) -> Void = { _ in }
  ) throws -> Image {
    var settings = settings(of: try #require(Sampler(rawValue: example.sampler)))
    settings.follow(example.by == "compvis" ? .compvis : .diffusers)
    change(&settings.conventions)
    (settings.steps, settings.scale) = (example.steps, example.scale)
    (settings.eta, settings.seed) = (example.eta, example.seed)
    let method = try method(
      channels: example.channels, layout: layout, isOutdated: example.outdated)
    return try method.paint(task, settings) {}.picture
  }

  private func settings(of sampler: Sampler) -> EditSettings {
    var settings = EditSettings()
    (settings.sampler, settings.steps) = (sampler, 2)
    return settings
  }

  private var task: PaintingTask {
    get throws {
      PaintingTask(
        source: try picture("source"),
        mask: try ImageFile.readMask(Self.file("mask.png").path).pixels, text: "a blue torus")
    }
  }

  private func method(
    channels: Int, layout: InputLayout? = nil, isOutdated: Bool = false
  ) throws -> InpaintingMethod {
    let scheduler = try SchedulerConfiguration(
      contentsOf: Self.file("model/scheduler/scheduler_config.json"))
    var schedule = scheduler.schedule
    if isOutdated { (schedule.grid.offset, schedule.grid.beginsWithRungeKutta) = (0, true) }
    let autoencoder = try component(Autoencoder.self, in: "model/vae")
    let model = PaintByExampleModel(
      unet: try component(UNet.self, in: channels == 4 ? "model/unet" : "unet9"),
      autoencoder: autoencoder, conditioner: try GivenTokens(), schedule: schedule,
      prediction: scheduler.prediction,
      latentScale: Float(autoencoder.network.configuration.scalingFactor),
      layout: layout ?? (channels == 4 ? .latents : .inpainting))
    return InpaintingMethod(TextModel(model, path: "random"))
  }

  private func component<Network: ModelComponent>(
    _ network: Network.Type, in folder: String
  ) throws -> Component<Network> {
    let component = Component<Network>(
      try Network.Configuration(contentsOf: Self.file("\(folder)/config.json")))
    try component.parameters.load(
      Safetensors(Self.file("\(folder)/diffusion_pytorch_model.safetensors").path))
    return component
  }

  private func picture(_ name: String) throws -> Image {
    try ImageFile.read(Self.file("\(name).png").path).image
  }

  private static func file(_ name: String) -> URL { Golden.file("inpainting/\(name)") }
}

/// A client's sampler from before samplers had moments.
private struct Unstepped: SamplingMethod {
  static let name = "unstepped"
  init(_ options: SamplingOptions) {}

  func sample<Numbers: Latents>(
    from noise: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction,
    using random: inout some NormalSource, predict: (Numbers, Int) throws -> Numbers
  ) throws -> Numbers { noise }
}
