import Autograd
import Datasets
import Models
import Pictures
import Support
import Tensors

/// The method's training: the UNet learns to denoise the latents of a picture, seeing the picture
/// with a hole and one token made of what was in the hole.
///
/// - Source: Yang et al., "Paint by Example", arXiv:2211.13227, eq. 3; ldm/models/diffusion/ddpm.py.
final class LatentDiffusionObjective: Objective {
  typealias Producer = TripletProducer

  let model: PaintByExampleModel
  private let settings: DiffusionConfiguration
  private let seed: UInt64
  private let validation: ReferenceUse?
  private let sampler: SampleSheet
  private let cache: MomentsCache?

  init(
    _ model: PaintByExampleModel, _ configuration: TrainingConfiguration, cases: [TripletBatch],
    samples: SampleSheet, cache: MomentsCache? = nil
  ) {
    self.model = model
    settings = configuration.diffusion
    seed = configuration.seed
    validation =
      cases.isEmpty
      ? nil
      : ReferenceUse(
        model, cases: cases, timesteps: configuration.validation.timesteps, seed: seed)
    sampler = samples
    self.cache = cache
    freeze()
  }

  /// The null vector always learns; the tower and the mapper as the configuration says.
  private func freeze() {
    for parameter in model.imageEncoder.parameters.parameters {
      let isTower = parameter.name.hasPrefix("model.")
      let isNull = parameter.name == "uncond_vector"
      parameter.isTrainable =
        switch settings.imageEncoderTraining {
        case .all: true
        case .mapper: !isTower
        case .none: isNull
        }
    }
    for parameter in model.autoencoder.parameters.parameters { parameter.isTrainable = false }
  }

  var trained: [TrainedComponent] {
    [
      TrainedComponent(name: .unet, store: model.unet.parameters),
      TrainedComponent(name: .imageEncoder, store: model.imageEncoder.parameters),
    ]
  }
  var frozen: [(name: ComponentName, parameters: ParameterStore)] {
    [(.autoencoder, model.autoencoder.parameters)]
  }

  func loss(_ batch: TripletBatch, draw: Int) throws -> Variable {
    var random = RandomStream(seed: seed, purpose: "diffusion", index: UInt64(draw))
    let inputs = try LatentInputs(model, batch, using: &random, cache: cache)
    let timesteps = (0..<batch.image.shape[0]).map { _ in
      random.integer(0...model.schedule.alphas.count - 1)
    }
    let noise = Tensor(normal: inputs.latents.shape, using: &random)
    let output = model.unet.network(
      inputs.noisy(model.schedule, noise, at: timesteps), timesteps: timesteps,
      context: condition(batch.reference, using: &random))
    let target = model.prediction.target(inputs.latents, noise, at: timesteps, model.schedule)
    return output.meanSquaredError(Variable(target))
  }

  /// The reference's tokens, replaced by the null vector for a share of the batches or samples.
  private func condition(_ reference: Tensor, using random: inout RandomStream) -> Variable {
    let pictures = reference.shape[0]
    let probability = Float(settings.nullProbability)
    let dropped: [Bool] =
      switch settings.nullCondition {
      case .batch: [Bool](repeating: random.chance(probability), count: pictures)
      case .sample: (0..<pictures).map { _ in random.chance(probability) }
      }
    let encoder = model.imageEncoder.network
    if dropped.allSatisfy({ $0 }) { return encoder.null(pictures) }
    let features =
      settings.imageEncoderTraining == .all
      ? encoder.features(Variable(reference))
      : withoutGradients { encoder.features(Variable(reference)) }
    let tokens = encoder.condition(features)
    return dropped.contains(true) ? tokens.replacingSamples(dropped, with: encoder.null(1)) : tokens
  }

  func validate(_ isStopping: () -> Bool) throws -> [(name: String, value: Double)] {
    try validation?.losses(isStopping) ?? []
  }

  func samples(_ isStopping: () -> Bool) throws -> Image? { try sampler.draw(model, isStopping) }

  func writeFrame(to folder: String) throws {
    try ModelFolder.writeFrame(
      scheduler: settings.scheduler,
      referenceSize: model.imageEncoder.network.configuration.imageSize,
      to: folder)
  }

  func configuration(_ component: ComponentName) -> [String: JSONValue] {
    switch component {
    case .unet: return model.unet.network.configuration.json
    case .imageEncoder: return model.imageEncoder.network.configuration.json
    case .autoencoder:
      var configuration = model.autoencoder.network.configuration
      configuration.scalingFactor = Double(model.latentScale)
      return configuration.json
    case .exemplarHead: return [:]  // no part of this model
    }
  }
}

extension DiffusionConfiguration {
  /// What a model folder says about noise and the meaning of the network's output.
  var scheduler: SchedulerConfiguration {
    var scheduler = SchedulerConfiguration()
    scheduler.timesteps = timesteps
    scheduler.start = linearStart
    scheduler.end = linearEnd
    scheduler.prediction = parameterization
    return scheduler
  }
}
