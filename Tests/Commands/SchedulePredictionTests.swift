import Support
import Testing
import pbe_bench

/// What `pbe-bench scaling` predicts, on recordings whose answer is known.
struct SchedulePredictionTests {
  /// Pieces in order, each to the thread that is free first.
  @Test func piecesGoToTheThreadThatIsFreeFirst() {
    #expect(SchedulePrediction.makespan([3, 1, 1, 1], threads: 2) == 3)
    #expect(SchedulePrediction.makespan([1, 1, 1, 3], threads: 2) == 4)
    #expect(SchedulePrediction.makespan([1, 2, 3], threads: 8) == 3)
    #expect(SchedulePrediction.makespan([1, 2, 3], threads: 1) == 6)
    #expect(SchedulePrediction.makespan([], threads: 4) == 0)
  }

  /// Amdahl's law, where loops cost nothing.
  @Test func workOutsideLoopsIsShared() {
    let recording = LoopRecording(serial: 1, loops: [loop(Array(repeating: 0.125, count: 72))])
    let prediction = SchedulePrediction(recording: recording, loopCost: 0)
    #expect(prediction.speedup(threads: 8) == 10 / (1 + 9.0 / 8))
    #expect(prediction.speedup(threads: 1) == 1)
  }

  /// A loop costs what was measured on two threads, and twice that on four.
  @Test func aLoopCostsTime() {
    let recording = LoopRecording(serial: 0, loops: [loop([1, 1, 1, 1])])
    let prediction = SchedulePrediction(recording: recording, loopCost: 0.5)
    #expect(prediction.speedup(threads: 2) == 4 / 2.5)
    #expect(prediction.speedup(threads: 4) == 4 / 2.0)
    #expect(prediction.speedup(threads: 64) == 4 / 2.0)
  }

  /// Loops of one place count together; a loop that cannot be shared takes as long as alone.
  @Test func loopsAreListedByWhatTheyTake() {
    let recording = LoopRecording(
      serial: 1, loops: [loop([2, 2]), loop([4], at: "b"), loop([1, 1])])
    let shares = SchedulePrediction(recording: recording, loopCost: 0).shares(threads: 2)
    #expect(shares.map(\.place) == ["b", "a", "between loops"])
    #expect(shares.map(\.seconds) == [4, 3, 1])
    #expect(shares.map(\.alone) == [4, 6, 1])
    #expect(shares.map(\.loops) == [1, 2, 0])
  }

  private func loop(_ pieces: [Double], at place: String = "a") -> RecordedLoop {
    RecordedLoop(place: place, pieces: pieces)
  }
}
