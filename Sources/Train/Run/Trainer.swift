import Autograd
import Datasets
import Foundation
import Models
import Support
import Tensors

/// The loop: batches, gradients, steps, and everything that a run directory keeps of them.
public final class Trainer<Task: Objective> {
  private let task: Task
  private let configuration: TrainingConfiguration
  private let run: RunDirectory
  private let replica: Replica
  private let store: CheckpointStore
  private let loader: BatchLoader<Task.Producer>
  private var learner: Learner
  private var state: TrainingState
  /// nil where another replica writes the run's files; so is the board.
  private let log: TrainingLog?
  private let board: TensorBoardWriter?
  /// Messages about pictures that were passed on, and all that is known of them.
  private var skipNews = SkipNews()
  private var skipped = SkipReport()
  /// The step of the newest checkpoint: the same in all replicas, of which one alone may look.
  private var savedStep: Int?
  /// Whether any replica was asked to stop.
  private var isAskedToStop = false
  private let firstStep: Int
  /// Where in the data it began.
  private let start: DataPosition
  private let progress: any ProgressReporter
  private let isStopping: () -> Bool

  /// - Parameters:
  ///   - task: what is trained, and on what.
  ///   - configuration: of the whole run.
  ///   - run: an existing directory.
  ///   - replica: which of several processes this is.
  ///   - state: where to resume; a fresh one starts.
  ///   - progress: follows the steps.
  ///   - isStopping: asked between steps.
  ///   - begin: called when nothing is left that can be wrong with what the user gave, before
  ///     anything is written.
  public init(
    _ task: Task, _ configuration: TrainingConfiguration, _ run: RunDirectory,
    replica: Replica = .single, state: TrainingState = TrainingState(),
    progress: any ProgressReporter = .silent,
    isStopping: @escaping () -> Bool = { false },
    begin: () throws -> Void = {}
  ) throws {
    self.task = task
    self.configuration = configuration
    self.run = run
    self.replica = replica
    self.state = state
    self.progress = progress
    self.isStopping = isStopping
    (firstStep, start) = (state.step, state.position)
    store = CheckpointStore(run: run, policy: configuration.checkpoint)
    try store.recover()
    if configuration.duration.maxSteps != 0 {
      try Learner.requireMemory(for: task.trained, configuration, replica)
    }
    learner = Learner(task.trained, configuration.optimizer, replica)
    let latest = try store.latest()
    savedStep = latest?.step
    do {
      if let latest { try learner.restore(from: latest.folder, state) }
      try Self.requireFinite(task, learner)
    } catch {
      guard let latest else { throw error }
      throw RunError.reading(latest.folder, error)
    }
    try begin()
    store.removeOld()  // now that the newest has proved whole
    log = run.isWritten ? try TrainingLog(run.log, keepingThrough: state.step) : nil
    if let damaged = log?.damagedLines, damaged > 0 {
      progress.note(
        "note: \(run.log): \(damaged) of its last lines were no records, and are cut off")
    }
    board =
      run.isWritten ? try TensorBoardWriter(folder: run.path, resumingAt: state.step) : nil
    loader = BatchLoader(
      task.source, from: state.position,
      workers: configuration.duration.maxSteps == 0 ? 0 : configuration.data.workers)
  }

  private static func requireFinite(_ task: Task, _ learner: Learner) throws {
    let frozen = task.frozen.flatMap { component in
      component.parameters.parameters.filter { !$0.value.isFinite }
        .map { "\(component.name.rawValue)/\($0.name)" }
    }
    let broken = learner.broken + frozen
    if !broken.isEmpty { throw RunError.notFinite(broken) }
  }

