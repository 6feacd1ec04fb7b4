import Support

/// Follows work on standard error: a bar a task, and lines for all that is worth knowing.
public struct TerminalProgress: ProgressReporter {
  public init() {}

  public func begin(
    _ title: String, total: Int?, unit: String, completed: Int
  ) -> any ProgressTask {
    ProgressBar(title, total: total, unit: unit, completed: completed)
  }

  public func note(_ line: String) { writeStandardError(line + "\n") }
}

extension ProgressReporter where Self == TerminalProgress {
  /// Standard error.
  public static var terminal: TerminalProgress { TerminalProgress() }
}
