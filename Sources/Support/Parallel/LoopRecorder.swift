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
  LoopRecorder.loops.withLock { $0 = [] }
  setRecordingLoops(1)
  defer { setRecordingLoops(0) }
  let start = threadProcessorSeconds()
  try body()
  let total = threadProcessorSeconds() - start
  let loops = LoopRecorder.loops.withLock { $0 }
  let inside = loops.reduce(0) { $0 + $1.total }
  return LoopRecording(serial: max(total - inside, 0), loops: loops)
}

/// Where parallel loops leave what they measured while ``recordingLoops(_:)`` runs.
enum LoopRecorder {
  static let loops = Mutex<[RecordedLoop]>([])

  /// Whether a loop that begins here is recorded: loops inside loops are part of their piece.
  static var records: Bool { isRecordingLoops() != 0 && isInsideLoop() == 0 }

  static func run(_ count: Int, _ place: String, _ body: (Int) -> Void) {
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
    loops.withLock { $0.append(RecordedLoop(place: place, pieces: seconds)) }
  }
}
