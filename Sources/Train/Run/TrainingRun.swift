import Autograd
import Datasets
import Foundation
import Models
import Support

/// A training run from its configuration: what `pbe-train` does.
public struct TrainingRun {
  private let configuration: TrainingConfiguration
  private let run: RunDirectory
  private let state: TrainingState
  private let lock: RunLock
  /// `config.yaml` as it is to be from here on; nil where it is so already.
  private let newText: String?

  /// Starts a run in a new directory.
  ///
  /// - Throws: ``RunError/occupied(_:)`` where one was started already.
  public init(new loaded: TrainingConfiguration.Loaded, output: String) throws {
    configuration = loaded.configuration
    run = RunDirectory(output)
    guard !run.isOccupied else { throw RunError.occupied(output) }
    state = TrainingState()
    try configuration.requireSources()
    try run.create()
    lock = try RunLock(run)
    newText = loaded.tree.yaml
  }

  /// Goes on with a run from its latest checkpoint.
  ///
  /// - Parameter overrides: change the run's configuration from here on.
  public init(resuming output: String, overrides: [String] = []) throws {
    run = RunDirectory(output)
    let loaded = try Self.configuration(of: output, overrides: overrides)
    var configuration = loaded.configuration
    try run.create()
    lock = try RunLock(run)
    if let latest = CheckpointStore(run: run, policy: configuration.checkpoint).latest {
      state = try TrainingState.read(from: latest.folder)
      configuration.initialize = InitializationConfiguration()
      configuration.initialize.model = .folder(latest.folder)
    } else {
      state = TrainingState()
    }
    self.configuration = configuration
    newText = overrides.isEmpty ? nil : loaded.tree.yaml
  }

  /// The configuration of a run that was started.
  ///
  /// - Throws: ``RunError/nothingToResume(_:)``, `ConfigurationError`.
  public static func configuration(
    of output: String, overrides: [String] = []
  ) throws -> TrainingConfiguration.Loaded {
    let run = RunDirectory(output)
    guard run.exists else { throw RunError.nothingToResume(output) }
    return try TrainingConfiguration.load(files: [run.configuration], overrides: overrides)
  }

  /// Whether a run was started in that directory.
  public static func exists(at output: String) -> Bool { RunDirectory(output).exists }

  /// What the run asks for and this CPU does not compute; nil where it does.
  public var unsupportedPrecision: TrainingPrecision? {
    configuration.precision.isSupported ? nil : configuration.precision
  }

  /// Where ``TrainingRun`` will go on; 0 for a new run.
  public var step: Int { state.step }

  /// Trains to the end, or until it is asked to stop.
  ///
  /// - Parameter isStopping: asked between steps.
  public func train(
    progress: any ProgressReporter = .silent, isStopping: @escaping () -> Bool = { false }
  ) throws -> TrainingOutcome {
    try withExtendedLifetime(lock) {
      let data = try RunData(configuration, progress: progress, isStopping: isStopping)
      switch configuration.objective {
      case .autoencoder: return try trainAutoencoder(data)
      case .imageEncoder: return try trainImageEncoder(data)
      case .latentDiffusion: return try trainLatentDiffusion(data)
      }
    }
  }

  private func trainAutoencoder(_ data: RunData) throws -> TrainingOutcome {
    let settings = configuration.data
    let autoencoder = try networks(data.progress) { try $0.autoencoder() }
    let validation = try data.validationBatches(
      PictureProducer(settings.validation.triplets, holeProbability: 0))
    let source = try data.batches(
      PictureProducer(
        settings.train.triplets, holeProbability: Float(settings.train.holeProbability)))
    let objective = AutoencoderObjective(autoencoder, configuration, cases: validation)
    return try train(objective, source, state, data)
  }

  private func trainImageEncoder(_ data: RunData) throws -> TrainingOutcome {
    let classes = data.classNames
    func producer(_ settings: DatasetConfiguration) throws -> ExemplarProducer {
      try ExemplarProducer(
        settings.triplets, classes: classes, drawingSize: ExemplarHead.drawingSize)
    }
    let source = try data.batches(producer(configuration.data.train))
    let (encoder, head) = try networks(data.progress) {
      (
        try $0.imageEncoder(),
        try $0.exemplarHead(classes, from: state.step > 0 ? resumedFolder : nil)
      )
    }
    let objective = ImageEncoderObjective(
      encoder, head, configuration,
      cases: try data.validationBatches(producer(configuration.data.validation)))
    return try train(objective, source, state, data)
  }

