import Autograd
import Datasets
import Models
import Pictures
import Support
import Tensors

extension ObjectiveDefinition {
  static let autoencoder = ObjectiveDefinition(
    name: "autoencoder",
    summary: "the autoencoder (reconstruction, KL, perceptual and adversarial terms)",
    pictureUnit: { $0.autoencoder.downsampling },
    note: { configuration, decoder in
      let size = configuration.data.train.triplets.imageSize
      func require(_ smallest: Int, _ key: String, _ who: String) {
        guard size < smallest else { return }
        decoder.fail(
          "model.params.first_stage_config.params.lossconfig.params.\(key)",
          "\(who) pictures of at least \(smallest)×\(smallest), and `image_size` is \(size)")
      }
      let settings = configuration.autoencoder
      if settings.adversary.weight > 0 {
        let layers = settings.adversary.layers
        require(
          PatchDiscriminator.smallestPicture(layers: layers), "disc_num_layers",
          "is \(layers): such a discriminator needs")
        let (start, steps) = (settings.adversary.start, configuration.duration.maxSteps)
        if let steps, steps > 0, steps <= start {
          decoder.note(
            "the discriminator counts from step \(start) on, and the run has \(steps): it never does",
            at: decoder.position(
              of: "model.params.first_stage_config.params.lossconfig.params.disc_weight"))
        }
      }
      if settings.perceptualWeight > 0 {
        require(
          configuration.networks.imageEncoder.imageSize, "perceptual_weight",
          "is above 0: the image encoder needs")
      }
    },
    missing: { configuration in
      let (initialize, settings) = (configuration.initialize, configuration.autoencoder)
      guard initialize.model == nil else { return [] }
      return [
        settings.perceptualWeight > 0 && initialize.imageEncoder == nil
          ? "`perceptual_weight` needs a trained image encoder: set `initialize.image_encoder` to a run "
            + "directory, a model folder or a folder of CLIP, or the weight to 0" : nil,
        settings.trainedPart == .decoder && initialize.autoencoder == nil
          ? "a decoder learns from a trained autoencoder's latents: set `initialize.vae` to a run directory "
            + "or a model folder" : nil,
      ].compactMap { $0 }
    },
    make: { setup in try AutoencoderObjective(setup) })
}

/// Reconstruction and a small KL term; where it is asked for, what an image encoder sees in it, and
/// whether a discriminator takes it for real.
///
/// - Source: Rombach et al., arXiv:2112.10752, section 3.1; its VGG is our image encoder.
final class AutoencoderObjective: Objective {
  typealias Producer = PictureProducer

  let source: BatchSource<PictureProducer>
  private let component: Component<Autoencoder>
  private let encoder: Component<ImageEncoder>?
  private let adversary: AdversarialLoss?
  private let settings: AutoencoderTrainingConfiguration
  private let seed: UInt64
  /// Validation pictures, `[N, S, S, 3]` each.
  private let cases: [Tensor]
  private let sampleCount: Int
  /// Optimiser steps taken so far.
  private var step: Int

  fileprivate init(_ setup: ObjectiveSetup) throws {
    let configuration = setup.configuration
    let (training, validation) = (configuration.data.train, configuration.data.validation)
    settings = configuration.autoencoder
    let hasEncoder = settings.perceptualWeight > 0
    (component, encoder, adversary) = try setup.networks { networks in
      (
        try networks.autoencoder(isTrained: true),
        hasEncoder ? try networks.imageEncoder(isTowerTrained: false) : nil,
        try Self.adversary(setup)
      )
    }
    encoder?.parameters.parameters.forEach { $0.isTrainable = false }
    if settings.trainedPart == .decoder {
      for parameter in component.parameters.parameters {
        parameter.isTrainable = Autoencoder.isOfDecoder(parameter.name)
      }
    }
    cases = try setup.data.validationBatches(
      PictureProducer(validation.triplets, holeProbability: 0))
    source = try setup.data.batches(
      PictureProducer(training.triplets, holeProbability: Float(training.holeProbability)))
    (seed, step) = (configuration.seed, setup.step)
    sampleCount = configuration.samples.count
  }

