import Foundation

/// A program that runs beside ours, in a process group of its own: a key on the terminal reaches us
/// alone, and we pass it on once.
package struct ChildProcess {
  package let number: Int32

  /// - Throws: ``PlanError/noProgram(_:)``.
  package init(_ path: String, _ arguments: [String]) throws {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    posix_spawnattr_setpgroup(&attributes, 0)
    // Whoever started us may have signals blocked; what we start must hear that it is to end.
    var blocked = sigset_t()
    sigemptyset(&blocked)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    var words = ([path] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var number: pid_t = 0
    guard posix_spawn(&number, path, nil, &attributes, &words, environ) == 0 else {
      throw PlanError.noProgram(path)
    }
    self.number = number
  }

  /// The exit code, or 128 and the signal that ended it; nil while it runs.
  package func exitCode() -> Int32? {
    var status: Int32 = 0
    guard waitpid(number, &status, WNOHANG) == number else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  func stop() { kill(number, SIGTERM) }
}
