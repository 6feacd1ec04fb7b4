import CThreads
import Foundation
import Support
import Synchronization
import TestSupport
import Testing

/// What parallel loops promise.
@Suite(.serialized) struct ParallelTests {
  /// Loops follow each other closely and after pauses: workers are awake for some, asleep for others.
  @Test(arguments: [1, 2, 3, 16, 64])
  func everyIndexRunsOnce(threads: Int) {
    _ = onThreads([threads]) { _ in
      for count in [0, 1, 2, 3, 7, 100, 1000] {
        for pause: UInt32 in [0, 0, 1000] { runOnce(count, then: pause) }
      }
    }
  }

  private func runOnce(_ count: Int, then pause: UInt32 = 0) {
    let visits = (0..<count).map { _ in Visits() }
    parallelFor(count) { visits[$0].number.wrappingAdd(1, ordering: .relaxed) }
    #expect(visits.allSatisfy { $0.number.load(ordering: .relaxed) == 1 })
    usleep(pause)
  }

  /// Loops so short that they end while others are about to join, from more threads than there are places for
  /// loops.
  @Test func shortLoopsOfManyThreadsRunWhole() async {
    let (before, shared) = (threadCount, threadsShareProcessors)
    defer { (threadCount, threadsShareProcessors) = (before, shared) }
    (threadCount, threadsShareProcessors) = (4, true)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<40 {
        group.addTask {
          await withCheckedContinuation { done in
            Thread {
              for _ in 0..<500 { runOnce(3) }
              done.resume()
            }.start()
          }
        }
      }
    }
  }

  @Test func moreThreadsThanProcessorsAreNotUsed() {
    let before = threadCount
    defer { threadCount = before }
    threadCount = 64 * allowedProcessorCount
    let now = Mutex((running: 0, most: 0))
    parallelFor(200) { _ in
      now.withLock { $0 = ($0.running + 1, max($0.most, $0.running + 1)) }
      usleep(100)
      now.withLock { $0.running -= 1 }
    }
    #expect(now.withLock { $0.most } <= allowedProcessorCount)
  }

  @Test func aLoopInsideALoopRunsWhole() {
    let visits = Visits()
    parallelFor(10) { _ in
      parallelFor(10) { _ in visits.number.wrappingAdd(1, ordering: .relaxed) }
    }
    #expect(visits.number.load(ordering: .relaxed) == 100)
  }

  /// Two threads with loops at once: the pool helps both, and neither falls back to its own thread alone.
  @Test func loopsOfSeveralThreadsShareThePool() async {
    let (before, shared) = (threadCount, threadsShareProcessors)
    defer { (threadCount, threadsShareProcessors) = (before, shared) }
    (threadCount, threadsShareProcessors) = (4, true)
    let helped: [Bool] = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<2 {
        group.addTask {
          await withCheckedContinuation { done in
            Thread {
              let threads = Mutex<Set<UInt>>([])
              for _ in 0..<20 {
                parallelFor(64) { _ in
                  usleep(200)
                  threads.withLock { _ = $0.insert(UInt(pthread_self())) }
                }
              }
              done.resume(returning: threads.withLock { $0.count > 1 })
            }.start()
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(helped == [true, true])
  }

  @Test func aThreadLeavesItsProcessorAndMayComeBack() async {
    guard ProcessInfo.processInfo.activeProcessorCount > 1 else { return }  // there is no other
    let moves: Int = await withCheckedContinuation { done in
      Thread {
        let moves = (0..<100).filter { _ in
          let here = currentProcessor()
          leaveProcessor(here)
          return currentProcessor() != here
        }
        done.resume(returning: moves.count)
      }.start()
    }
    #expect(moves > 50)  // a busy system may move it at any time
  }

  private final class Visits: Sendable { let number = Atomic<Int>(0) }
}
