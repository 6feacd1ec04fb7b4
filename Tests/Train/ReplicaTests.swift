import Foundation
import Support
import Tensors
import TestSupport
import Testing
import Training

/// Several replicas train as one does.
@Suite struct ReplicaTests {
  @Test func sharesAreConsecutiveAndEqual() {
    let shares = (0..<3).map { Replica(rank: $0, count: 3) { $0 }.share(of: 6) }
    #expect(shares == [0..<2, 2..<4, 4..<6])
    #expect(Replica.single.share(of: 6) == 0..<6)
  }

  @Test func missingGradientsCountAsZerosAmongSeveralOnly() throws {
    let gradients = [Tensor([2], [1, 2]), nil]
    let shapes = [[2], [2, 1]]
    let alone = try Replica.single.sum(loss: 0.1, gradients, shapes: shapes)
    #expect(alone.loss == 0.1 && alone.gradients == gradients)

    let doubled = Replica(rank: 0, count: 2) { $0.map { $0 + $0 } }
    let sums = try doubled.sum(loss: 1.5, gradients, shapes: shapes)
    #expect(sums.loss == 3)
    #expect(sums.gradients == [Tensor([2], [2, 4]), Tensor(zeros: [2, 1])])
  }

  /// Two replicas in one process: the same checkpoints, bit for bit, and one set of files.
  @Test func twoReplicasMakeTheCheckpointsOfOne() throws {
    let training = try TinyTraining()
    let loaded = try TrainingConfiguration.load(
      files: [training.path("autoencoder.yaml")],
      overrides: [
        "lightning.trainer.max_steps=3", "lightning.trainer.accumulate_grad_batches=2",
        "validation.every=0", "samples.every=0",
      ])
    _ = try TrainingRun(new: loaded, output: training.path("one")).train()

    let meeting = Meeting(of: 2)
    let results = meeting.run { rank in
      let replica = Replica(rank: rank, count: 2) { meeting.sum($0, rank: rank) }
      return Result {
        try TrainingRun(new: loaded, output: training.path("two"), replica: replica).train().steps
      }
    }
    #expect(try results.map { try $0.get() } == [3, 3])
    #expect(training.checkpoints("two") == training.checkpoints("one"))
    #expect(try training.log("two").count == 3)
    let last = training.folder(3)
    #expect(try training.contents("two/\(last)") == training.contents("one/\(last)"))
  }
}

/// Threads that wait for each other and add what they bring.
///
/// Safe to share: what changes is touched under `lock`.
private final class Meeting: @unchecked Sendable {
  private let count: Int
  private let lock = NSCondition()
  private var brought: [Int: [Tensor]] = [:]
  private var sums: [Tensor] = []
  private var round = 0

  init(of count: Int) { self.count = count }

  func run(_ body: @escaping @Sendable (Int) -> Result<Int, any Error>) -> [Result<Int, any Error>]
  {
    let results = Results()
    for rank in 0..<count {
      let thread = Thread { results.set(rank, body(rank)) }
      thread.stackSize = 8 << 20
      thread.start()
    }
    return results.wait(for: count)
  }

  func sum(_ tensors: [Tensor], rank: Int) -> [Tensor] {
    lock.lock()
    defer { lock.unlock() }
    let mine = round
    brought[rank] = tensors
    if brought.count == count {
      let lists = brought.sorted { $0.key < $1.key }.map(\.value)
      sums = lists.dropFirst().reduce(lists[0]) { zip($0, $1).map(+) }
      brought = [:]
      round += 1
      lock.broadcast()
    }
    while round == mine { lock.wait() }
    return sums
  }

  private final class Results: @unchecked Sendable {
    private let lock = NSCondition()
    private var values: [Int: Result<Int, any Error>] = [:]

    func set(_ rank: Int, _ value: Result<Int, any Error>) {
      lock.withLock {
        values[rank] = value
        lock.broadcast()
      }
    }

    func wait(for count: Int) -> [Result<Int, any Error>] {
      lock.lock()
      defer { lock.unlock() }
      while values.count < count { lock.wait() }
      return values.sorted { $0.key < $1.key }.map(\.value)
    }
  }
}
