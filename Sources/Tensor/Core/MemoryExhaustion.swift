import Synchronization

/// What happens when the system has no memory for a tensor. There is no going on from there, but a
/// program can say so in its own way.
public enum MemoryExhaustion {
  private static let handler = Mutex<(@Sendable (_ bytes: Int) -> Never)?>(nil)

  /// Ends the process by `body` from now on, rather than by a trap.
  ///
  /// - Parameter body: is told how many bytes could not be had; on any thread.
  public static func handle(by body: @escaping @Sendable (_ bytes: Int) -> Never) {
    handler.withLock { $0 = body }
  }

  static func end(asking bytes: Int) -> Never {
    if let handler = handler.withLock({ $0 }) { handler(bytes) }
    fatalError("out of memory: could not get \(bytes >> 20) MiB")
  }
}
