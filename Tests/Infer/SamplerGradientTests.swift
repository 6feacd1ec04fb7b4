import Autograd
import Inference
import Models
import Tensors
import TestSupport
import Testing

/// Gradients through a whole sampling, ten guided steps of a small UNet, against PyTorch with diffusers'
/// schedulers: Tests/Golden/sampler_gradient.py.
@Suite struct SamplerGradientTests {
  @Test(arguments: Sampler.allCases)
  func gradientsOfTheLatentsAreThoseOfPyTorch(_ sampler: Sampler) throws {
    let golden = try Golden("sampler_gradient")
    let (start, condition) = (
      Variable.leaf(golden["start"]), Variable.leaf(golden["condition"])
    )
    let latents = try sample(sampler, golden, from: start, condition)
    expectClose(latents.value, golden["\(sampler.rawValue)/latents"], 1e-4, "latents")
    let gradients = latents.gradients(seed: golden["weight"])
    expectClose(
      try #require(gradients[condition]), golden["\(sampler.rawValue)/condition"], 1e-4,
      "condition")
    expectClose(
      try #require(gradients[start]), golden["\(sampler.rawValue)/start"], 1e-4, "start")
  }

  /// What is sampled without a record is the same.
  @Test(arguments: Sampler.allCases)
  func tensorsTakeTheSamePath(_ sampler: Sampler) throws {
    let golden = try Golden("sampler_gradient")
    let plain = try sample(sampler, golden, from: golden["start"], Variable(golden["condition"]))
    expectClose(plain, golden["\(sampler.rawValue)/latents"], 1e-4)
  }

  private func sample<Numbers: Latents>(
    _ sampler: Sampler, _ golden: Golden, from start: Numbers, _ condition: Variable
  ) throws -> Numbers {
    let surroundings = golden["surroundings"]
    let denoiser = GuidedDenoiser(
      try model(golden), maskedLatents: surroundings.slice(0..<4, axis: 3),
      mask: surroundings.slice(4..<5, axis: 3), condition: condition, scale: 3)
    var random = TorchGenerator(seed: 7)
    let options = SamplingOptions(singleStep: .euler, plmsHistory: .output)
    return try sampler(options).sample(
      from: start, NoiseSchedule(), steps: 10, prediction: .noise, using: &random
    ) { denoiser.output(for: $0, at: $1) }
  }

  private func model(_ golden: Golden) throws -> PaintByExampleModel {
    let unet = Component<UNet>(GoldenModel.smallUNet)
    for (name, weight) in try Golden("unet_small").group("weights") {
      try #require(unet.parameters[name]).value = weight
    }
    for parameter in unet.parameters.parameters { parameter.isTrainable = false }
    return PaintByExampleModel(
      unet: unet, autoencoder: Component(GoldenModel.autoencoder),
      conditioner: FixedConditioner(nullTokens: golden["null"]), schedule: NoiseSchedule(),
      prediction: .noise, latentScale: 1)
  }
}
