import Commands
import Synchronization
import Testing

/// A console whose clock stands still until moved.
private final class FakeConsole: Sendable {
  private let state = Mutex((now: 0.0, text: ""))
  let isTerminal: Bool

  init(isTerminal: Bool) { self.isTerminal = isTerminal }

  var text: String { state.withLock { $0.text } }
  var lines: [Substring] { text.split(separator: "\n") }

  func wait(_ seconds: Double) { state.withLock { $0.now += seconds } }

  func bar(_ title: String, total: Int?, unit: String, completed: Int = 0) -> ProgressBar {
    ProgressBar(
      title, total: total, unit: unit, completed: completed,
      output: ProgressOutput(
        isTerminal: isTerminal, width: { 70 }, now: { self.state.withLock { $0.now } },
        write: { text in self.state.withLock { $0.text += text } }))
  }
}

@Suite struct ProgressBarTests {
  @Test func terminalIsRedrawnAtMostTenTimesASecond() {
    let console = FakeConsole(isTerminal: true)
    let bar = console.bar("scan", total: 1000, unit: "row")
    for _ in 0..<1000 {
      console.wait(0.001)
      bar.advance()
    }
    let redraws = console.text.split(separator: "\r").count
    #expect((9...11).contains(redraws))
  }

  @Test func terminalShowsBarCountRateRemainingTimeAndDetail() {
    let console = FakeConsole(isTerminal: true)
    let bar = console.bar("train", total: 100, unit: "step")
    console.wait(10)
    bar.advance(by: 50, detail: "loss 0.5")
    #expect(
      console.text
        == "\rtrain  [====>   ] 50 %  50/100 steps  5.0 step/s  10 s left  loss 0.5\u{1B}[K"
    )
    bar.finish()
    #expect(console.text.hasSuffix("train  50/100 steps in 10 s (5.0 step/s)  loss 0.5\n"))
  }

  @Test func pipedOutputIsPlainLinesAtFivePercentSteps() {
    let console = FakeConsole(isTerminal: false)
    let bar = console.bar("train", total: 1000, unit: "step")
    for _ in 0..<1000 {
      console.wait(0.1)
      bar.advance()
    }
    bar.finish()
    #expect((20...31).contains(console.lines.count))
    #expect(!console.text.contains("\r"))
    #expect(console.lines[0] == "train  5 %  50/1000 steps  10.0 step/s  1 min 35 s left")
  }

  @Test func pipedOutputOfAWeekStaysShort() {
    let console = FakeConsole(isTerminal: false)
    let bar = console.bar("train", total: nil, unit: "step")
    for _ in 0..<7 * 24 * 60 {
      console.wait(60)
      bar.advance()
    }
    #expect((100...600).contains(console.lines.count))
  }

  @Test func stepsBeforeAResumeDoNotCountIntoTheRate() {
    let console = FakeConsole(isTerminal: false)
    let bar = console.bar("train", total: 1000, unit: "step", completed: 900)
    console.wait(20)
    bar.advance(by: 20)
    #expect(console.lines.last == "train  92 %  920/1000 steps  1.0 step/s  1 min 20 s left")
  }

  @Test func loggedLinesStandAboveTheBar() {
    let console = FakeConsole(isTerminal: true)
    let bar = console.bar("t", total: 2, unit: "step")
    bar.advance()
    bar.log("checkpoint written")
    #expect(console.text.contains("\r\u{1B}[Kcheckpoint written\n\rt  ["))
  }

  @Test func abandonedBarEndsItsLine() {
    let console = FakeConsole(isTerminal: true)
    do {
      let bar = console.bar("t", total: 2, unit: "step")
      bar.advance()
    }
    #expect(console.text.hasSuffix("\n"))
  }

  @Test func countsOfManyThreadsAddUp() async {
    let console = FakeConsole(isTerminal: false)
    let bar = console.bar("t", total: 8000, unit: "row")
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { for _ in 0..<1000 { bar.advance() } } }
    }
    bar.finish()
    #expect(console.lines.last?.hasPrefix("t  8000 rows in") == true)
  }

  @Test func oneIsSingular() {
    let console = FakeConsole(isTerminal: false)
    let bar = console.bar("t", total: 1, unit: "step")
    bar.advance()
    bar.finish()
    #expect(console.lines.last?.hasPrefix("t  1 step in") == true)
  }

  @Test func bytesAreShownAsBytes() {
    let console = FakeConsole(isTerminal: false)
    let bar = console.bar("read", total: 2_000_000_000, unit: "B")
    console.wait(10)
    bar.advance(by: 1_000_000_000)
    #expect(console.lines.last == "read  50 %  1.0 GB/2.0 GB  100 MB/s  10 s left")
  }
}
