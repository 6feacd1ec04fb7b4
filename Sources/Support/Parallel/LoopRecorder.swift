import CThreads
import Synchronization

/// A parallel loop that ran.
package struct RecordedLoop: Sendable {
  /// File and line.
  package let place: String
  /// Seconds of each piece, in the order in which they are handed out.
  package let pieces: [Double]

  package init(place: String, pieces: [Double]) { (self.place, self.pieces) = (place, pieces) }

  package var total: Double { pieces.reduce(0, +) }
}

/// What a piece of work did inside its parallel loops and between them, in seconds of processor time.
package struct LoopRecording: Sendable {
  /// Between the loops, where one thread works and all others wait.
  package let serial: Double
  package let loops: [RecordedLoop]

  package init(serial: Double, loops: [RecordedLoop]) {
    self.serial = serial
    self.loops = loops
  }

  package var total: Double { loops.reduce(serial) { $0 + $1.total } }
}

/// Runs `body` on the calling thread alone and takes the processor time of every piece of its loops.
///
/// Processor time doesn't grow with other load on the machine, so that the recording tells what the
/// pieces cost, not who else was there. One recording at a time; loops of other threads run as always.
package func recordingLoops(_ body: () throws -> Void) rethrows -> LoopRecording {
  LoopRecorder.state.withLock { $0 = .init(mark: threadProcessorSeconds()) }
  setRecordingLoops(1)
  defer { setRecordingLoops(0) }
  try body()
  return LoopRecorder.state.withLock {
    $0.serial += threadProcessorSeconds() - $0.mark
    return LoopRecording(serial: $0.serial, loops: $0.loops)
  }
}

/// Where parallel loops leave what they measured while ``recordingLoops(_:)`` runs.
enum LoopRecorder {
  struct State {
    var loops: [RecordedLoop] = []
    var serial = 0.0
    /// Since when the thread works outside of loops. What recording takes itself is in neither.
    var mark: Double
  }
  static let state = Mutex(State(mark: 0))

  /// Whether a loop that begins here is recorded: loops inside loops are part of their piece.
  static var records: Bool { isRecordingLoops() != 0 && isInsideLoop() == 0 }

  static func run(_ count: Int, _ place: String, _ body: (Int) -> Void) {
    let start = threadProcessorSeconds()
    setInsideLoop(1)
    defer { setInsideLoop(0) }
    var seconds: [Double] = []
    seconds.reserveCapacity(count)
    var before = threadProcessorSeconds()
    for i in 0..<count {
      body(i)
      let now = threadProcessorSeconds()
      seconds.append(now - before)
      before = now
    }
    state.withLock {
      $0.serial += start - $0.mark
      $0.loops.append(RecordedLoop(place: place, pieces: seconds))
      $0.mark = threadProcessorSeconds()
    }
  }
}
