import Autograd
import Datasets
import Models
import Pictures
import Support
import Tensors

extension ObjectiveDefinition {
  static let latentDiffusion = ObjectiveDefinition(
    name: "latent-diffusion",
    summary: "the method itself, in the latent space of a frozen autoencoder",
    pictureUnit: { networks in
      networks.autoencoder.downsampling
        * 1 << max(0, networks.unet.blockOutChannels.count - 1)
    },
    takesAdapters: true,
    note: { configuration, decoder in
      configuration.noteSampleSize(decoder)
      configuration.noteImageEncoder(decoder)
    },
    missing: { configuration in
      let initialize = configuration.initialize
      guard initialize.model == nil && initialize.autoencoder == nil else { return [] }
      return [
        "latent diffusion needs a trained autoencoder: set `initialize.vae` (or "
          + "`initialize.model`) to a model folder, a checkpoint or a run directory, or to "
          + "`random` if noise for latents is what you want"
      ]
    },
    make: { setup in try LatentDiffusionObjective(&setup) })
}

extension TrainingConfiguration {
  func noteSampleSize(_ decoder: ConfigurationDecoder) {
    let size = data.train.triplets.imageSize / networks.autoencoder.downsampling
    guard size != networks.unet.sampleSize else { return }
    decoder.note(
      "training pictures make latents of \(size), `model.params.image_size` is "
        + "\(networks.unet.sampleSize): pictures will be sampled at "
        + "\(networks.unet.sampleSize * networks.autoencoder.downsampling) pixels",
      at: decoder.position(of: "model.params.image_size"), advice: .pictureSize)
  }

  /// A frozen tower of random weights tells the UNet little; nobody should have it by oversight.
  fileprivate func noteImageEncoder(_ decoder: ConfigurationDecoder) {
    let isRandom = initialize.model == nil && initialize.imageEncoder == nil
    guard isRandom, diffusion.imageEncoderTraining != .all else { return }
    decoder.note(
      "the image encoder's tower starts random and is not trained: set `initialize.image_encoder` "
        + "(or `initialize.model`), or train it with `model.params.cond_stage_trainable: all`")
  }
}

/// The method's training: the UNet learns to denoise the latents of a picture, seeing the picture
/// with a hole and one token made of what was in the hole.
///
/// - Source: Yang et al., "Paint by Example", arXiv:2211.13227, eq. 3; ldm/models/diffusion/ddpm.py.
final class LatentDiffusionObjective: Objective {
  typealias Producer = TripletProducer

  let source: BatchSource<TripletProducer>
  private let model: PaintByExampleModel
  private let settings: DiffusionConfiguration
  private let scheduler: SchedulerConfiguration
  private let seed: UInt64
  private let validation: ReferenceUse?
  private let sampler: SampleSheet
  private let cache: MomentsCache?
  /// What learns in place of the weights.
  private let adapters: ModelAdapters?

  fileprivate init(_ setup: inout ObjectiveSetup) throws {
    let (configuration, data) = (setup.configuration, setup.data)
    source = try data.batches(TripletProducer(configuration.data.train.triplets))
    let isTowerTrained = configuration.diffusion.imageEncoderTraining == .all
    let (autoencoder, unet, imageEncoder, scheduler) = try setup.networks {
      (
        try $0.autoencoder(isTrained: false), try $0.unet(),
        try $0.imageEncoder(isTowerTrained: isTowerTrained), $0.scheduler()
      )
    }
    self.scheduler = scheduler
    settings = configuration.diffusion
    seed = configuration.seed
    if settings.scaleFactor == nil, setup.latentScale == nil, !data.isEmpty {
      setup.latentScale = try autoencoder.latentScale(of: source, settings, seed: seed) { $0.image }
    }
    model = PaintByExampleModel(
      unet: unet, autoencoder: autoencoder, conditioner: ImageConditioner(imageEncoder),
      schedule: scheduler.schedule, prediction: scheduler.prediction,
      latentScale: settings.scaleFactor.map { Float($0) } ?? setup.latentScale ?? 1)
    let cases = try data.validationBatches(
      TripletProducer(configuration.data.validation.triplets))
    validation =
      cases.isEmpty
      ? nil
      : ReferenceUse(
        model, cases: cases, timesteps: configuration.validation.timesteps, seed: seed)
    sampler = SampleSheet(try data.sampleCases(), configuration.samples)
    cache = data.isEmpty ? nil : try model.momentsCache(setup)
    adapters = try setup.adapters(of: model, inConditioner: true)
    freeze()
  }

