import Foundation
import Support
import Synchronization

/// This process among those that a launcher (mpirun, srun) has started to work together. A process alone
/// is what it always was.
public enum RankGroup {
  /// Nil for a process alone.
  public static let launch = Launch(environment: ProcessInfo.processInfo.environment)

  private static let joined = Mutex<MPIExchange?>(nil)

  /// Whether this process speaks for all of them.
  public static var speaks: Bool { launch.map { $0.rank == 0 } ?? true }

  /// Where a command reports to: one process draws a bar.
  public static var progress: any ProgressReporter {
    speaks ? TerminalProgress() : SilentProgress()
  }

  /// Joins the other processes, where there are any.
  ///
  /// - Throws: `RankError`.
  public static func join() throws -> MPIExchange? {
    guard let launch else { return nil }
    Interruption.delayTermination()
    let exchange = try MPIExchange(launch, program: executable, onLoss: end)
    joined.withLock { $0 = exchange }
    if exchange.rank == 0, !exchange.unwatched.isEmpty {
      writeStandardError(
        "note: \(exchange.unwatched.count) ranks cannot be reached but by MPI: one that hangs is not "
          + "noticed\n")
    }
    return exchange
  }

  /// A rank is lost: one of those that see it says so.
  @Sendable private static func end(_ loss: RankLoss) {
    let isFirstToKnow = launch.map { $0.rank < 2 } ?? true
    if isFirstToKnow, !loss.isTold { writeStandardError("error: \(loss)\n") }
    _exit(1)
  }

  private static var executable: String {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
  }

  /// Processors that this process may use. Where a launcher left its processes free to use all, an even
  /// share of them.
  static var processorCount: Int {
    let count = allowedProcessorCount
    guard let launch, count == ProcessInfo.processInfo.activeProcessorCount else { return count }
    return max(count / launch.localCount, 1)
  }

  /// Tells a person why this process ends. What is wrong for all of them is said by the first, which then
  /// ends the others before they speak.
  static func writeError(_ message: String) {
    guard let launch, launch.rank > 0 else { return writeStandardError("error: \(message)\n") }
    Thread.sleep(forTimeInterval: 1.5)
    let origin = "rank \(launch.rank) (\(HostName.current)): "
    writeStandardError("error: \(message.hasPrefix(origin) ? "" : origin)\(message)\n")
  }

  /// Leaves the others at the end, or ends them where this process failed.
  static func leave(_ exitCode: Int32) {
    guard let exchange = joined.withLock({ $0 }) else { return }
    if exitCode == 0 { exchange.finish() } else { exchange.abort(exitCode) }
  }
}
