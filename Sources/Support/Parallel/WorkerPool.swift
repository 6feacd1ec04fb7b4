import CThreads
import Foundation
import Synchronization

/// The number of threads that tensor operations use, this one included: of more than there are processors, as
/// many as these (``allowedProcessorCount``).
///
/// Results never depend on it: work is cut by shape, and each piece is computed the same way by
/// whichever thread takes it.
public var threadCount: Int {
  get { WorkerPool.shared.limit.load(ordering: .relaxed) }
  set { WorkerPool.shared.limit.store(max(newValue, 1), ordering: .relaxed) }
}

/// Whether threads may share processors: slower, and of use where what many threads do is tested on few.
package var threadsShareProcessors: Bool {
  get { WorkerPool.shared.sharesProcessors.load(ordering: .relaxed) }
  set { WorkerPool.shared.sharesProcessors.store(newValue, ordering: .relaxed) }
}

/// Threads that wait between parallel loops, at first awake, then asleep.
///
/// Several threads may run loops at once: each works on its own, and the pool's threads join whichever
/// has the fewest, so that two requests of a server share the processors. A loop inside a loop runs on
/// the thread that meets it.
///
/// Made for many threads: who is awake joins by one atomic exchange, who is woken wakes two others.
///
/// Safe to share: all that changes is atomic; `alarm` is for sleeping alone.
final class WorkerPool: @unchecked Sendable {
  static let shared = WorkerPool()

  private let processors = allowedProcessorCount
  let limit: Atomic<Int>
  let sharesProcessors = Atomic<Bool>(false)
  /// The first that is free is taken: of most programs the first one is all that threads look at.
  private let places = (0..<32).map { _ in LoopPlace() }
  /// Of `places`, how many were ever taken.
  private let placesInUse = Atomic<Int>(0)
  /// How many loops have begun.
  private let begun = SpacedNumber()
  /// The processor of who began the last one.
  private let caller = Atomic<Int>(-1)
  private let workers = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let alarm = NSCondition()

  private init() { limit = Atomic(processors) }

  /// Threads of a loop, the caller included.
  private var threads: Int {
    let limit = limit.load(ordering: .relaxed)
    return sharesProcessors.load(ordering: .relaxed) ? limit : min(limit, processors)
  }

  func run(_ count: Int, _ body: (Int) -> Void) {
    let helpers = min(threads, count) - 1
    guard isInsideLoop() == 0, helpers > 0, let place = takePlace() else {
      for i in 0..<count { body(i) }
      return
    }
    setInsideLoop(1)
    defer { setInsideLoop(0) }
    withoutActuallyEscaping(body) { body in
      place.open(count, helpers: helpers, body)
      call(helpers)
      place.work()
      let joined = place.close()
      // The pieces still under way are about as long as ours were.
      while !spin(until: { place.isEmpty(afterAll: joined) }) { sched_yield() }
      place.release()
    }
  }

  /// Nil where as many threads as there are places have loops, which then have no need of helpers.
  private func takePlace() -> LoopPlace? {
    guard let index = places.firstIndex(where: { $0.take() }) else { return nil }
    if index >= placesInUse.load(ordering: .relaxed) {
      placesInUse.max(index + 1, ordering: .relaxed)
    }
    return places[index]
  }

  /// Lets so many threads know that there is work, in order with what those do who fall asleep.
  private func call(_ helpers: Int) {
    caller.store(Int(currentProcessor()), ordering: .relaxed)
    begun.value.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if workers.load(ordering: .relaxed) < helpers { startWorkers(helpers) }
    wake(for: helpers)
  }

  private func startWorkers(_ wanted: Int) {
    alarm.lock()
    defer { alarm.unlock() }
    while workers.load(ordering: .relaxed) < wanted {
      workers.wrappingAdd(1, ordering: .relaxed)
      let thread = Thread { self.serve() }
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  /// Wakes two if fewer than `helpers` are awake; these wake others.
  private func wake(for helpers: Int) {
    let asleep = sleepers.load(ordering: .sequentiallyConsistent)
    let lacking = helpers - (workers.load(ordering: .relaxed) - asleep)
    guard asleep > 0, lacking > 0 else { return }
    alarm.lock()
    for _ in 0..<min(lacking, 2) { alarm.signal() }
    alarm.unlock()
  }

  private func sleep(while seen: Int) {
    alarm.lock()
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while begun.value.load(ordering: .sequentiallyConsistent) == seen { alarm.wait() }
    sleepers.wrappingSubtract(1, ordering: .relaxed)
    alarm.unlock()
  }

  private var everyThreadHasAProcessor: Bool { threads <= processors }

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
      if !spin(until: { begun.value.load(ordering: .relaxed) != seen }) { sleep(while: seen) }
      seen = begun.value.load(ordering: .acquiring)
      // Another thread's loop may still want help that it was denied while this one ran.
      while let place = join() {
        // The system moves threads when it wakes them, and we hardly sleep: who was woken on the
        // caller's processor would stay there.
        let caller = Int32(caller.load(ordering: .relaxed))
        if everyThreadHasAProcessor, currentProcessor() == caller { leaveProcessor(caller) }
        place.work()
        place.leave()
      }
    }
  }

  /// Joins the open loop that has the fewest threads.
  private func join() -> LoopPlace? {
    while true {
      var (best, fewest) = (nil as LoopPlace?, Int.max)
      for place in places[..<placesInUse.load(ordering: .acquiring)] {
        if let joined = place.joinedSoFar, joined < fewest { (best, fewest) = (place, joined) }
      }
      guard let best else { return nil }
      guard best.join() else { continue }
      if best.joinedSoFar != nil { wake(for: threads - 1) }
      return best
    }
  }
}
