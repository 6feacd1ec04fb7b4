import Foundation
import Support
import Synchronization

/// The three files that every process begins with, which whoever starts it may have closed or filled.
enum StandardFiles {
  /// What first went wrong with standard output; 0 for nothing.
  private static let failure = Atomic<Int32>(0)

  /// Takes the places of those that are closed: the next file that is opened would get them, and with
  /// them what is meant for a person.
  ///
  /// In the place of standard output stands one that can't be written: somebody asked for what is
  /// printed there.
  static func fillPlaces() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
    ] where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", mode)  // the lowest number that is free
    }
  }

  /// Writes to standard output at once; a failure is kept for ``requireWritten()``.
  static func print(_ bytes: [UInt8]) {
    guard failure.load(ordering: .relaxed) == 0 else { return }
    let code = write(bytes, to: STDOUT_FILENO)
    if code != 0 { failure.store(code, ordering: .relaxed) }
  }

  /// - Throws: `FileError` where something that was printed did not arrive.
  static func requireWritten() throws {
    let code = failure.load(ordering: .relaxed)
    guard code != 0 else { return }
    throw FileError.fromErrno(code, path: "standard output", operation: "write")
  }

  /// Writes all bytes in as few calls as the system allows, so that lines of several threads don't mix;
  /// returns the number of what went wrong, or 0.
  fileprivate static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { bytes in
      FileSystem.writeAll(bytes) { rest, _ in
        Foundation.write(descriptor, rest.baseAddress, rest.count)
      }
    }
  }
}

/// Prints a path as the system knows it, for other programs.
package func printPath(_ path: String) {
  StandardFiles.print(path.pathBytes + [UInt8(ascii: "\n")])
}

/// Prints a line, or several, for people.
public func printText(_ text: String) { StandardFiles.print(Array((text.printable + "\n").utf8)) }

/// Prints a text that is a file's content, as it is.
package func printContent(_ text: String) { StandardFiles.print(Array(text.utf8)) }

/// Writes a text for people to standard error. Failure is ignored: there is no one left to tell.
public func writeStandardError(_ text: String) { writeTerminal(text.printable) }

/// Writes what may move the cursor, too: nothing from outside.
func writeTerminal(_ text: String) {
  _ = StandardFiles.write(Array(text.utf8), to: STDERR_FILENO)
}
