import CThreads
import Foundation
import Synchronization

/// The number of threads that tensor operations use, this one included.
///
/// Results never depend on it: work is cut by shape, and each piece is computed the same way by
/// whichever thread takes it.
public var threadCount: Int {
  get { WorkerPool.shared.limit.load(ordering: .relaxed) }
  set { WorkerPool.shared.limit.store(max(newValue, 1), ordering: .relaxed) }
}

/// Threads that wait between parallel loops, at first awake, then asleep.
///
/// Safe to share: `job`, `generation`, `publisher`, `workers` and a job's `joined` are only touched
/// under `lock`.
final class WorkerPool: @unchecked Sendable {
  static let shared = WorkerPool()

  private let processors = ProcessInfo.processInfo.activeProcessorCount
  let limit: Atomic<Int>
  private let busy = Atomic<Bool>(false)
  private let lock = NSCondition()
  private var job: Job?
  private var generation = 0
  private let published = Atomic<Int>(0)  // `generation`, readable without the lock
  private var publisher: Int32 = -1  // the processor of who published `job`
  private var workers = 0

  private init() { limit = Atomic(processors) }

  /// One parallel loop. Indices are handed out by an atomic counter.
  private final class Job {
    var body: ((Int) -> Void)?
    let count: Int
    let places: Int  // how many workers may join
    var joined = 0
    let next = Atomic<Int>(0)
    let active = Atomic<Int>(0)

    init(count: Int, places: Int, body: @escaping (Int) -> Void) {
      self.body = body
      self.count = count
      self.places = places
    }

    func work() {
      guard let body else { return }
      while true {
        let i = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard i < count else { return }
        body(i)
      }
    }
  }

  func run(_ count: Int, _ body: (Int) -> Void) {
    guard busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else {
      for i in 0..<count { body(i) }
      return
    }
    defer { busy.store(false, ordering: .releasing) }
    withoutActuallyEscaping(body) { body in
      let job = Job(count: count, places: min(threadCount, count) - 1, body: body)
      publish(job)
      job.work()
      lock.lock()
      self.job = nil  // nobody joins from here on
      lock.unlock()
      // The pieces still under way are about as long as ours were.
      while !spin(until: { job.active.load(ordering: .acquiring) == 0 }) { sched_yield() }
      job.body = nil
    }
  }

  private func publish(_ job: Job) {
    lock.lock()
    while workers < job.places {
      workers += 1
      let thread = Thread { self.serve() }
      thread.stackSize = 8 << 20
      thread.start()
    }
    self.job = job
    publisher = currentProcessor()
    generation += 1
    published.store(generation, ordering: .releasing)
    lock.broadcast()
    lock.unlock()
  }

  private var everyThreadHasAProcessor: Bool { threadCount <= processors }

  /// Looks at `condition` for some tens of microseconds, or once where threads share processors;
  /// returns what it was at last.
  private func spin(until condition: () -> Bool) -> Bool {
    for _ in 0..<(everyThreadHasAProcessor ? 4_000 : 1) {
      if condition() { return true }
      spinPause()
    }
    return condition()
  }

  private func serve() {
    var seen = 0
    while true {
      // Loops follow each other closely, and to wake a thread takes longer than many of them.
      _ = spin { published.load(ordering: .acquiring) != seen }
      lock.lock()
      while generation == seen { lock.wait() }
      seen = generation
      var joined: Job?
      if let job, job.joined < job.places {
        job.joined += 1
        job.active.wrappingAdd(1, ordering: .relaxed)
        joined = job
      }
      let publisher = publisher
      lock.unlock()
      guard let joined else { continue }
      // The system moves threads when it wakes them, and we hardly sleep: who was woken on the
      // publisher's processor would stay there.
      if everyThreadHasAProcessor, currentProcessor() == publisher { leaveProcessor(publisher) }
      joined.work()
      joined.active.wrappingSubtract(1, ordering: .releasing)
    }
  }
}
