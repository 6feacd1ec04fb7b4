import Foundation
import Support

/// A training run from its configuration: what `pbe-train` does.
public struct TrainingRun {
  private let configuration: TrainingConfiguration
  private let objective: ObjectiveDefinition
  private let run: RunDirectory
  private let state: TrainingState
  private let replica: Replica
  private let lock: FolderLock?
  /// `config.yaml` as it is to be from here on; nil where it is so already.
  private let newText: String?
  /// The configuration as all replicas must have it.
  private let tree: ConfigurationTree

  /// Starts a run in a new directory.
  ///
  /// - Parameters:
  ///   - loaded: the configuration and what it was made of.
  ///   - output: the directory.
  ///   - replica: which of several processes this is.
  ///   - objectives: what the key `objective` chooses from.
  /// - Throws: ``RunError/occupied(_:)`` where one was started already.
  public init(
    new loaded: TrainingConfiguration.Loaded, output: String, replica: Replica = .single,
    objectives: [ObjectiveDefinition] = ObjectiveDefinition.all
  ) throws {
    configuration = loaded.configuration
    objective = try objectives.named(configuration.objective)
    self.replica = replica
    run = RunDirectory(output, replica)
    guard !run.isWritten || !run.isOccupied else { throw RunError.occupied(output) }
    state = TrainingState()
    tree = loaded.tree
    try Self.requireShares(configuration, replica)
    try configuration.requireSources(for: objective)
    try run.create()
    lock = try run.lock()
    newText = run.isWritten ? tree.yaml : nil
  }

  private static func requireShares(
    _ configuration: TrainingConfiguration, _ replica: Replica
  ) throws(RunError) {
    let batches = configuration.optimizer.accumulation
    guard Replica.canShare(batches, among: replica.count) else {
      throw .unevenShares(batches: batches, ranks: replica.count)
    }
  }

  /// Goes on with a run from its latest checkpoint.
  ///
  /// - Parameters:
  ///   - output: the run's directory.
  ///   - overrides: `key=value`; they change the run's configuration from here on.
  ///   - replica: which of the processes that train together this one is.
  public init(
    resuming output: String, overrides: [String] = [], replica: Replica = .single
  ) throws {
    self.replica = replica
    run = RunDirectory(output, replica)
    let loaded = try Self.configuration(of: output, overrides: overrides)
    var configuration = loaded.configuration
    try Self.requireShares(configuration, replica)
    tree = loaded.tree
    try run.create()
    lock = try run.lock()
    if let latest = try CheckpointStore(run: run, policy: configuration.checkpoint).latest() {
      state = try TrainingState.read(from: latest.folder, ofStep: latest.step)
      configuration.initialize = InitializationConfiguration()
      configuration.initialize.model = .folder(latest.folder)
    } else {
      state = TrainingState()
    }
    self.configuration = configuration
    objective = try ObjectiveDefinition.all.named(configuration.objective)
    newText = overrides.isEmpty || !run.isWritten ? nil : tree.yaml
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

  /// Where a configuration says something else than this run's.
  ///
  /// - Parameter given: the configuration.
  /// - Returns: ``ConfigurationDifference/value`` is the given one's, the other value the run's.
  public func differences(of given: TrainingConfiguration.Loaded) -> [ConfigurationDifference] {
    given.tree.differences(from: tree)
  }

  /// Whether a run was started in that directory.
  public static func exists(at output: String) -> Bool { RunDirectory(output).exists }

  /// What the run asks for and this CPU does not compute; nil where it does.
  public var unsupportedPrecision: TrainingPrecision? {
    configuration.precision.isSupported ? nil : configuration.precision
  }

  /// Whether replicas may run on processors that round differently, for a run that nobody will repeat.
  public var allowsMixedProcessors = false

  /// Where ``TrainingRun`` will go on; 0 for a new run.
  public var step: Int { state.step }

  /// Trains to the end, or until it is asked to stop.
  ///
  /// - Parameters:
  ///   - progress: follows the steps, and what is prepared before the first.
  ///   - isStopping: asked between steps.
  public func train(
    progress: any ProgressReporter = .silent, isStopping: @escaping () -> Bool = { false }
  ) throws -> TrainingOutcome {
    try withExtendedLifetime(lock) {
      if let lack = lock?.lack { progress.note("warning: \(lack)") }
      let data = try RunData(
        configuration, replica, progress: progress, isStopping: isStopping)
      var setup = ObjectiveSetup(
        configuration: configuration, data: data, folder: run.caches(of: replica.rank),
        step: state.step,
        checkpoint: resumedFolder, latentScale: state.latentScale)
      let objective = try objective.make(&setup)
      var state = try placed(in: data)
      state.latentScale = setup.latentScale
      try requireAgreement(objective, state, data)
      return try train(objective, state, data)
    }
  }

  /// Before anything is written, and when all have read what is to be written again.
  private func requireAgreement(
    _ objective: some Objective, _ state: TrainingState, _ data: RunData
  ) throws {
    guard replica.count > 1 else { return }
    let facts = RankFacts(
      configuration: tree.yaml, precision: configuration.precision, checkpoint: resumedFolder,
      state: state, dataset: data.identity ?? "none", objective: objective)
    try RankFacts.requireAgreement(try replica.gather(facts), allowing: allowsMixedProcessors)
  }

  /// The state with its place in the data, which the configuration may have changed.
  private func placed(in data: RunData) throws -> TrainingState {
    guard let dataset = data.identity else { return state }
    if state.isOfAnother(dataset) {
      data.progress.note(
        "note: the training set is another than the checkpoint's; a new epoch begins with it")
    } else if let resumedFolder, state.dataset == dataset,
      state.batchSize == configuration.data.batchSize,
      state.position.index >= data.batchesPerEpoch
    {
      throw RunError.badState(
        resumedFolder,
        "its state is at batch \(state.position.index) of an epoch of \(data.batchesPerEpoch)")
    }
    return try state.placed(
      batchSize: configuration.data.batchSize, batchesPerEpoch: data.batchesPerEpoch,
      dataset: dataset)
  }

  /// Everything that can be wrong with what the user gave has been found by now: the run begins.
  private func train(
    _ objective: some Objective, _ state: TrainingState, _ data: RunData
  ) throws -> TrainingOutcome {
    let trainer = try Trainer(
      objective, configuration, run, replica: replica, state: state, progress: data.progress,
      isStopping: data.isStopping
    ) {
      if let newText { try AtomicFile.write(Data(newText.utf8), to: run.configuration) }
    }
    return try trainer.train()
  }

  private var resumedFolder: String? {
    guard case .folder(let path) = configuration.initialize.model, path.hasPrefix(run.checkpoints)
    else { return nil }
    return path
  }
}