  /// Steps of the whole run.
  private var totalSteps: Int? {
    let duration = configuration.duration
    let byEpochs = duration.maxEpochs.map { epochs in
      // What is left of the epochs: accumulation and batch size may have changed on the way.
      let batches = loader.source.batchesPerEpoch
      let left = (epochs - start.epoch) * batches - start.index
      let steps = firstStep + max(left, 0) / configuration.optimizer.accumulation
      return max(steps, min(epochs, 1))
    }
    return [duration.maxSteps, byEpochs].compactMap { $0 }.min()
  }

  /// Trains to the end, or until it is interrupted.
  public func train() throws -> TrainingOutcome {
    defer { loader.stop() }
    try learner.shareWeights()
    if savedStep == nil { try save() }
    noteLackOfLink()
    let total = totalSteps
    let progress = progress.begin(
      "training", total: total, unit: "step", completed: state.step)
    defer { progress.finish() }
    while state.step < total ?? .max, !isStopped {
      let (record, warnings) = try savingWhenInterrupted { try step(total) }
      record.skipped.forEach { progress.log("skipped: \($0)") }
      warnings.forEach { progress.log("warning: \($0)") }
      try keep(record, isLast: state.step == total)
      try progress.advance(by: 1, detail: "loss \(Double(record.loss).fixed(4))")
    }
    if savedStep != state.step { try save() }
    return TrainingOutcome(
      steps: state.step, checkpoint: store.hasLink ? nil : try store.latest()?.folder,
      isComplete: state.step >= total ?? .max, skipped: skipped)
  }

  /// Several replicas stop after the same step: when one of them has said so to the others.
  private var isStopped: Bool { replica.count > 1 ? isAskedToStop : isStopping() }

  /// One optimiser step over `accumulation` micro-batches; what to log of it, and warnings about pictures.
  private func step(_ total: Int?) throws -> (record: TrainingRecord, warnings: [String]) {
    let start = ContinuousClock.now
    let (waited, times) = (loader.waitSeconds, replica.times)
    let epoch = loader.position.epoch
    let accumulation = configuration.optimizer.accumulation
    let (gradients, reports) = try gradients(
      over: replica.share(of: accumulation), of: accumulation, draw: state.draw)
    isAskedToStop = reports.stops
    guard gradients.loss.isFinite, gradients.norm.isFinite else { throw diverged(gradients) }
    let rate =
      configuration.optimizer.learningRate
      * configuration.optimizer.schedule.factor(at: state.step, of: total)
    try learner.step(gradients, learningRate: rate)
    try task.finishStep(of: accumulation, replica)
    state.step += 1
    state.draw += accumulation
    state.position = loader.position
    state.averageUpdates = learner.average?.updates ?? 0
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let samples = accumulation * configuration.data.batchSize
    let news = note(reports.map(\.skipped))
    var record = TrainingRecord(
      step: state.step, epoch: epoch, loss: Float(gradients.loss), learningRate: rate,
      gradientNorm: Float(gradients.norm), samplesPerSecond: Double(samples) / seconds,
      dataWaitSeconds: loader.waitSeconds - waited, peakMemoryBytes: MemoryUse.peakResident,
      skippedPictures: skipped.total, skipped: news.skipped)
    if replica.count > 1 {
      record.ranks = TrainingRecord.Ranks(
        count: replica.count, exchangeSeconds: replica.times.exchange - times.exchange,
        waitSeconds: replica.times.wait - times.wait)
    }
    return (record, news.warnings)
  }

  private func note(_ reports: [SkipReport]) -> (skipped: [String], warnings: [String]) {
    skipped = reports.dropFirst().reduce(into: reports[0]) { $0.add($1) }
    return skipNews.news(reports)
  }