  private func trainLatentDiffusion(_ data: RunData) throws -> TrainingOutcome {
    let source = try data.batches(TripletProducer(configuration.data.train.triplets))
    let (autoencoder, unet, imageEncoder) = try networks(data.progress) {
      (try $0.autoencoder(), try $0.unet(), try $0.imageEncoder())
    }
    var state = state
    if configuration.diffusion.scaleFactor == nil, state.latentScale == nil, !data.isEmpty {
      state.latentScale = try measuredScale(of: autoencoder, source)
    }
    let scheduler = configuration.diffusion.scheduler
    let model = PaintByExampleModel(
      unet: unet, autoencoder: autoencoder, conditioner: ImageConditioner(imageEncoder),
      schedule: scheduler.schedule, prediction: scheduler.prediction,
      latentScale: configuration.diffusion.scaleFactor.map { Float($0) } ?? state.latentScale ?? 1)
    let objective = LatentDiffusionObjective(
      model, configuration,
      cases: try data.validationBatches(TripletProducer(configuration.data.validation.triplets)),
      samples: SampleSheet(try data.sampleCases(), configuration.samples),
      cache: data.isEmpty ? nil : try cache(model))
    return try train(objective, source, state, data)
  }

  /// Everything that can be wrong with what the user gave has been found by now: the run begins.
  private func train<Task: Objective>(
    _ task: Task, _ source: BatchSource<Task.Producer>, _ state: TrainingState,
    _ data: RunData
  ) throws -> TrainingOutcome {
    let trainer = try Trainer(
      task, configuration, run, source: source, state: state, progress: data.progress,
      isStopping: data.isStopping
    ) {
      if let newText { try AtomicFile.write(Data(newText.utf8), to: run.configuration) }
    }
    return try trainer.train()
  }

  /// Builds networks; what is wrong with a checkpoint's files is said to be wrong with it.
  private func networks<Networks>(
    _ progress: any ProgressReporter, _ build: (inout NetworkBuilder) throws -> Networks
  ) throws -> Networks {
    do {
      var builder = NetworkBuilder(configuration: configuration)
      let networks = try build(&builder)
      if resumedFolder == nil { builder.notes.forEach(progress.note) }
      return networks
    } catch {
      guard !(error is RunError), let latest = resumedFolder else { throw error }
      throw RunError.badState(latest, "\(error)")
    }
  }

  private var resumedFolder: String? {
    guard case .folder(let path) = configuration.initialize.model, path.hasPrefix(run.checkpoints)
    else { return nil }
    return path
  }

  /// The run's cache of latents, where the configuration wants one.
  private func cache(_ model: PaintByExampleModel) throws -> MomentsCache? {
    guard configuration.data.cachesLatents else { return nil }
    let sizes = model.autoencoder.network.configuration
    let side = configuration.data.train.triplets.imageSize / model.downsampling
    var hash = SHA256()
    for parameter in model.autoencoder.parameters.parameters {
      parameter.value.withUnsafeBufferPointer { hash.update(UnsafeRawBufferPointer($0)) }
    }
    return try MomentsCache(
      folder: run.path, identity: hash.hexadecimal(), shape: [side, side, 2 * sizes.latentChannels])
  }

  /// 1 / standard deviation of the latents of the first training pictures.
  private func measuredScale(
    of autoencoder: Component<Autoencoder>, _ source: BatchSource<TripletProducer>
  ) throws -> Float {
    let batches = max(64 / configuration.data.batchSize, 1)
    var (sum, squares, count) = (0.0, 0.0, 0)
    for index in 0..<min(batches, source.batchesPerEpoch) {
      let pictures = try source.batch(at: DataPosition(index: index)).image
      let latents = withoutGradients {
        autoencoder.network.encode(Variable(pictures)).mean.value
      }
      sum += latents.sum()
      squares += latents.sumOfSquares()
      count += latents.count
    }
    let mean = sum / Double(count)
    let scale = 1 / max(squares / Double(count) - mean * mean, 1e-12).squareRoot()
    guard scale.isFinite else {
      throw RunError.notFinite(["latents of the autoencoder, measured for `scale_factor: auto`"])
    }
    return Float(scale)
  }
}