  /// The null vector always learns, unless only adapters do; the tower and the mapper as the configuration
  /// says.
  private func freeze() {
    for parameter in model.conditioner.parameters.parameters where adapters == nil {
      let part = model.conditioner.part(of: parameter.name)
      parameter.isTrainable =
        switch settings.imageEncoderTraining {
        case .all: true
        case .mapper: part != .tower
        case .none: part == .null
        }
    }
    for parameter in model.autoencoder.parameters.parameters { parameter.isTrainable = false }
  }

  private var learners: [TrainedComponent] {
    [
      TrainedComponent(name: .unet, store: model.unet.parameters),
      TrainedComponent(name: model.conditioner.name, store: model.conditioner.parameters),
    ]
  }
  var trained: [TrainedComponent] { adapters.trained(learners) }
  var frozen: [(name: ComponentName, parameters: ParameterStore)] {
    adapters.frozen(learners) + [(.autoencoder, model.autoencoder.parameters)]
  }

  func loss(_ batch: TripletBatch, draw: Int) throws -> Variable {
    var random = RandomStream(seed: seed, purpose: "diffusion", index: UInt64(draw))
    let inputs = try LatentInputs(model, batch, using: &random, cache: cache)
    let timesteps = (0..<batch.image.shape[0]).map { _ in
      random.integer(0...model.schedule.alphas.count - 1)
    }
    let noise = Tensor(normal: inputs.latents.shape, using: &random)
    let output = model.unet.network(
      inputs.noisy(model, noise, at: timesteps), timesteps: timesteps,
      context: condition(views(of: batch, draw: draw), using: &random))
    let target = model.prediction.target(inputs.latents, noise, at: timesteps, model.schedule)
    return output.meanSquaredError(Variable(target))
  }

  /// The views of their objects that a micro-batch's references consist of: of each as many.
  private func views(of batch: TripletBatch, draw: Int) -> [Tensor] {
    let all = [batch.reference] + batch.furtherViews
    guard all.count > 1 else { return all }
    var random = RandomStream(seed: seed, purpose: "views", index: UInt64(draw))
    return Array(all.prefix(random.integer(1...all.count)))
  }

  /// The views' tokens, replaced by the null vector for a share of the batches or samples.
  private func condition(_ views: [Tensor], using random: inout RandomStream) -> Variable {
    let pictures = views[0].shape[0]
    let probability = Float(settings.nullProbability)
    let dropped: [Bool] =
      switch settings.nullCondition {
      case .batch: [Bool](repeating: random.chance(probability), count: pictures)
      case .sample: (0..<pictures).map { _ in random.chance(probability) }
      }
    let encoder = model.conditioner
    let count = views.count * encoder.tokens
    if dropped.allSatisfy({ $0 }) { return encoder.null(pictures, tokens: count) }
    let shown = views.map { view in
      let features =
        settings.imageEncoderTraining == .all || adapters != nil
        ? encoder.features(Variable(view)) : withoutGradients { encoder.features(Variable(view)) }
      return encoder.condition(features)
    }
    let tokens = shown.count == 1 ? shown[0] : .concatenated(shown, axis: 1)
    return dropped.contains(true)
      ? tokens.replacingSamples(dropped, with: encoder.null(1, tokens: count)) : tokens
  }

  func validate(_ isStopping: () -> Bool) throws -> [(name: String, value: Double)] {
    try validation?.losses(isStopping) ?? []
  }

  func samples(_ isStopping: () -> Bool) throws -> Image? {
    try sampler.draw(model, adapters: adapters, isStopping)
  }

  func writeFrame(to folder: String) throws {
    try ModelFolder.writeFrame(of: model, scheduler: scheduler, to: folder)
  }

  func configuration(_ component: ComponentName) -> [String: JSONValue] {
    model.configuration(of: component, adapters)
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
