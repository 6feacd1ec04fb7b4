import Foundation
import Support

/// Ranks that are threads of one process, connected as those of one machine are: by memory that all see.
///
/// Safe to share: what changes is touched under `lock`.
public final class ThreadGroup: @unchecked Sendable {
  public let count: Int
  private let room: Int
  private let lock = NSCondition()
  private var arrived = 0
  private var round = 0
  private var isBroken = false
  fileprivate var texts: [[UInt8]]
  fileprivate let memory: [UnsafeMutablePointer<Float>]

  /// A rank that waits for one that has failed.
  public struct Broken: Error {}

  /// - Parameters:
  ///   - count: of ranks.
  ///   - pieces: that each may exchange in one round; few make many rounds.
  public init(of count: Int, pieces: Int = 1) {
    self.count = count
    let room = pieces * count * RankRoom.piece
    self.room = room
    texts = Array(repeating: [], count: count)
    memory = (0..<count).map { _ in .allocate(capacity: 2 * room) }
  }

  deinit { memory.forEach { $0.deallocate() } }

  /// Runs `body` in every rank; what each of them came to.
  public func run<Value: Sendable>(
    _ body: @escaping @Sendable (any RankExchange) throws -> Value
  ) -> [Result<Value, any Error>] {
    let results = Results<Value>(count)
    for rank in 0..<count {
      let exchange = Exchange(self, rank: rank, room: room)
      let thread = Thread {
        let result = Result { try body(exchange) }
        if case .failure = result { self.fail() }
        results.set(rank, result)
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    return results.wait()
  }

  fileprivate func meet() throws {
    lock.lock()
    defer { lock.unlock() }
    let mine = round
    arrived += 1
    if arrived == count {
      arrived = 0
      round += 1
      lock.broadcast()
    }
    while round == mine, !isBroken { lock.wait() }
    if round == mine { throw Broken() }
  }

  private func fail() {
    lock.withLock {
      isBroken = true
      lock.broadcast()
    }
  }

  fileprivate func gather(_ own: [UInt8], rank: Int) throws -> [[UInt8]] {
    lock.withLock { texts[rank] = own }
    try meet()
    let all = lock.withLock { texts }
    try meet()  // before anybody has something new to say
    return all
  }

  private final class Exchange: RankExchange {
    let rank: Int
    let room: Int
    private let group: ThreadGroup
    private let window: SharedWindow

    init(_ group: ThreadGroup, rank: Int, room: Int) {
      (self.group, self.rank, self.room) = (group, rank, room)
      window = SharedWindow(rank: rank, memory: group.memory, room: room) { try group.meet() }
    }

    var count: Int { group.count }
    var neighbours: [Int] { Array(0..<count) }
    var waitSeconds: Double { 0 }

    func gather(_ own: [UInt8]) throws -> [[UInt8]] { try group.gather(own, rank: rank) }

    func scatter(
      _ parts: [Range<Int>], fill: (UnsafeMutablePointer<Float>) -> Void,
      take: ([UnsafeMutablePointer<Float>]) -> Void
    ) throws {
      try window.scatter(parts, fill: fill, take: take)
    }

    func share(
      _ parts: [Range<Int>], fill: (UnsafeMutablePointer<Float>) -> Void,
      take: ([UnsafeMutablePointer<Float>]) -> Void
    ) throws {
      try window.share(parts, fill: fill, take: take)
    }
  }

  /// Safe to share: `values` are touched under `lock`.
  private final class Results<Value: Sendable>: @unchecked Sendable {
    private let lock = NSCondition()
    private var values: [Result<Value, any Error>?]

    init(_ count: Int) { values = Array(repeating: nil, count: count) }

    func set(_ rank: Int, _ value: Result<Value, any Error>) {
      lock.withLock {
        values[rank] = value
        lock.broadcast()
      }
    }

    func wait() -> [Result<Value, any Error>] {
      lock.lock()
      defer { lock.unlock() }
      while values.contains(where: { $0 == nil }) { lock.wait() }
      return values.compactMap(\.self)
    }
  }
}
