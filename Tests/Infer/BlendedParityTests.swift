import Autograd
import Foundation
import Inference
import Models
import Pictures
import Tensors
import TestSupport
import Testing

/// Blended Diffusion in latent space, step by step, as PyTorch does it with the same random weights and the
/// same draws.
///
/// Expected latents: Tests/Golden/blended.py.
@Suite struct BlendedParityTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let scale: Float
    let change: @Sendable (inout BlendedOptions) -> Void
  }

  @Test(arguments: [
    Case(testDescription: "decoder", scale: 3) { _ in },
    Case(testDescription: "unet", scale: 1) { $0.goesThroughUNet = true },
    Case(testDescription: "half", scale: 0) { $0.decodesHalf = true },
  ])
  func latentsAreTheSameAfterEveryStep(_ example: Case) throws {
    let golden = try Golden("blended")
    var options = BlendedOptions()
    example.change(&options)
    var steps: [Tensor] = []
    _ = try paint(options, scale: example.scale) { steps.append($0) }
    let expected = golden[example.testDescription]
    #expect(steps.count == 10)
    for (step, found) in steps.enumerated() {
      let wanted = expected.slice(step..<step + 1, axis: 0)
      let error = (found - wanted).values.map { abs($0) }.max() ?? .infinity
      #expect(error < 1e-3, "step \(step)")
    }
  }

  /// Without its weight the guide has no say; with it, CLIP finds the picture nearer to the target.
  @Test func theGuideBringsThePictureNearer() throws {
    let hole = try Self.hole.repeatedChannels(3)
    func distance(_ weight: Float) throws -> Float {
      var options = BlendedOptions()
      options.weight = weight
      options.goesThroughUNet = true
      let parts = try Parts()
      let latents = try paint(options, scale: 0)
      let masked = parts.model.pictures(of: latents).clamped(-1, 1).multiplying(hole)
      return parts.guide.distance(of: Variable(masked), seenAs: [GuidedCopy()]).value.scalar
    }
    let (without, with) = (try distance(0), try distance(1000))
    #expect(with < without - 0.01, "\(with) with guidance, \(without) without")
  }

  @Test func copiesAreDrawnWithinTheirLimits() {
    let turned = GuidedCopy.turn(by: .pi / 2, shift: (0.1, 0))
    // Content at the right edge's middle moves to the bottom's, then right by a tenth of the side.
    let seen = turned.rows
    let place = (x: seen[0] * 0.2 + seen[1] * 1 + seen[2], y: seen[3] * 0.2 + seen[4] + seen[5])
    #expect(abs(place.x - 1) < 1e-12 && abs(place.y) < 1e-12)
    let still = GuidedCopy.tilt(inward: Array(repeating: (0, 0), count: 4))
    #expect(zip(still.rows, ProjectiveMap.identity.rows).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  private func paint(
    _ options: BlendedOptions, scale: Float, visit: (Tensor) -> Void = { _ in }
  ) throws -> Tensor {
    let golden = try Golden("blended")
    let parts = try Parts()
    let sampling = BlendedSampling(
      parts.model, parts.model.schedule, options, guide: parts.guide, source: try parts.source,
      keep: try Self.hole.affine(-1, 1).nearestLatentMask(downsampling: 4), hole: try Self.hole,
      condition: parts.text)
    let denoiser = GuidedDenoiser(
      parts.model, maskedLatents: golden["start"], mask: golden["start"], condition: parts.text,
      scale: scale)
    return try sampling.latents(
      from: golden["start"], steps: 13, draws: { Self.draws($0, golden) },
      predict: { denoiser.output(for: $0, at: $1) }, visit: visit)
  }

  private static func draws(
    _ step: Int, _ golden: Golden
  ) -> (noise: Tensor, copies: [GuidedCopy]) {
    func row(_ name: String) -> [Double] {
      golden[name].slice(step..<step + 1, axis: 0).values.map(Double.init)
    }
    let (angles, shifts, inward) = (row("angles"), row("shifts"), row("inward"))
    let copies = angles.indices.map { n in
      var copy = GuidedCopy()
      copy.turn = GuidedCopy.turn(by: angles[n], shift: (shifts[2 * n], shifts[2 * n + 1]))
      let corners = stride(from: 8 * n, to: 8 * n + 8, by: 2).map { place in
        (x: inward[place], y: inward[place + 1])
      }
      copy.tilt = GuidedCopy.tilt(inward: corners)
      return copy
    }
    let noise = golden["noise"].slice(step..<step + 1, axis: 0)
    return (noise.reshaped(Array(noise.shape.dropFirst())), copies)
  }

  /// 1 in the hole.
  private static var hole: Tensor {
    get throws {
      let file = Golden.file("inpainting/mask.png").path
      return Tensor(keeping: try ImageFile.readMask(file).pixels).affine(-1, 1)
    }
  }
}

/// The fixture's networks, without gradients to their weights.
private struct Parts {
  let model: PaintByExampleModel
  let guide: PictureGuide
  let text: Tensor

  init() throws {
    let folder = Golden.file("inpainting/model").path
    let clip = try CLIPVision.load(from: Golden.file("blended").path)
    let unet: Component<UNet> = try Self.component("\(folder)/unet")
    let autoencoder: Component<Autoencoder> = try Self.component("\(folder)/vae")
    for store in [unet.parameters, autoencoder.parameters, clip.parameters] {
      for parameter in store.parameters { parameter.isTrainable = false }
    }
    let scheduler = try SchedulerConfiguration(
      contentsOf: URL(filePath: "\(folder)/scheduler/scheduler_config.json"))
    let conditioner = try GivenTokens()
    text = try conditioner.prepare(.text(""), .stretch)
    model = PaintByExampleModel(
      unet: unet, autoencoder: autoencoder, conditioner: conditioner,
      schedule: scheduler.schedule, prediction: scheduler.prediction,
      latentScale: Float(autoencoder.network.configuration.scalingFactor), layout: .latents)
    guide = PictureGuide(clip.network, target: try Golden("blended")["target"])
  }

  /// Clean latents of the source: the mean.
  var source: Tensor {
    get throws {
      let picture = try ImageFile.read(Golden.file("inpainting/source.png").path).image
      return model.latents(from: model.moments(of: Tensor(signed: picture)), noise: nil)
    }
  }

  private static func component<Network: ModelComponent>(
    _ folder: String
  ) throws -> Component<Network> {
    let component = Component<Network>(
      try Network.Configuration(contentsOf: URL(filePath: "\(folder)/config.json")))
    try component.parameters.load(Safetensors("\(folder)/diffusion_pytorch_model.safetensors"))
    return component
  }
}
