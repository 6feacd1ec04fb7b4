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

/// Processors that this process may use: fewer than the machine has where it was bound to some of them.
public let allowedProcessorCount: Int = {
  let allowed = Int(allowedProcessors())
  return allowed > 0 ? allowed : ProcessInfo.processInfo.activeProcessorCount
}()

/// Threads that wait between parallel loops, at first awake, then asleep.
///
/// Several threads may run loops at once: each works on its own, and the pool's threads join whichever
/// has the fewest, so that two requests of a server share the processors. A loop inside a loop runs on
/// the thread that meets it.
///
/// Safe to share: `jobs`, `generation`, `publisher`, `workers` and a job's `joined` are only touched
/// under `lock`.
final class WorkerPool: @unchecked Sendable {
  static let shared = WorkerPool()

  private let processors = allowedProcessorCount
  let limit: Atomic<Int>
  private let lock = NSCondition()
  private var jobs: [Job] = []
  private let jobCount = Atomic<Int>(0)  // of `jobs`, readable without the lock
  private var generation = 0
  private let published = Atomic<Int>(0)  // `generation`, readable without the lock
  private var publisher: Int32 = -1  // the processor of who published last
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

    var isOpen: Bool { joined < places && next.load(ordering: .relaxed) < count }

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
    guard isInsideLoop() == 0 else {
      for i in 0..<count { body(i) }
      return
    }
    setInsideLoop(1)
    defer { setInsideLoop(0) }
    withoutActuallyEscaping(body) { body in
      let job = Job(count: count, places: min(threadCount, count) - 1, body: body)
      publish(job)
      job.work()
      withdraw(job)
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
    jobs.append(job)
    jobCount.store(jobs.count, ordering: .relaxed)
    publisher = currentProcessor()
    generation += 1
    published.store(generation, ordering: .releasing)
    lock.broadcast()
    lock.unlock()
  }

  /// Nobody joins from here on.
  private func withdraw(_ job: Job) {
    lock.lock()
    jobs.removeAll { $0 === job }
    jobCount.store(jobs.count, ordering: .relaxed)
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
    setInsideLoop(1)
    var seen = 0
    while true {
      // Loops follow each other closely, and to wake a thread takes longer than many of them.
      _ = spin { published.load(ordering: .acquiring) != seen }
      lock.lock()
      while generation == seen { lock.wait() }
      seen = generation
      let publisher = publisher
      let joined = join()
      lock.unlock()
      guard let joined else { continue }
      // The system moves threads when it wakes them, and we hardly sleep: who was woken on the
      // publisher's processor would stay there.
      if everyThreadHasAProcessor, currentProcessor() == publisher { leaveProcessor(publisher) }
      finish(joined)
      // Another thread's loop may still want help that it was denied while this one ran.
      while jobCount.load(ordering: .relaxed) > 1, let other = lock.withLock({ join() }) {
        finish(other)
      }
    }
  }

  private func finish(_ job: Job) {
    job.work()
    job.active.wrappingSubtract(1, ordering: .releasing)
  }

  /// Joins the open loop that has the fewest threads; the lock is held.
  private func join() -> Job? {
    guard let job = jobs.filter(\.isOpen).min(by: { $0.joined < $1.joined }) else { return nil }
    job.joined += 1
    job.active.wrappingAdd(1, ordering: .relaxed)
    return job
  }
}
