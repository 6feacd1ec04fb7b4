import Datasets
import Foundation
import Support
import Synchronization
import Tensors

/// One of several processes that train a model together, each on its share of every step's batches.
///
/// All that a run knows of ranks. Weights and randomness are the same in each, the optimiser's moments are
/// shared out; gradients are added between the backward pass and the optimiser's step; the first writes
/// the files. What a run computes does not depend on their number: sums are those of a balanced
/// binary tree.
public struct Replica: Sendable {
  public let rank: Int
  public let count: Int
  let exchange: (any RankExchange)?
  private let clock: ExchangeClock

  /// One of those that an exchange connects.
  public init(_ exchange: any RankExchange) {
    self.init(exchange, rank: exchange.rank, count: exchange.count)
  }

  private init(_ exchange: (any RankExchange)?, rank: Int, count: Int) {
    check(count > 0 && (0..<count).contains(rank), "rank \(rank) of \(count)")
    (self.exchange, self.rank, self.count) = (exchange, rank, count)
    clock = ExchangeClock()
  }

  /// A process that trains alone.
  public static let single = Replica(nil, rank: 0, count: 1)

  var writesFiles: Bool { rank == 0 }

  /// Whether so many batches can be shared out: evenly, and so that shares are nodes of the tree.
  static func canShare(_ batches: Int, among count: Int) -> Bool {
    batches % count == 0 && count & (count - 1) == 0
  }

  /// The batches of a step that are this replica's: as many for each, in order of rank.
  public func share(of batches: Int) -> Range<Int> {
    check(Self.canShare(batches, among: count), "\(batches) batches a step for \(count) replicas")
    let size = batches / count
    return rank * size..<(rank + 1) * size
  }
}

extension Replica {
  /// What each replica has to say, in the order of the ranks.
  ///
  /// - Throws: ``Support/RankError/garbled(rank:)``, or what the exchange throws.
  func gather<Value: Codable>(_ own: Value) throws -> [Value] {
    guard let exchange else { return [own] }
    return try timed { try exchange.gather(coded: own) }
  }

  /// The same of numbers, whose places do not matter: one list after the other.
  func gather(_ own: [Double]) throws -> [Double] {
    guard let exchange else { return own }
    let bytes = own.withUnsafeBytes { Array($0) }
    return try timed { try exchange.gather(bytes) }.flatMap(Self.numbers)
  }

  /// A data set that one replica a machine reads.
  func open(_ read: () throws -> Dataset) throws -> Dataset {
    guard let exchange else { return try read() }
    return try timed {
      try exchange.onceAMachine(read) {
        try $0.encoded()
      } decode: {
        try Dataset(encoded: $0)
      }
    }
  }

  /// The sum over the batches of all replicas, of tensors that are small enough for every rank to have all.
  ///
  /// - Parameter batches: this replica's, in order, each with tensors of the same shapes.
  public func sum(_ batches: [[Tensor]]) throws -> [Tensor] {
    let own = Self.sum(batches)
    guard let exchange else { return own }
    let numbers = own.flatMap(\.values).withUnsafeBytes { Array($0) }
    let all = try timed { try exchange.gather(numbers) }.enumerated().map { rank, bytes in
      guard bytes.count == numbers.count else { throw RankError.garbled(rank: rank) }
      var rest: [Float] = Self.numbers(bytes)
      return own.map { tensor in
        defer { rest.removeFirst(tensor.count) }
        return Tensor(tensor.shape, Array(rest.prefix(tensor.count)))
      }
    }
    return Self.sum(all)
  }

  private static func sum(_ lists: [[Tensor]]) -> [Tensor] {
    BalancedTree.sum(lists.indices, leaf: { lists[$0] }) { sum, other in
      for i in sum.indices { sum[i].add(other[i]) }
    }
  }

  private static func numbers<Number>(_ bytes: [UInt8]) -> [Number] {
    let size = MemoryLayout<Number>.size
    return bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / size).map {
        bytes.loadUnaligned(fromByteOffset: $0 * size, as: Number.self)
      }
    }
  }
}

extension Replica {
  /// How long this replica has exchanged with others and waited for them, in seconds.
  struct Times {
    var exchange = 0.0
    var wait = 0.0
  }

  var times: Times {
    let wait = exchange?.waitSeconds ?? 0
    return Times(exchange: max(clock.seconds - wait, 0), wait: wait)
  }

  /// Runs what reaches other replicas.
  func timed<Result>(_ body: () throws -> Result) rethrows -> Result {
    let start = ContinuousClock.now
    defer { clock.add((ContinuousClock.now - start) / .seconds(1)) }
    return try body()
  }
}

/// Adds up durations.
private final class ExchangeClock: Sendable {
  private let total = Mutex(0.0)

  var seconds: Double { total.withLock { $0 } }

  func add(_ seconds: Double) { total.withLock { $0 += seconds } }
}
