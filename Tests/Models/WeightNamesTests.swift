import Autograd
import Models
import TestSupport
import Testing

/// The original code's names. Its listing is made by Tests/Golden/original.py, and diffusers' own
/// conversion turns it into exactly the weights of its classes.
@Suite struct WeightNamesTests {
  @Test func theOriginalNamesAndShapesAreThoseOfThePublishedCheckpoint() throws {
    let found = listing(.unet).merging(listing(.autoencoder)) { $1 }.merging(listing(.imageEncoder))
    {
      $1
    }
    #expect(found == (try Golden.listing("original")))
  }

  private func listing(_ component: ComponentName) -> [String: [Int]] {
    let (parameters, modules) =
      switch component {
      case .unet:
        (Component<UNet>(UNetConfiguration()).parameters, UNetConfiguration().originalNames)
      case .autoencoder:
        (
          Component<Autoencoder>(AutoencoderConfiguration()).parameters,
          AutoencoderConfiguration().originalNames
        )
      case .imageEncoder:
        (
          Component<ImageEncoder>(ImageEncoderConfiguration()).parameters,
          ImageEncoderConfiguration().originalNames
        )
      case .exemplarHead: (ParameterStore(seed: 0), [])  // ours alone
      }
    let map = NameMap(modules)
    var listing: [String: [Int]] = [:]
    for parameter in parameters.parameters {
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