  /// The mean loss and gradient of the next micro-batches, this replica's share and the others'.
  private func gradients(
    over share: Range<Int>, of count: Int, draw: Int
  ) throws -> (StepGradients, [StepReport]) {
    var report = StepReport()
    var own = GradientAccumulator(learner.parameters)
    do {
      own = try BalancedTree.sum(share) { i in
        let (loss, gradient) = try gradient(of: try loader.next(), draw: draw + i, of: count)
        report.add(loss: loss)
        return gradient
      } add: {
        $0.add($1)
      }
    } catch {
      guard replica.count > 1 else { throw error }
      report.fail(error)
    }
    report.absent = own.gradients.indices.filter { own.gradients[$0] == nil }
    report.stops = isStopping()
    report.skipped = loader.source.skipped
    let reports = try replica.gather(report)
    if let failure = reports.failure { throw failure }
    return (try learner.sum(&own, reports), reports)
  }

  /// Of one micro-batch of so many.
  private func gradient(
    of batch: Task.Producer.Batch, draw: Int, of count: Int
  ) throws -> (loss: Float, gradient: GradientAccumulator) {
    var gradient = GradientAccumulator(learner.parameters)
    var loss: Float = 0
    try withPrecision {
      let value = try task.loss(batch, draw: draw, average: learner.average)
      loss = value.value.scalar
      gradient.add(value.scaled(by: 1 / Float(count)).gradients())
    }
    return (loss, gradient)
  }

  private func withPrecision(_ body: () throws -> Void) rethrows {
    switch configuration.precision {
    case .fp32: try body()
    case .mixed: try withMixedPrecision(body)
    }
  }

  /// Logs a step; validates, draws samples and saves where it is time to.
  private func keep(_ record: TrainingRecord, isLast: Bool) throws {
    func isDue(_ every: Int) -> Bool { every > 0 && (state.step % every == 0 || isLast) }
    if let log, let board { try write(record, to: log, board, isDue) }
    if isDue(configuration.checkpoint.every) { try StoragePool.apart { try save() } }
  }

  /// What one replica alone does for all.
  private func write(
    _ record: TrainingRecord, to log: TrainingLog, _ board: TensorBoardWriter,
    _ isDue: (Int) -> Bool
  ) throws {
    var record = record
    if isDue(configuration.validation.every), !isStopping() {
      let losses = try StoragePool.apart {
        try learner.withAverage { try task.validate(isStopping) }
      }
      for (name, value) in losses {
        record.measurements[name] = Float(value)
      }
    }
    try log.append(record)
    try board.append(scalars: record.scalars, step: state.step)
    if isDue(configuration.samples.every), !isStopping() {
      try StoragePool.apart { try drawSamples(board) }
    }
  }

  private func drawSamples(_ board: TensorBoardWriter) throws {
    guard let image = try learner.withAverage({ try task.samples(isStopping) }) else { return }
    let png = try image.pngData()
    try AtomicFile.write(
      png, to: "\(run.samples)/\(RunCheckpoints.name(ofStep: state.step)).png")
    try board.append(
      image: "samples", png: png, width: image.width, height: image.height, step: state.step)
  }
}

/// Checkpoints.
extension Trainer {
  /// A picture that cannot be read for now ends the run, but what was learnt before it is kept.
  private func savingWhenInterrupted<Result>(_ step: () throws -> Result) throws -> Result {
    func save() { if savedStep != state.step { try? self.save() } }
    do {
      return try step()
    } catch let error as LoaderError {
      save()
      throw error
    } catch let failure as ShareFailure {  // all replicas know of it, and end alike
      if failure.isPassing { save() }
      throw failure.error
    }
  }

  private func noteLackOfLink() {
    guard run.isWritten, !store.hasLink else { return }
    progress.note(
      "note: \(run.checkpoints)/latest cannot be made a link here; the newest checkpoint is found "
        + "without it")
  }

