import Autograd
import Models
import Tensors
import TestSupport
import Testing

@Suite struct UNetTests {
  private func expectMatch(_ fixture: String, _ configuration: UNetConfiguration) throws {
    let oracle = try ModelGolden(fixture) { UNet($0, configuration) }
    let output = oracle.model(
      try oracle.input("sample"), timesteps: oracle.timesteps, context: try oracle.input("context"))
    try oracle.expectMatch(["output": output])
  }

  @Test func matchesPyTorchWithOneToken() throws {
    try expectMatch("unet_small", GoldenModel.smallUNet)
  }

  @Test func matchesPyTorchWithFourLevelsAndManyTokens() throws {
    try expectMatch(
      "unet_tokens", GoldenModel.deepUNet)
  }

  @Test func recomputingChangesNoBitOfTheGradients() throws {
    let configuration = GoldenModel.smallUNet
    let results = try [RecomputedBlocks.none, .finest, .all].map { recomputed in
      let oracle = try ModelGolden("unet_small") { scope in
        var unet = UNet(scope, configuration)
        unet.recomputed = recomputed
        return unet
      }
      let sample = try oracle.input("sample")
      let output = oracle.model(
        sample, timesteps: oracle.timesteps, context: try oracle.input("context"))
      let gradients = output.gradients(seed: oracle.golden["dy/output"])
      return [output.value, try #require(gradients[sample])]
        + oracle.store.parameters.compactMap { gradients[$0] }
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    #expect(results[0].count > 100)
  }

  /// Guidance asks for two conditions of one picture: together as if each alone.
  @Test(arguments: [[true, false], [false, true]])
  func severalConditionsShareTheirPicture(_ attention: [Bool]) {
    let unet = UNet(ParameterStore(seed: 1).root, GoldenModel.unet([8, 16], attention: attention))
    var random = RandomStream(seed: 2, purpose: "test")
    let picture = Variable(Tensor(normal: [2, 8, 8, 9], using: &random))
    let contexts = (0..<2).map { _ in Variable(Tensor(normal: [2, 1, 12], using: &random)) }
    let together = unet(
      picture, timesteps: [981, 7], context: .concatenated(contexts, axis: 0))
    let alone = contexts.map { unet(picture, timesteps: [981, 7], context: $0).value }
    expectClose(together.value, .concatenated(alone, axis: 0), 1e-5)
    #expect(Deviation(alone[0], from: alone[1]).error > 1e-3)
  }

  @Test func hasTheNamesAndShapesOfThePublishedModel() throws {
    let found = listing { _ = UNet($0, UNetConfiguration()) }
    #expect(found == (try Golden.listing("unet")))
  }

  @Test func timeEmbeddingMatchesDiffusers() throws {
    let found = TimeEmbedding.sinusoids([0, 1, 17, 500, 999], channels: 20)
    // diffusers multiplies timestep and frequency in single precision: 999 · 2⁻²⁴ off.
    expectClose(found, try Golden("ops")["timestep_embedding/output"], 1e-4)
  }
}
