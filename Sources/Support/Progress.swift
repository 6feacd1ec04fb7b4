/// Who follows long work: a terminal, a page, a log, nobody.
///
/// Libraries report to it and never draw; whoever asked for the work decides what becomes of a report.
public protocol ProgressReporter: Sendable {
  /// A task begins.
  ///
  /// - Parameters:
  ///   - title: what is being done, in a word or two: `"encoding"`.
  ///   - total: units of work in the whole task; nil when it can't be known.
  ///   - unit: what is counted, in the singular: `"step"`, `"picture"`; `"B"` for bytes.
  ///   - completed: units done before (a resumed run).
  func begin(
    _ title: String, total: Int?, unit: String, completed: Int
  ) -> any ProgressTask

  /// One line for a person that belongs to no task: something worth knowing that is no error.
  func note(_ line: String)
}

/// A task under way. Its methods may be called from any thread.
public protocol ProgressTask: Sendable {
  /// `count` more units are done; `detail` (say, the loss) is shown until it is replaced.
  ///
  /// - Throws: ``Cancellation``, or whatever else is to end the work here.
  func advance(by count: Int, detail: String?) throws

  /// One line for a person.
  func log(_ line: String)

  /// All is done.
  func finish()
}

/// The wish of whoever follows the work that it should end here.
public struct Cancellation: Error, CustomStringConvertible {
  public var description: String { "cancelled" }
  public init() {}
}

extension ProgressReporter {
  public func begin(_ title: String, total: Int?, unit: String) -> any ProgressTask {
    begin(title, total: total, unit: unit, completed: 0)
  }
}

extension ProgressTask {
  public func advance(by count: Int = 1) throws { try advance(by: count, detail: nil) }
}

/// Follows nothing.
public struct SilentProgress: ProgressReporter, ProgressTask {
  public init() {}

  public func begin(
    _ title: String, total: Int?, unit: String, completed: Int
  ) -> any ProgressTask { self }

  public func note(_ line: String) {}
  public func advance(by count: Int, detail: String?) {}
  public func log(_ line: String) {}
  public func finish() {}
}

extension ProgressReporter where Self == SilentProgress {
  public static var silent: SilentProgress { SilentProgress() }
}
