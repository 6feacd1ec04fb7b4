import Autograd
import Datasets
import Inference
import Models
import Pictures
import Support
import Tensors

extension ObjectiveDefinition {
  static let textToImage = ObjectiveDefinition(
    name: "text-to-image",
    summary: "whole pictures after their captions, as Stable Diffusion (a prior to start from)",
    pictureUnit: latentDiffusion.pictureUnit,
    layout: .latents, takesAdapters: true,
    note: { configuration, decoder in configuration.noteSampleSize(decoder) },
    missing: { configuration in
      let initialize = configuration.initialize
      return latentDiffusion.missing(configuration)
        + (initialize.model == nil && initialize.textEncoder == nil
          ? [
            "text to image needs a text encoder: set `initialize.text_encoder` to a folder of CLIP with "
              + "its tokenizer, or `initialize.model` to a model that has one"
          ] : [])
    },
    make: { setup in try TextToImageObjective(&setup) })
}

/// Latent diffusion after a text: the UNet learns to denoise whole pictures, told what they show.
///
/// The text encoder and the autoencoder stay as they are. Masked pictures and holes have no part in it:
/// what comes out is a prior, which the method's own UNet can start from.
///
/// - Source: Rombach et al., arXiv:2112.10752, section 3.3.
final class TextToImageObjective: Objective {
  typealias Producer = CaptionedProducer

  let source: BatchSource<CaptionedProducer>
  private let model: PaintByExampleModel
  private let conditioner: TextConditioner
  private let settings: DiffusionConfiguration
  private let scheduler: SchedulerConfiguration
  private let seed: UInt64
  private let cases: [CaptionedBatch]
  private let timesteps: [Int]
  private let samples: SamplesConfiguration
  private let cache: MomentsCache?
  /// What learns in place of the UNet's weights.
  private let adapters: ModelAdapters?

  fileprivate init(_ setup: inout ObjectiveSetup) throws {
    let (configuration, data) = (setup.configuration, setup.data)
    let (autoencoder, unet, conditioner, scheduler) = try setup.networks {
      (
        try $0.autoencoder(isTrained: false), try $0.unet(), try $0.textConditioner(),
        $0.scheduler()
      )
    }
    self.scheduler = scheduler
    let tokenizer = conditioner.tokenizer
    func producer(
      _ set: DatasetConfiguration, _ choice: CaptionedProducer.Choice
    ) throws -> CaptionedProducer {
      try CaptionedProducer(set.triplets, .picture, choice, length: tokenizer.length) {
        tokenizer($0)
      }
    }
    source = try data.batches(producer(configuration.data.train, .any))
    settings = configuration.diffusion
    seed = configuration.seed
    if settings.scaleFactor == nil, setup.latentScale == nil, !data.isEmpty {
      setup.latentScale = try autoencoder.latentScale(of: source, settings, seed: seed) {
        $0.picture
      }
    }
    self.conditioner = conditioner
    model = PaintByExampleModel(
      unet: unet, autoencoder: autoencoder, conditioner: conditioner,
      schedule: scheduler.schedule, prediction: scheduler.prediction,
      latentScale: settings.scaleFactor.map { Float($0) } ?? setup.latentScale ?? 1)
    cases = try data.validationBatches(producer(configuration.data.validation, .fullest))
    timesteps = configuration.validation.timesteps
    samples = configuration.samples
    cache = data.isEmpty ? nil : try model.momentsCache(setup)
    adapters = try setup.adapters(of: model, inConditioner: false)
    for store in [conditioner.parameters, autoencoder.parameters] {
      for parameter in store.parameters { parameter.isTrainable = false }
    }
  }

  private var learners: [TrainedComponent] {
    [TrainedComponent(name: .unet, store: model.unet.parameters)]
  }
  var trained: [TrainedComponent] { adapters.trained(learners) }
  var frozen: [(name: ComponentName, parameters: ParameterStore)] {
    adapters.frozen(learners)
      + [(.autoencoder, model.autoencoder.parameters), (conditioner.name, conditioner.parameters)]
  }

  func loss(_ batch: CaptionedBatch, draw: Int) throws -> Variable {
    var random = RandomStream(seed: seed, purpose: "text to image", index: UInt64(draw))
    let count = batch.picture.shape[0]
    let latents = try latents(batch, cache, using: &random)
    let timesteps = (0..<count).map { _ in random.integer(0...model.schedule.alphas.count - 1) }
    let noise = Tensor(normal: latents.shape, using: &random)
    let dropped = dropped(count, using: &random)
    let condition = self.condition(zip(batch.tokens, dropped).map { $1 ? empty : $0 })
    let target = model.prediction.target(latents, noise, at: timesteps, model.schedule)
    return output(latents, noise, timesteps, condition).meanSquaredError(Variable(target))
  }