  /// At random, or as the run that goes on had it.
  private static func adversary(_ setup: ObjectiveSetup) throws -> AdversarialLoss? {
    let settings = setup.configuration.autoencoder.adversary
    guard settings.weight > 0 else { return nil }
    let discriminator = Component(seed: setup.configuration.seed) {
      PatchDiscriminator($0, layers: settings.layers, channels: settings.channels)
    }
    if setup.step > 0, let checkpoint = setup.checkpoint {
      try ModelFolder(at: checkpoint).load(.discriminator, into: discriminator.parameters)
    }
    return AdversarialLoss(discriminator, weight: Float(settings.weight))
  }

  var trained: [TrainedComponent] {
    [TrainedComponent(name: .autoencoder, store: component.parameters)]
      + (adversary.map {
        [TrainedComponent(name: .discriminator, store: $0.discriminator.parameters)]
      } ?? [])
  }
  var frozen: [(name: ComponentName, parameters: ParameterStore)] {
    encoder.map { [(.imageEncoder, $0.parameters)] } ?? []
  }

  func loss(_ batch: Tensor, draw: Int) -> Variable {
    let network = component.network
    let posterior = network.encode(Variable(batch))
    var random = RandomStream(seed: seed, purpose: "autoencoder posterior", index: UInt64(draw))
    let latents = posterior.sample(Tensor(normal: posterior.mean.shape, using: &random))
    let features = network.decoderFeatures(latents)
    let divergence = posterior.divergence.scaled(
      by: Float(settings.klWeight) * Float(batch.shape[0]) / Float(batch.count))
    guard let adversary, step >= settings.adversary.start else {
      return error(network.picture(of: features), batch) + divergence
    }
    let (loss, reconstruction) = adversary.generatorLoss(network, features) { error($0, batch) }
    return loss + divergence + adversary.discriminatorLoss(batch, reconstruction.value)
  }

  func finishStep(of batches: Int, _ replica: Replica) { step += 1 }

  private func error(_ reconstruction: Variable, _ pictures: Tensor) -> Variable {
    let pixels = settings.reconstruction.error(reconstruction, pictures)
    guard let encoder else { return pixels }
    return pixels
      + PerceptualLoss(encoder.network)(reconstruction, pictures)
      .scaled(by: Float(settings.perceptualWeight))
  }

  /// The mean squared error of reconstructions from the posterior's mean, and the PSNR it means.
  func validate(_ isStopping: () -> Bool) -> [(name: String, value: Double)] {
    reconstructionMetrics(cases) { (reconstruct($0), $0) }
  }

  private func reconstruct(_ pictures: Tensor) -> Tensor {
    withoutGradients {
      component.network.decode(component.network.encode(Variable(pictures)).mean).value
    }
  }

  func samples(_ isStopping: () -> Bool) -> Image? {
    guard let first = cases.first else { return nil }
    var sheet = ContactSheet(
      columns: ["picture", "decoded"], cellSize: max(first.shape[1], 64))
    let pictures = cases.flatMap { batch in
      (0..<batch.shape[0]).map { batch.slice($0..<$0 + 1, axis: 0) }
    }
    for picture in pictures.prefix(sampleCount) {
      sheet.addRow([Image(picture), Image(reconstruct(picture))])
    }
    return sheet.image()
  }

  func writeFrame(to folder: String) throws {}

  func configuration(_ component: ComponentName) -> [String: JSONValue] {
    switch component {
    case .discriminator: adversary?.discriminator.network.json ?? [:]
    case .imageEncoder: encoder?.network.configuration.json ?? [:]
    default: self.component.network.configuration.json
    }
  }
}
