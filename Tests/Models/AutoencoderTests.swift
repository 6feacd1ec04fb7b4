import Autograd
import Models
import Tensors
import TestSupport
import Testing

@Suite struct AutoencoderTests {
  @Test func matchesPyTorch() throws {
    let oracle = try ModelGolden("vae_small") { Autoencoder($0, GoldenModel.autoencoder) }
    let posterior = oracle.model.encode(try oracle.input("image"))
    try oracle.expectMatch([
      "mean": posterior.mean,
      "log_variance": posterior.logVariance,
      "sample": posterior.sample(oracle.golden["inputs/noise"]),
      "kl": posterior.divergence,
      "decoded": oracle.model.decode(try oracle.input("latents")),
    ])
  }

  @Test func hasTheNamesAndShapesOfThePublishedModel() throws {
    let found = listing { _ = Autoencoder($0, AutoencoderConfiguration()) }
    #expect(found == (try Golden.listing("vae")))
  }

  /// A fresh autoencoder keeps the size of its signal, so that a small one learns at once.
  @Test func freshWeightsKeepTheVariance() throws {
    var configuration = AutoencoderConfiguration()
    configuration.blockOutChannels = [16, 32]
    configuration.normGroups = 8
    let model = Autoencoder(ParameterStore(seed: 1).root, configuration)
    var random = RandomStream(seed: 2, purpose: "pictures")
    let pictures = Variable(Tensor(normal: [2, 16, 16, 3], using: &random))
    let posterior = withoutGradients { model.encode(pictures) }
    let deviation = (posterior.mean.value.sumOfSquares() / Double(posterior.mean.value.count))
      .squareRoot()
    #expect((0.3..<2).contains(deviation))
    let logVariance = posterior.logVariance.value
    #expect(logVariance.mean() < -4, "the noise of a fresh posterior must not drown its mean")
  }
}
