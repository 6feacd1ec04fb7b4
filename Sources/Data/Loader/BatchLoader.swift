import Foundation
import Support

/// Makes batches ahead of time on threads of its own.
///
/// Threads take single items, so that even the first batch is made by all of them; at most
/// `prefetch` batches are held beside the one handed out. Batches come in order and don't depend on
/// the number of threads. Not for use by several threads at once.
public final class BatchLoader<Producer: ItemProducer> {
  public let source: BatchSource<Producer>
  /// The batch that ``next()`` returns; what a checkpoint has to remember.
  public private(set) var position: DataPosition
  /// How long ``next()`` has waited for batches in all.
  public private(set) var waitSeconds = 0.0
  private let start: DataPosition
  private var consumed = 0
  private let queue: BatchQueue<Producer>?

  /// Starts `workers` threads; with none, ``next()`` makes each batch itself.
  public init(
    _ source: BatchSource<Producer>, from start: DataPosition = DataPosition(), workers: Int,
    prefetch: Int = 2
  ) {
    check(workers >= 0 && prefetch > 0, "\(workers) workers, \(prefetch) batches ahead")
    self.source = source
    self.start = start
    position = source.position(0, after: start)
    queue = workers > 0 ? BatchQueue(source, start, prefetch: prefetch) : nil
    for number in 0..<workers { queue?.startWorker(number) }
  }

  deinit { stop() }

  /// The next batch.
  ///
  /// - Throws: ``LoaderError/nothingReadable(_:)``.
  public func next() throws(LoaderError) -> Producer.Batch {
    let asked = ContinuousClock.now
    let batch =
      if let queue {
        try queue.next()
      } else {
        try source.batch(at: position)
      }
    waitSeconds += (ContinuousClock.now - asked) / .seconds(1)
    consumed += 1
    position = source.position(consumed, after: start)
    return batch
  }

  /// Ends the threads, after the items they are at. ``next()`` may not be called any more.
  public func stop() { queue?.stop() }
}

/// The batches being made, and the threads that make them.
///
/// Safe to share: everything that changes is touched under `lock`.
private final class BatchQueue<Producer: ItemProducer>: @unchecked Sendable {
  private struct Entry {
    let batch: PendingBatch<Producer.Fields>
    var missing: Int
  }

  private let source: BatchSource<Producer>
  private let start: DataPosition
  private let prefetch: Int
  private let lock = NSCondition()
  /// Batches by number, counted from the start, that are not handed out.
  private var entries: [Int: Entry] = [:]
  private var consumed = 0
  /// The item to be made next, counted from the start.
  private var nextItem = 0
  private var failure: LoaderError?
  private var isStopped = false
  private var workers = 0

  init(_ source: BatchSource<Producer>, _ start: DataPosition, prefetch: Int) {
    self.source = source
    self.start = start
    self.prefetch = prefetch
  }

  func startWorker(_ number: Int) {
    lock.withLock { workers += 1 }
    let thread = Thread { self.work() }
    thread.name = "loader \(number)"
    thread.start()
  }

  func next() throws(LoaderError) -> Producer.Batch {
    lock.lock()
    defer { lock.unlock() }
    check(!isStopped, "a stopped loader was asked for a batch")
    while true {
      if let failure { throw failure }
      if let entry = entries[consumed], entry.missing == 0 {
        entries[consumed] = nil
        consumed += 1
        lock.broadcast()
        return source.producer.batch(entry.batch.fields)
      }
      lock.wait()
    }
  }

  func stop() {
    lock.lock()
    defer { lock.unlock() }
    isStopped = true
    lock.broadcast()
    while workers > 0 { lock.wait() }
    entries = [:]
  }

  private func work() {
    while let (number, slot, batch) = take() {
      do throws(LoaderError) {
        try source.fill(batch, slot)
        finish(number, failure: nil)
      } catch {
        finish(number, failure: error)
      }
    }
    lock.withLock {
      workers -= 1
      lock.broadcast()
    }
  }

  /// The next item to make, when there is room for its batch; nil when there is nothing more to do.
  private func take() -> (number: Int, slot: Int, batch: PendingBatch<Producer.Fields>)? {
    lock.lock()
    defer { lock.unlock() }
    while !isStopped && failure == nil && nextItem / source.batchSize >= consumed + prefetch {
      lock.wait()
    }
    guard !isStopped, failure == nil else { return nil }
    let (number, slot) = nextItem.quotientAndRemainder(dividingBy: source.batchSize)
    let entry =
      entries[number]
      ?? Entry(
        batch: source.pendingBatch(at: source.position(number, after: start)),
        missing: source.batchSize)
    entries[number] = entry
    nextItem += 1
    return (number, slot, entry.batch)
  }

  private func finish(_ number: Int, failure: LoaderError?) {
    lock.withLock {
      if let failure { self.failure = failure }
      entries[number]?.missing -= 1
      if failure != nil || entries[number]?.missing == 0 { lock.broadcast() }
    }
  }
}
