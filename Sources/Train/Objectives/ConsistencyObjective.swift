import Autograd
import Datasets
import Models
import Pictures
import Support
import Tensors

extension ObjectiveDefinition {
  static let consistencyDistillation = ObjectiveDefinition(
    name: "consistency-distillation",
    summary: "a model that paints in few steps, distilled from one that needs many",
    pictureUnit: latentDiffusion.pictureUnit,
    takesAdapters: true,
    note: { configuration, decoder in configuration.noteSampleSize(decoder) },
    missing: { configuration in
      configuration.distillation.teacher == nil
        ? [
          "consistency distillation needs a teacher: set "
            + "`model.params.distillation_config.teacher` to a trained model's folder or run directory"
        ] : []
    },
    make: { setup in try ConsistencyObjective(setup) })
}

/// Distillation to few steps: see ``ConsistencyDistillation``. The UNet learns, or as much of it as may
/// change; image encoder, null vector and autoencoder stay the teacher's.
///
/// The target comes from the run's averaged weights where `model.params.ema_decay` asks for such.
final class ConsistencyObjective: Objective {
  typealias Producer = TripletProducer

  let source: BatchSource<TripletProducer>
  private let model: PaintByExampleModel
  private let teacher: Component<UNet>
  private let distillation: ConsistencyDistillation
  private let settings: DistillationConfiguration
  private let scheduler: SchedulerConfiguration
  private let seed: UInt64
  private let cases: [TripletBatch]
  private let timesteps: [Int]
  private let sampler: SampleSheet
  private let cache: MomentsCache?
  /// What learns in place of the student's weights.
  private let adapters: ModelAdapters?

  fileprivate init(_ setup: ObjectiveSetup) throws {
    let (configuration, data) = (setup.configuration, setup.data)
    (settings, seed) = (configuration.distillation, configuration.seed)
    source = try data.batches(TripletProducer(configuration.data.train.triplets))
    let (autoencoder, unet, imageEncoder) = try setup.networks {
      (
        try $0.autoencoder(isTrained: false), try $0.unet(.averaged),
        try $0.imageEncoder(isTowerTrained: false)
      )
    }
    let folder = try ModelFolder(at: settings.teacher ?? "")
    teacher = try folder.unet()
    scheduler = try settings.scheduler(of: folder, configuration.diffusion)
    model = PaintByExampleModel(
      unet: unet, autoencoder: autoencoder, conditioner: ImageConditioner(imageEncoder),
      schedule: scheduler.schedule, prediction: scheduler.prediction,
      latentScale: Float(try folder.configuration(of: Autoencoder.self).scalingFactor))
    distillation = ConsistencyDistillation(model, teacher: teacher.network, settings)
    cases = try data.validationBatches(TripletProducer(configuration.data.validation.triplets))
    timesteps = configuration.validation.timesteps
    sampler = SampleSheet(try data.sampleCases(), configuration.samples)
    cache = data.isEmpty ? nil : try model.momentsCache(setup)
    adapters = try setup.adapters(of: model, inConditioner: false)
    for store in [teacher.parameters, autoencoder.parameters, imageEncoder.parameters] {
      for parameter in store.parameters { parameter.isTrainable = false }
    }
  }

  private var learners: [TrainedComponent] {
    [TrainedComponent(name: .unet, store: model.unet.parameters)]
  }
  var trained: [TrainedComponent] { adapters.trained(learners) }
  var frozen: [(name: ComponentName, parameters: ParameterStore)] {
    adapters.frozen(learners) + [
      (.autoencoder, model.autoencoder.parameters),
      (model.conditioner.name, model.conditioner.parameters),
    ]
  }

  func loss(_ batch: TripletBatch, draw: Int) throws -> Variable {
    try loss(batch, draw: draw, average: nil)
  }

  func loss(_ batch: TripletBatch, draw: Int, average: MovingAverage?) throws -> Variable {
    var random = RandomStream(seed: seed, purpose: "consistency", index: UInt64(draw))
    let inputs = try LatentInputs(model, batch, using: &random, cache: cache)
    let known = model.schedule.originalTimesteps
    let (least, most) = (Float(settings.guidance[0]), Float(settings.guidance[1]))
    let count = batch.image.shape[0]
    let starts = (0..<count).map { _ in known[random.integer(0...known.count - 1)] }
    let scales = (0..<count).map { _ in least + (most - least) * random.uniform() }
    let draw = ConsistencyDistillation.Draw(
      starts: starts, scales: scales, noise: Tensor(normal: inputs.latents.shape, using: &random))
    return distillation.loss(
      inputs, draw, condition: condition(batch.reference), average: average)
  }

  private func condition(_ reference: Tensor) -> Tensor {
    withoutGradients { model.conditioner(Variable(reference)).value }
  }

  /// The distance that is trained, on fixed examples and noise at the timesteps nearest to those asked for
  /// and in the middle of the guidance, of one and the same weights.
  func validate(_ isStopping: () -> Bool) throws -> [(name: String, value: Double)] {
    let known = model.schedule.originalTimesteps
    let scale = Float((settings.guidance[0] + settings.guidance[1]) / 2)
    var sum = 0.0
    for (index, batch) in cases.enumerated() {
      var random = RandomStream(seed: seed, purpose: "validation", index: UInt64(index))
      let inputs = try LatentInputs(model, batch, using: &random)
      let condition = condition(batch.reference)
      for timestep in timesteps {
        if isStopping() { return [] }
        let nearest = known.min { abs($0 - timestep) < abs($1 - timestep) } ?? known[0]
        let draw = ConsistencyDistillation.Draw(
          starts: [Int](repeating: nearest, count: batch.image.shape[0]),
          scales: [Float](repeating: scale, count: batch.image.shape[0]),
          noise: Tensor(normal: inputs.latents.shape, using: &random))
        sum += Double(
          withoutGradients {
            distillation.loss(inputs, draw, condition: condition, average: nil).value.scalar
          })
      }
    }
    let count = Double(cases.count * timesteps.count)
    return cases.isEmpty ? [] : [("validation_loss", sum / count)]
  }

  func samples(_ isStopping: () -> Bool) throws -> Image? { try sampler.draw(model, isStopping) }

  func writeFrame(to folder: String) throws {
    try ModelFolder.writeFrame(of: model, scheduler: scheduler, to: folder)
  }

  func configuration(_ component: ComponentName) -> [String: JSONValue] {
    model.configuration(of: component, adapters)
  }
}

extension DistillationConfiguration {
  /// The teacher's, with what is distilled of it.
  ///
  /// - Throws: ``RunError/networkMismatch(_:_:_:)`` where the configuration would have another prediction.
  fileprivate func scheduler(
    of folder: ModelFolder, _ configured: DiffusionConfiguration
  ) throws -> SchedulerConfiguration {
    var scheduler = try folder.scheduler()
    guard scheduler.prediction == configured.parameterization else {
      throw RunError.networkMismatch(
        "teacher", folder.path,
        [
          "prediction_type: \(scheduler.prediction.rawValue) there, "
            + "\(configured.parameterization.rawValue) in the configuration "
            + "(`model.params.parameterization`)"
        ])
    }
    scheduler.grid.usual = .consistency
    scheduler.grid.consistency.originalSteps = steps
    scheduler.grid.consistency.timestepScaling = timestepScaling
    return scheduler
  }
}
