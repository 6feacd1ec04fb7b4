import Datasets
import Support

/// Where a run goes on in data that may have changed since its checkpoint.
extension TrainingState {
  /// The state with its place among batches of this size of this data set.
  ///
  /// The order of an epoch depends on the pictures and the seed, not on the batches: with another batch
  /// size the run goes on at the same picture. In another data set there is no such place, so a new epoch
  /// begins.
  ///
  /// - Parameters:
  ///   - batchSize: examples of a batch from here on.
  ///   - batchesPerEpoch: of this size.
  ///   - dataset: its identity.
  /// - Throws: ``RunError/unevenBatches(done:epoch:batchSize:)`` when the same picture is in the middle
  ///   of a batch of the new size.
  func placed(
    batchSize: Int, batchesPerEpoch: Int, dataset: String
  ) throws(RunError) -> TrainingState {
    var result = self
    (result.batchSize, result.dataset) = (batchSize, dataset)
    if let known = self.dataset, known != dataset, step > 0 {
      result.position = DataPosition(epoch: position.epoch + 1)
    } else if let known = self.batchSize, known != batchSize {
      // Numbers from a file may be any.
      let (done, isTooLarge) = position.index.multipliedReportingOverflow(by: known)
      guard !isTooLarge, done.isMultiple(of: batchSize) else {
        throw .unevenBatches(done: done, epoch: position.epoch, batchSize: batchSize)
      }
      let index = done / batchSize
      result.position = DataPosition(
        epoch: position.epoch + index / batchesPerEpoch, index: index % batchesPerEpoch)
    }
    return result
  }

  /// Whether ``placed(batchSize:batchesPerEpoch:dataset:)`` begins a new epoch.
  func isOfAnother(_ dataset: String) -> Bool {
    step > 0 && self.dataset != nil && self.dataset != dataset
  }
}
