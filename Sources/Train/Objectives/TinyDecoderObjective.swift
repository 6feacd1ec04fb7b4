import Autograd
import Datasets
import Models
import Pictures
import Support
import Tensors

extension ObjectiveDefinition {
  static let tinyDecoder = ObjectiveDefinition(
    name: "tiny-decoder",
    summary: "a tiny decoder, which does nearly what a frozen autoencoder's does in less time",
    pictureUnit: { $0.autoencoder.downsampling },
    note: { configuration, decoder in
      let networks = configuration.networks
      let found = networks.tinyDecoder.blocks.count
      let needed = networks.autoencoder.blockOutChannels.count
      guard found != needed else { return }
      decoder.fail(
        "model.params.tiny_decoder_config.params.blocks",
        "has \(found) levels, expected \(needed) as the autoencoder has")
    },
    missing: { configuration in
      let initialize = configuration.initialize
      guard initialize.model == nil && initialize.autoencoder == nil else { return [] }
      return [
        "a tiny decoder learns from a trained autoencoder: set `initialize.vae` (or `initialize.model`) to "
          + "a model folder or a run directory"
      ]
    },
    make: { setup in try TinyDecoderObjective(&setup) })
}

/// A tiny decoder learns to decode as the autoencoder's decoder does: the mean absolute error of its pictures
/// to that one's, for latents drawn of training pictures, whole and with holes.
///
/// - Source: the task of TAESD (madebyollin), without its adversarial loss.
final class TinyDecoderObjective: Objective {
  typealias Producer = PictureProducer

  let source: BatchSource<PictureProducer>
  private let decoder: Component<TinyDecoder>
  private let autoencoder: Component<Autoencoder>
  private let settings: AutoencoderTrainingConfiguration
  private let latentScale: Float
  private let seed: UInt64
  /// Validation pictures, `[N, S, S, 3]` each.
  private let cases: [Tensor]
  private let sampleCount: Int

  fileprivate init(_ setup: inout ObjectiveSetup) throws {
    let (configuration, data) = (setup.configuration, setup.data)
    let (training, validation) = (configuration.data.train, configuration.data.validation)
    (decoder, autoencoder) = try setup.networks {
      (try $0.tinyDecoder(), try $0.autoencoder(isTrained: false))
    }
    cases = try data.validationBatches(PictureProducer(validation.triplets, holeProbability: 0))
    source = try data.batches(
      PictureProducer(training.triplets, holeProbability: Float(training.holeProbability)))
    (settings, seed) = (configuration.autoencoder, configuration.seed)
    sampleCount = configuration.samples.count
    latentScale = Float(autoencoder.network.configuration.scalingFactor)
    for parameter in autoencoder.parameters.parameters { parameter.isTrainable = false }
  }

  var trained: [TrainedComponent] {
    [TrainedComponent(name: .tinyDecoder, store: decoder.parameters)]
  }
  var frozen: [(name: ComponentName, parameters: ParameterStore)] {
    [(.autoencoder, autoencoder.parameters)]
  }

  func loss(_ batch: Tensor, draw: Int) -> Variable {
    var random = RandomStream(seed: seed, purpose: "tiny decoder", index: UInt64(draw))
    let latents = withoutGradients {
      let posterior = autoencoder.network.encode(Variable(batch))
      return posterior.sample(Tensor(normal: posterior.mean.shape, using: &random)).value
    }
    let (target, found) = (decoded(latents), decoder.network(Variable(latents * latentScale)))
    return settings.reconstruction.error(found, target)
  }

  /// What the autoencoder makes of latents without a factor.
  private func decoded(_ latents: Tensor) -> Tensor {
    withoutGradients { autoencoder.network.decode(Variable(latents)).value }
  }

  private func latents(_ pictures: Tensor) -> Tensor {
    withoutGradients { autoencoder.network.encode(Variable(pictures)).mean.value }
  }

  private func decodedQuickly(_ latents: Tensor) -> Tensor {
    withoutGradients { decoder.network(Variable(latents * latentScale)).value }
  }

  /// The mean squared error to the autoencoder's pictures, and the PSNR it means.
  func validate(_ isStopping: () -> Bool) -> [(name: String, value: Double)] {
    reconstructionMetrics(cases) { pictures in
      let latents = latents(pictures)
      return (decodedQuickly(latents), decoded(latents))
    }
  }

  func samples(_ isStopping: () -> Bool) -> Image? {
    guard let first = cases.first else { return nil }
    var sheet = ContactSheet(
      columns: ["picture", "decoded", "by the tiny decoder"], cellSize: max(first.shape[1], 64))
    let pictures = cases.flatMap { batch in
      (0..<batch.shape[0]).map { batch.slice($0..<$0 + 1, axis: 0) }
    }
    for picture in pictures.prefix(sampleCount) {
      let latents = latents(picture)
      sheet.addRow([picture, decoded(latents), decodedQuickly(latents)].map { Image($0) })
    }
    return sheet.image()
  }

  func writeFrame(to folder: String) throws {}

  func configuration(_ component: ComponentName) -> [String: JSONValue] {
    component == .tinyDecoder
      ? decoder.network.configuration.json : autoencoder.network.configuration.json
  }
}
