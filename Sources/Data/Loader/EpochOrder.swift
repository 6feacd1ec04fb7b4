import Synchronization
import Tensors

/// The order in which an epoch visits the records: a permutation that seed and epoch decide.
final class EpochOrder: Sendable {
  let count: Int
  private let seed: UInt64
  private let shuffles: Bool
  /// The last two orders asked for: workers may be an epoch ahead of each other.
  private let recent = Mutex<[(epoch: Int, order: [UInt32])]>([])

  /// - Parameter shuffles: false for the dataset's own order in every epoch.
  init(count: Int, seed: UInt64, shuffles: Bool) {
    precondition(count <= UInt32.max)
    self.count = count
    self.seed = seed
    self.shuffles = shuffles
  }

  /// The record at a place of an epoch; places beyond the last start again at the first.
  func record(epoch: Int, place: Int) -> Int {
    let place = place % count
    guard shuffles else { return place }
    return recent.withLock { recent in
      if let known = recent.first(where: { $0.epoch == epoch }) { return Int(known.order[place]) }
      var random = RandomStream(seed: seed, purpose: "epoch order", index: UInt64(epoch))
      var order = (0..<UInt32(count)).map { $0 }
      order.shuffle(using: &random)
      recent = recent.suffix(1) + [(epoch, order)]
      return Int(order[place])
    }
  }
}
