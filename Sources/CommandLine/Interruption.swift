import Foundation
import Synchronization

/// SIGINT and SIGTERM as a wish to stop at the next good place; a second one ends at once.
///
/// SIGUSR1 is such a wish among processes that a launcher has started: mpirun passes it on to all of them,
/// where it would end them at a SIGTERM.
public enum Interruption {
  private static let received = Atomic<Int>(0)
  private static let isSilent = Atomic<Bool>(false)
  private static let notice: StaticString =
    "\nStopping after this step; once more to stop at once.\n"

  /// From here on the signals only set ``isWanted``.
  public static func listen() {
    _ = isWanted  // a handler must not be the first to touch it
    // mpirun sends signals of its own when a rank has failed: nobody wants to read of them.
    isSilent.store(RankGroup.launch != nil, ordering: .relaxed)
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] + (RankGroup.launch == nil ? [] : [SIGUSR1]) {
      signal(number, handler)
      sigaddset(&signals, number)
    }
    // Whoever started us may have had them blocked, as the threads of a dispatch queue have.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// From here until ``listen()`` a SIGTERM ends this process two seconds later. mpirun sends one when a
  /// rank is lost, and whoever sees which one must live to say so.
  static func delayTermination() {
    signal(SIGALRM) { _ in _exit(128 + SIGTERM) }
    signal(SIGTERM) { _ in alarm(2) }
  }

  public static var isWanted: Bool { received.load(ordering: .relaxed) > 0 }

  private static let handler: @convention(c) (Int32) -> Void = { number in
    if received.wrappingAdd(1, ordering: .relaxed).oldValue > 0 { _exit(128 + number) }
    if isSilent.load(ordering: .relaxed) { return }
    write(STDERR_FILENO, notice.utf8Start, notice.utf8CodeUnitCount)
  }
}
