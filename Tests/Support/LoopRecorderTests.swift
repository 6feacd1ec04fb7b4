import CThreads
import Support
import Testing

/// What a recording of parallel loops promises.
@Suite(.serialized) struct LoopRecorderTests {
  @Test func everyLoopIsRecordedWithItsPiecesInOrder() {
    let recording = recordingLoops {
      parallelFor(3) { work(seconds: [0.001, 0.004, 0.002][$0]) }
      work(seconds: 0.003)
      parallelFor(2) { _ in parallelFor(5) { _ in } }
    }
    #expect(recording.loops.map(\.pieces.count) == [3, 2])
    #expect(recording.loops[0].pieces.firstIndex(of: recording.loops[0].pieces.max() ?? 0) == 1)
    for (seconds, expected) in zip(recording.loops[0].pieces, [0.001, 0.004, 0.002]) {
      #expect(seconds >= expected && seconds < 3 * expected)
    }
    #expect(recording.loops[0].place.hasPrefix("SupportTests/LoopRecorderTests.swift:"))
    #expect(recording.serial >= 0.003 && recording.serial < 0.009)
  }

  @Test func loopsAreOnlyRecordedInside() {
    let recording = recordingLoops {}
    parallelFor(4) { _ in }
    #expect(recording.loops.isEmpty)
    #expect(recordingLoops { parallelFor(4) { _ in } }.loops.count == 1)
  }

  /// Keeps the processor busy.
  private func work(seconds: Double) {
    let start = threadProcessorSeconds()
    while threadProcessorSeconds() - start < seconds {}
  }
}