  private var empty: [Int] { conditioner.tokenizer("") }

  /// Which captions are replaced by the empty text, for guidance.
  private func dropped(_ count: Int, using random: inout RandomStream) -> [Bool] {
    let probability = Float(settings.nullProbability)
    return switch settings.nullCondition {
    case .batch: [Bool](repeating: random.chance(probability), count: count)
    case .sample: (0..<count).map { _ in random.chance(probability) }
    }
  }

  private func latents(
    _ batch: CaptionedBatch, _ cache: MomentsCache?, using random: inout RandomStream
  ) throws -> Tensor {
    let moments =
      try cache.map { try $0.moments(of: batch.picture, encode: model.moments) }
      ?? model.moments(of: batch.picture)
    let shape = Array(moments.shape.dropLast()) + [moments.shape[3] / 2]
    return model.latents(from: moments, noise: Tensor(normal: shape, using: &random))
  }

  private func condition(_ tokens: [[Int]]) -> Tensor {
    withoutGradients { conditioner.component.network(tokens).value }
  }

  private func output(
    _ latents: Tensor, _ noise: Tensor, _ timesteps: [Int], _ condition: Tensor
  ) -> Variable {
    model.unet.network(
      Variable(model.schedule.noisy(latents, noise, at: timesteps)), timesteps: timesteps,
      context: Variable(condition))
  }

  /// The loss with a picture's own caption, with that of the one after it and with none, at fixed
  /// timesteps and noise: a model that reads its text does best with the first.
  func validate(_ isStopping: () -> Bool) throws -> [(name: String, value: Double)] {
    let names = ["validation_loss", "loss_shuffled", "loss_null"]
    var sums = [Double](repeating: 0, count: names.count)
    let captions = cases.flatMap(\.tokens)
    var place = 0
    for (index, batch) in cases.enumerated() {
      var random = RandomStream(seed: seed, purpose: "validation", index: UInt64(index))
      let latents = try latents(batch, nil, using: &random)
      let next = batch.tokens.indices.map { captions[(place + $0 + 1) % captions.count] }
      place += batch.tokens.count
      let conditions = [batch.tokens, next, batch.tokens.map { _ in empty }].map(condition)
      for timestep in timesteps {
        if isStopping() { return [] }
        let noise = Tensor(normal: latents.shape, using: &random)
        let steps = batch.tokens.map { _ in timestep }
        let target = model.prediction.target(latents, noise, at: steps, model.schedule)
        for (i, condition) in conditions.enumerated() {
          let found = withoutGradients { output(latents, noise, steps, condition).value }
          sums[i] += found.squaredDistance(to: target) / Double(target.count)
        }
      }
    }
    let count = Double(cases.count * timesteps.count)
    return cases.isEmpty ? [] : zip(names, sums).map { ($0, $1 / count) }
  }

  /// The first validation pictures, and what their captions alone give.
  func samples(_ isStopping: () -> Bool) throws -> Image? {
    var sheet = ContactSheet(columns: ["picture", "of its caption"], cellSize: 64)
    var count = 0
    for batch in cases {
      for (i, tokens) in batch.tokens.enumerated() where count < samples.count {
        if isStopping() { return nil }
        let picture = Image(batch.picture.slice(i..<i + 1, axis: 0))
        sheet.addRow([picture, try painted(tokens, number: count, size: picture.width)])
        count += 1
      }
    }
    return count == 0 ? nil : sheet.image()
  }

  private func painted(_ tokens: [Int], number: Int, size: Int) throws -> Image {
    var random = RandomStream(seed: seed, purpose: "sample", index: UInt64(number))
    let side = size / model.downsampling
    let channels = model.autoencoder.network.configuration.latentChannels
    let noise = Tensor(normal: [1, side, side, channels], using: &random)
    let condition = condition([empty, tokens])
    let scale = Float(samples.scale)
    let latents: Tensor = try samples.sampler(SamplingOptions()).sample(
      from: noise, model.schedule, steps: samples.steps, prediction: model.prediction,
      using: &random
    ) { latents, timestep in
      let both = withoutGradients {
        model.unet.network(
          Variable(.concatenated([latents, latents], axis: 0)), timesteps: [timestep, timestep],
          context: Variable(condition)
        ).value
      }
      return both.slice(0..<1, axis: 0) * (1 - scale) + both.slice(1..<2, axis: 0) * scale
    }
    return Image(model.pictures(of: latents))
  }

  func writeFrame(to folder: String) throws {
    try ModelFolder.writeFrame(of: model, scheduler: scheduler, to: folder)
  }

  func configuration(_ component: ComponentName) -> [String: JSONValue] {
    model.configuration(of: component, adapters)
  }
}
