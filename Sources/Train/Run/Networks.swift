import Autograd
import Foundation
import Models
import Tensors

/// Builds a run's networks: sizes from the configuration, weights from where `initialize` says.
struct NetworkBuilder {
  let configuration: TrainingConfiguration

  private var initialize: InitializationConfiguration { configuration.initialize }
  private var sizes: NetworkConfiguration { configuration.networks }

  func autoencoder() throws -> Component<Autoencoder> {
    switch initialize.autoencoder ?? initialize.model {
    case .folder(let path):
      let isTrained = configuration.objective == .autoencoder
      let component = try ModelFolder(at: path).autoencoder(isTrained ? .raw : .averaged)
      try check(component.network.configuration, sizes.autoencoder, "autoencoder", path)
      return component
    case .random:
      return freshAutoencoder()
    case nil:
      guard configuration.objective == .autoencoder else {
        throw RunError.needsWeights(
          "initialize.vae",
          "latent diffusion needs a trained autoencoder; give a model folder or a run directory, "
            + "or say `random`")
      }
      return freshAutoencoder()
    }
  }

  private func freshAutoencoder() -> Component<Autoencoder> {
    let start = AutoencoderInitialization(
      convolutionGain: Float(configuration.autoencoder.convolutionGain),
      zeroesResiduals: configuration.autoencoder.zeroesResiduals,
      logVarianceBias: Float(configuration.autoencoder.logVarianceBias))
    return Component(seed: configuration.seed) {
      Autoencoder($0, sizes.autoencoder, initialization: start)
    }
  }

  func unet() throws -> Component<UNet> {
    var component: Component<UNet>
    switch initialize.unet ?? initialize.model {
    case .folder(let path):
      component = try ModelFolder(at: path).unet(.raw)
      try check(component.network.configuration, sizes.unet, "UNet", path)
    case .random, nil:
      component = Component(sizes.unet, seed: configuration.seed)
      if configuration.diffusion.zeroesTransformerOutput {
        component.network.zeroTransformerOutputs()
      }
    }
    component.network.recomputes = configuration.diffusion.recomputes
    return component
  }

  func imageEncoder() throws -> Component<ImageEncoder> {
    switch initialize.imageEncoder ?? initialize.model {
    case .folder(let path):
      let component = try ModelFolder(at: path).imageEncoder(.raw)
      try check(component.network.configuration, sizes.imageEncoder, "image encoder", path)
      return component
    case .random, nil:
      return Component(sizes.imageEncoder, seed: configuration.seed)
    }
  }

  /// What does not decide the weights' shapes.
  private static let free: Set = ["sampleSize", "scalingFactor"]

  /// Sizes in a file that differ from the configured ones would train another network than asked.
  private func check<Configuration: Equatable>(
    _ found: Configuration, _ expected: Configuration, _ name: String, _ path: String
  ) throws {
    let differences = zip(Mirror(reflecting: found).children, Mirror(reflecting: expected).children)
      .filter { "\($0.value)" != "\($1.value)" && !Self.free.contains($0.label ?? "") }
      .map { "\($0.label ?? ""): \($0.value) there, \($1.value) in the configuration" }
    if !differences.isEmpty { throw RunError.networkMismatch(name, path, differences) }
  }
}
