import Datasets
import Support

/// What a run reads: training batches, fixed validation batches, the cases of its sample pictures.
///
/// A run of no steps reads nothing, wherever its configuration says that data lies.
public struct RunData {
  public let progress: any ProgressReporter
  /// Whether the run is asked to stop.
  public let isStopping: () -> Bool
  private let configuration: TrainingConfiguration
  private let replica: Replica
  private let training: Dataset?
  private let validation: Dataset?

  /// Opens the data sets.
  init(
    _ configuration: TrainingConfiguration, _ replica: Replica, progress: any ProgressReporter,
    isStopping: @escaping () -> Bool
  ) throws {
    self.configuration = configuration
    self.replica = replica
    self.progress = progress
    self.isStopping = isStopping
    guard configuration.duration.maxSteps != 0 else {
      (training, validation) = (nil, nil)
      return
    }
    training = try replica.open { try configuration.data.train.open(progress: progress) }
    let isValidated =
      replica.writesFiles
      && (configuration.validation.every > 0 || configuration.samples.every > 0)
    let settings = configuration.data.validation
    validation =
      isValidated && settings.directory != nil
      ? try settings.open(key: "data.params.validation.params", progress: progress) : nil
    reportLeftOut(training, "training")
    reportLeftOut(validation, "validation")
  }

  /// What a data set holds but the run will not see is never left out silently.
  private func reportLeftOut(_ dataset: Dataset?, _ purpose: String) {
    guard let pictures = dataset?.tally.pictures, !pictures.dropped.isEmpty
    else { return }
    let reasons = pictures.dropped.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
    progress.note(
      "\(purpose): \(pictures.kept) of \(pictures.total) pictures; left out: \(reasons)")
  }

  public var isEmpty: Bool { training == nil }

  /// Classes of the training set's objects, sorted.
  public var classNames: [String] { training?.classNames ?? [] }

  /// The training set, as a checkpoint names it; nil where there is none.
  var identity: String? { training?.identity }

  /// Batches of the configured size in an epoch.
  var batchesPerEpoch: Int { max(1, (training?.count ?? 1) / configuration.data.batchSize) }

  /// Batches to train on: this replica's share of each step's.
  public func batches<Producer: ItemProducer>(_ producer: Producer) throws -> BatchSource<Producer>
  {
    guard let training else {  // nothing will ever be asked of it
      return try BatchSource(producer, count: 1, batchSize: 1, seed: 0) { _ in
        DatasetRecord(image: "")
      }
    }
    let batches = configuration.optimizer.accumulation
    return try BatchSource(
      producer, training, batchSize: configuration.data.batchSize, seed: configuration.seed,
      share: replica.share(of: batches), of: batches)
  }

  /// The first examples of the validation set, in its own order; none without such a set.
  public func validationBatches<Producer: ItemProducer>(_ producer: Producer) throws -> [Producer
    .Batch]
  {
    guard let validation, configuration.validation.every > 0 else { return [] }
    let count = min(validation.count, configuration.validation.cases)
    // Batches of one size that leave out no case.
    let size = (1...min(count, configuration.data.batchSize)).last { count % $0 == 0 } ?? 1
    let source = try BatchSource(
      producer, count: count, batchSize: size, seed: configuration.seed, shuffles: false
    ) { validation[$0] }
    let batches = try (0..<count / size).map { try source.batch(at: DataPosition(index: $0)) }
    if !source.skipped.isEmpty { progress.note("validation: \(source.skipped)") }
    return batches
  }

  /// The first validation pictures, their holes and the references of the ones after them.
  func sampleCases() throws -> [SampleSheet.Case] {
    guard let validation, configuration.samples.every > 0 else { return [] }
    return try SampleSheet.Case.first(
      configuration.samples.count, of: validation,
      settings: configuration.data.validation.triplets, seed: configuration.seed)
  }
}
