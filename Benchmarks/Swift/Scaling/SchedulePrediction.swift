import Foundation
import Support

/// How much faster a recorded run would be on more threads, if nothing but its loops decided it.
///
/// A loop hands its pieces out in order, each to the thread that is free first, and ends with its last
/// piece; then one thread goes on alone. What threads do to each other through caches, memory and the
/// processor's clock is not in it: an upper bound.
package struct SchedulePrediction {
  private let recording: LoopRecording
  private let loopCost: Double

  /// - Parameters:
  ///   - recording: of a run on one thread.
  ///   - loopCost: seconds to begin and end a loop of two threads.
  package init(recording: LoopRecording, loopCost: Double) {
    self.recording = recording
    self.loopCost = loopCost
  }

  /// Times as fast as the recorded run.
  package func speedup(threads: Int) -> Double {
    let time = recording.loops.reduce(recording.serial) { $0 + seconds($1, threads: threads) }
    return recording.total / max(time, .leastNonzeroMagnitude)
  }

  /// What one loop takes, to begin and end it included.
  private func seconds(_ loop: RecordedLoop, threads: Int) -> Double {
    Self.makespan(loop.pieces, threads: threads) + cost(threads: min(threads, loop.pieces.count))
  }

  /// Where the time goes on so many threads, the longest first: seconds there and on one thread, by the
  /// loops' places; what is outside of loops has the name "between loops".
  package func shares(
    threads: Int
  ) -> [(place: String, loops: Int, seconds: Double, alone: Double)] {
    let places = Dictionary(grouping: recording.loops, by: \.place).map { place, loops in
      (
        place: place, loops: loops.count,
        seconds: loops.reduce(0) { $0 + seconds($1, threads: threads) },
        alone: loops.reduce(0) { $0 + $1.total }
      )
    }
    let serial = ("between loops", 0, recording.serial, recording.serial)
    return (places + [serial]).sorted { $0.seconds > $1.seconds }
  }

  /// Threads that wait for one another pass the word on along a tree.
  private func cost(threads: Int) -> Double {
    threads > 1 ? loopCost * log2(Double(threads)) : 0
  }

  /// When the last piece ends.
  package static func makespan(_ pieces: [Double], threads: Int) -> Double {
    guard threads > 1 else { return pieces.reduce(0, +) }
    guard pieces.count > threads else { return pieces.max() ?? 0 }
    var free = Array(repeating: 0.0, count: threads)
    for piece in pieces {
      var first = 0
      for thread in free.indices where free[thread] < free[first] { first = thread }
      free[first] += piece
    }
    return free.max() ?? 0
  }
}

/// Seconds that a loop takes which does nothing, on two threads: the least of many.
func measuredLoopCost() -> Double {
  (0..<2_000).map { _ in
    let start = ContinuousClock.now
    parallelFor(2) { _ in }
    return (ContinuousClock.now - start) / .seconds(1)
  }.sorted()[1_000]
}
