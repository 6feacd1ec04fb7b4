import Support
import Tensors

/// One of several processes that train a model together, each on its share of every step's batches.
///
/// All that a run knows of ranks. Weights, optimiser and randomness are the same in each; gradients
/// are added between the backward pass and the optimiser's step; the first writes the files.
public struct Replica: Sendable {
  public let rank: Int
  public let count: Int
  private let add: @Sendable ([Tensor]) throws -> [Tensor]

  /// - Parameters:
  ///   - rank: 0 for the replica that writes the files, less than `count`.
  ///   - count: of replicas.
  ///   - sum: adds tensors over all replicas: each passes a list of the same shapes and gets the
  ///     same sums.
  public init(
    rank: Int, count: Int, sum: @escaping @Sendable ([Tensor]) throws -> [Tensor]
  ) {
    check(count > 0 && (0..<count).contains(rank), "rank \(rank) of \(count)")
    (self.rank, self.count, add) = (rank, count, sum)
  }

  /// A process that trains alone.
  public static let single = Replica(rank: 0, count: 1) { $0 }

  var writesFiles: Bool { rank == 0 }

  /// The batches of a step that are this replica's: as many for each, in order of rank.
  public func share(of batches: Int) -> Range<Int> {
    check(batches % count == 0, "\(batches) batches a step for \(count) replicas")
    let size = batches / count
    return rank * size..<(rank + 1) * size
  }

  /// The sum over all replicas. A gradient that is nil here counts as zeros, for the others may have
  /// one; in a process alone it stays nil.
  ///
  /// - Parameters:
  ///   - loss: this replica's share of the loss.
  ///   - gradients: of this replica's batches, in the order of the parameters.
  ///   - shapes: of the gradients.
  public func sum(
    loss: Double, _ gradients: [Tensor?], shapes: [[Int]]
  ) throws -> (loss: Double, gradients: [Tensor?]) {
    guard count > 1 else { return (loss, gradients) }
    let list = zip(gradients, shapes).map { $0 ?? Tensor(zeros: $1) }
    let sums = try add([Tensor(full: [1], Float(loss))] + list)
    return (Double(sums[0].scalar), Array(sums.dropFirst()))
  }
}
