import Foundation
import Support
import Synchronization

/// How far a long task has got, on standard error.
///
/// On a terminal one line is redrawn at most ten times a second; elsewhere plain lines are written
/// at 5 % steps and at growing intervals. All methods may be called from any thread.
///
/// ```
/// train  [=======>            ] 37 %  370/1000 steps  4.1 step/s  2 min 34 s left  loss 0.512
/// ```
public final class ProgressBar: ProgressTask {
  private let line: ProgressLine
  private let output: ProgressOutput
  private let state: Mutex<State>

  private struct State {
    var completed: Int
    var detail = ""
    var drawn: Double?
    var percentDrawn = 0
    var isLineOpen = false
    var isFinished = false
  }

  /// - Parameters:
  ///   - total: Units of work in the whole task; nil when it can't be known.
  ///   - unit: What is counted, in the singular, its plural with an s: `"step"`, `"picture"`; `"B"` for bytes.
  ///   - completed: Units done before (a resumed run); they don't count into the rate.
  public convenience init(_ title: String, total: Int?, unit: String = "item", completed: Int = 0) {
    self.init(title, total: total, unit: unit, completed: completed, output: .standardError)
  }

  package init(
    _ title: String, total: Int?, unit: String, completed: Int = 0, output: ProgressOutput
  ) {
    line = ProgressLine(
      title: title, total: total, unit: unit, alreadyCompleted: completed, start: output.now())
    self.output = output
    state = Mutex(State(completed: completed))
  }

  /// Reports that `count` more units are done; `detail` (say, the loss) stays until replaced.
  public func advance(by count: Int = 1, detail: String? = nil) {
    state.withLock { state in
      guard !state.isFinished else { return }
      state.completed += count
      if let detail { state.detail = detail }
      let now = output.now()
      if isDue(state, now) { draw(&state, now) }
    }
  }

  /// Writes a line of its own, above the bar.
  public func log(_ text: String) {
    state.withLock { state in
      output.write((state.isLineOpen ? "\r\u{1B}[K" : "") + text.printable + "\n")
      state.isLineOpen = false
      if output.isTerminal, state.drawn != nil, !state.isFinished { draw(&state, output.now()) }
    }
  }

  /// Writes the last line: the count, the time taken and the mean rate. Further calls do nothing.
  public func finish() {
    state.withLock { state in
      guard !state.isFinished else { return }
      state.isFinished = true
      let text = line.summary(completed: state.completed, detail: state.detail, now: output.now())
      output.write((state.isLineOpen ? "\r\u{1B}[K" : "") + text.readablePath + "\n")
    }
  }

  deinit {
    // Work that failed: what is written next, the error, must start on a line of its own.
    state.withLock { if $0.isLineOpen && !$0.isFinished { output.write("\n") } }
  }

  private func isDue(_ state: State, _ now: Double) -> Bool {
    let since = now - (state.drawn ?? (output.isTerminal ? -.infinity : line.start))
    if output.isTerminal { return since >= 0.1 }
    let reachesStep = line.percent(state.completed).map { $0 / 5 > state.percentDrawn / 5 } ?? false
    return since >= (reachesStep ? 1 : max(10, (now - line.start) / 50))
  }

  private func draw(_ state: inout State, _ now: Double) {
    state.drawn = now
    state.percentDrawn = line.percent(state.completed) ?? 0
    let width = output.isTerminal ? max(output.width() - 1, 20) : nil
    let text = line.text(
      completed: state.completed, detail: state.detail, now: now, width: width
    ).readablePath
    if let width {
      output.write("\r" + text.prefix(width) + "\u{1B}[K")
      state.isLineOpen = true
    } else {
      output.write(text + "\n")
    }
  }
}

/// Where progress is written and what time it is; tests give their own.
package struct ProgressOutput: Sendable {
  package var isTerminal: Bool
  package var width: @Sendable () -> Int
  /// Seconds on a clock that never goes back.
  package var now: @Sendable () -> Double
  package var write: @Sendable (String) -> Void

  package init(
    isTerminal: Bool, width: @escaping @Sendable () -> Int,
    now: @escaping @Sendable () -> Double, write: @escaping @Sendable (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.width = width
    self.now = now
    self.write = write
  }

  static let standardError = ProgressOutput(
    isTerminal: isatty(STDERR_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb",
    width: {
      var size = winsize()
      let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
      return known ? Int(size.ws_col) : 80
    },
    now: { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 },
    write: writeTerminal)
}