  private func save(keepsAll: Bool = false) throws {
    let broken = try replica.gather(learner.broken).joined().uniqued
    guard broken.isEmpty else {
      throw divergence(
        "not finite after it: \(RunError.list(broken))", .weights, step: state.step)
    }
    // A checkpoint that outlives a power failure would cut back nothing of a log that doesn't.
    try log?.flush()
    defer { savedStep = state.step }
    guard run.isWritten else { return try learner.handOverMoments() }
    let previous = try? store.latest()?.folder  // spares time and room, no more
    try store.save(step: state.step, keepsAll: keepsAll) { folder in
      try task.writeFrame(to: folder)
      try writeWeights(to: folder, averaged: false)
      if let average = learner.average {
        try average.applied { try writeWeights(to: folder, averaged: true) }
      }
      for (name, parameters) in task.frozen {
        try ModelFolder.write(
          name, configuration: task.configuration(name), weights: parameters.weights, to: folder,
          twin: previous.map { ModelFolder.weightsFile(name, averaged: false, in: $0) })
      }
      try learner.writeMoments(to: folder)
      try state.write(to: folder)
    }
  }

  private func writeWeights(to folder: String, averaged: Bool) throws {
    let isSame = averaged && learner.average?.updates == 0
    for component in learner.components {
      try ModelFolder.write(
        component.name, configuration: task.configuration(component.name),
        weights: component.store.weights, averaged: averaged, to: folder,
        twin: isSame ? ModelFolder.weightsFile(component.name, averaged: false, in: folder) : nil)
    }
  }

  /// Keeps the last good state and says which it is.
  ///
  /// The step was not taken, so what is in memory is good if it gives finite numbers on other
  /// pictures. Otherwise earlier steps have spoilt it, and the last good state is on the disk.
  private func diverged(_ gradients: StepGradients) -> RunError {
    let what =
      gradients.loss.isFinite
      ? "the gradient is not finite, as in \(RunError.list(gradients.broken))"
      : "the loss is \(gradients.loss.isNaN ? "NaN" : "infinite")"
    if isSound {
      if savedStep != state.step { try? save(keepsAll: true) }
      return divergence(what, .batch, step: state.step + 1)
    }
    // Only what this run has just written: an older one may fail by settings that came after it.
    if state.step > firstStep { store.discard(step: state.step) }
    return divergence(what, state.step == 0 ? .start : .weights, step: state.step + 1)
  }

  /// Whether the weights give a finite loss and gradient on a batch that was not yet seen.
  private var isSound: Bool {
    guard let broken = try? replica.gather(learner.broken), broken.allSatisfy(\.isEmpty)
    else { return false }
    let draw = state.draw + configuration.optimizer.accumulation
    let one = replica.share(of: replica.count)
    guard let (gradients, _) = try? gradients(over: one, of: replica.count, draw: draw)
    else { return false }
    return gradients.loss.isFinite && gradients.norm.isFinite
  }

  private func divergence(_ what: String, _ cause: Divergence.Cause, step: Int) -> RunError {
    .diverged(
      Divergence(
        step: step, what: what, cause: cause, checkpoint: try? store.latest()?.folder, run: run.path
      ))
  }
}

extension Sequence<String> {
  /// Each once, in the order of their first places.
  fileprivate var uniqued: [String] {
    var known: Set<String> = []
    return filter { known.insert($0).inserted }
  }
}

/// How a call of ``TrainingRun/train(progress:isStopping:)`` ended.
public struct TrainingOutcome: Sendable {
  /// Optimiser steps of the whole run so far.
  public let steps: Int
  /// The newest checkpoint's folder, where the file system has no link `checkpoints/latest` to it.
  public let checkpoint: String?
  /// False when it was interrupted.
  public let isComplete: Bool
  /// Pictures that could not be used.
  public let skipped: SkipReport
}

extension TrainingRecord {
  /// What TensorBoard plots.
  fileprivate var scalars: [(tag: String, value: Float)] {
    [
      ("train/loss", loss), ("train/learning_rate", Float(learningRate)),
      ("train/gradient_norm", gradientNorm),
      ("train/samples_per_second", Float(samplesPerSecond)),
    ]
      + measurements.sorted { $0.key < $1.key }.map { name, value in
        ("validation/" + name.replacing("validation_", with: ""), value)
      }
  }
}
