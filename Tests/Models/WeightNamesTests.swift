import Autograd
import Models
import TestSupport
import Testing

/// The original code's names. Its listing is made by Tests/Golden/original.py, and diffusers' own
/// conversion turns it into exactly the weights of its classes.
@Suite struct WeightNamesTests {
  @Test func theOriginalNamesAndShapesAreThoseOfThePublishedCheckpoint() throws {
    let found = listing(UNet.self, UNetConfiguration())
      .merging(listing(Autoencoder.self, AutoencoderConfiguration())) { $1 }
      .merging(listing(ImageEncoder.self, ImageEncoderConfiguration())) { $1 }
    #expect(found == (try Golden.listing("original")))
  }

  private func listing<Network: ModelComponent>(
    _ network: Network.Type, _ configuration: Network.Configuration
  ) -> [String: [Int]] {
    let map = NameMap(configuration.originalNames)
    var listing: [String: [Int]] = [:]
    for parameter in Component<Network>(configuration).parameters.parameters {
      let place = map.place(of: parameter.name)
      let shape = place.shape(for: parameter.shape)
      #expect(listing[place.name] == nil || place.part != nil, "\(place.name) twice")
      listing[place.name] = shape
    }
    return listing
  }

  @Test func averagedWeightsAreNamedWithoutDots() {
    let map = NameMap(UNetConfiguration().originalNames).averaged
    #expect(
      map.place(of: "conv_in.weight").name == "model_ema.diffusion_modelinput_blocks00weight")
  }
}
