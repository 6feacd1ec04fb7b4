import Pictures
import Support
import Tensors

/// Where a run is in its data: the batch that comes next.
public struct DataPosition: Sendable, Equatable, Codable {
  public var epoch: Int
  /// The batch within the epoch.
  public var index: Int

  public init(epoch: Int = 0, index: Int = 0) {
    self.epoch = epoch
    self.index = index
  }
}

/// The batches of a dataset, each a function of (seed, epoch, index) and of nothing else.
///
/// An epoch visits the records in an order of its own. Records left over when the last batch is
/// not full are dropped (the next epoch has another order); a dataset smaller than a batch is
/// repeated to fill one. A record that can't be used is replaced by the one after it in the order,
/// counted in ``skipped``.
public final class BatchSource<Producer: ItemProducer>: Sendable {
  public let producer: Producer
  public let batchSize: Int
  public let batchesPerEpoch: Int
  private let record: @Sendable (Int) -> DatasetRecord
  private let order: EpochOrder
  private let skips = SkipLog()
  private let seed: UInt64
  /// Which of every `period` batches are made here.
  private let share: Range<Int>
  private let period: Int

  /// - Parameters:
  ///   - producer: makes an item of a record.
  ///   - count: of records, at least 1.
  ///   - batchSize: items in a batch, at least 1.
  ///   - seed: of the order of records and of all that is random in an item.
  ///   - shuffles: false to keep the dataset's order, for validation.
  ///   - share: which of every `period` batches a loader makes; others make the rest.
  ///   - period: how many batches all loaders make together; 1 for a loader alone.
  ///   - record: reads a record by its number, from 0; called on any thread.
  /// - Throws: ``LoaderError/noRecords``.
  public init(
    _ producer: Producer, count: Int, batchSize: Int, seed: UInt64, shuffles: Bool = true,
    share: Range<Int> = 0..<1, of period: Int = 1,
    record: @escaping @Sendable (Int) -> DatasetRecord
  ) throws(LoaderError) {
    check(batchSize > 0, "batch size \(batchSize)")
    check(
      !share.isEmpty && share.lowerBound >= 0 && share.upperBound <= period,
      "batches \(share) of \(period)")
    guard count > 0 else { throw .noRecords }
    self.producer = producer
    self.batchSize = batchSize
    self.seed = seed
    (self.share, self.period) = (share, period)
    self.record = record
    batchesPerEpoch = max(1, count / batchSize)
    order = EpochOrder(count: count, seed: seed, shuffles: shuffles)
  }

  /// The batches of a dataset, in an order that each epoch shuffles anew unless told otherwise.
  ///
  /// - Throws: ``LoaderError/noRecords``.
  public convenience init(
    _ producer: Producer, _ dataset: Dataset, batchSize: Int, seed: UInt64, shuffles: Bool = true,
    share: Range<Int> = 0..<1, of period: Int = 1
  ) throws(LoaderError) {
    try self.init(
      producer, count: dataset.count, batchSize: batchSize, seed: seed, shuffles: shuffles,
      share: share, of: period
    ) { dataset[$0] }
  }

  /// The records that were skipped so far, or used with a warning.
  public var skipped: SkipReport { skips.report }

  /// Makes one batch on the calling thread.
  ///
  /// - Throws: ``LoaderError/nothingReadable(_:)``, ``LoaderError/interrupted(_:)``.
  public func batch(at position: DataPosition) throws(LoaderError) -> Producer.Batch {
    let pending = pendingBatch(at: position)
    for slot in 0..<batchSize { try fill(pending, slot) }
    return producer.batch(pending.fields)
  }

  /// Room for one batch.
  func pendingBatch(at position: DataPosition) -> PendingBatch<Producer.Fields> {
    PendingBatch(position: position, fields: producer.fields(count: batchSize))
  }

  /// Makes one item of a batch. Items may be made in any order, by any thread.
  func fill(_ batch: PendingBatch<Producer.Fields>, _ slot: Int) throws(LoaderError) {
    let place = batch.position.index * batchSize + slot
    for attempt in 0..<order.count {
      let number = order.record(epoch: batch.position.epoch, place: place + attempt)
      if skips.contains(number) { continue }
      let record = record(number)
      let item = ItemBuffers(fields: batch.fields, slot: slot) { [skips] in skips.add(number, $0) }
      // The same stream for each attempt: what failed before it must leave no trace.
      var random = RandomStream(
        seed: seed, purpose: "training item",
        index: UInt64(batch.position.epoch) << 32 | UInt64(place))
      do {
        return try producer.produce(record, using: &random, into: item)
      } catch {
        if let failure = (error as? ImageError)?.passing { throw .interrupted(failure) }
        skips.add(number, record.origin, error)
      }
    }
    throw .nothingReadable(skipped)
  }

  /// The place of batch `number` of the share, for a loader that starts at another.
  func position(_ number: Int, after start: DataPosition) -> DataPosition {
    let (round, place) = number.quotientAndRemainder(dividingBy: share.count)
    let number = start.index + round * period + share.lowerBound + place
    return DataPosition(
      epoch: start.epoch + number / batchesPerEpoch, index: number % batchesPerEpoch)
  }
}

/// A batch whose items are being made. Copies share the fields' memory.
struct PendingBatch<Fields: Sendable>: Sendable {
  let position: DataPosition
  let fields: Fields
}

public enum LoaderError: Error, CustomStringConvertible {
  case noRecords
  case nothingReadable(SkipReport)
  /// A picture could not be read for a reason that may pass: to go on without it would change the run.
  case interrupted(FileError)

  public var description: String {
    switch self {
    case .noRecords:
      "the dataset has no picture; check `dataset_dir`, the split and the area limits"
    case .nothingReadable(let report):
      "no picture of the dataset can be used. \(report)"
    case .interrupted(let error):
      "\(error). That is a fault of the machine rather than of the picture, so the work ends here "
        + "instead of going on without it; go on when the disk or network answers again, or remove "
        + "the picture if it never does"
    }
  }
}
