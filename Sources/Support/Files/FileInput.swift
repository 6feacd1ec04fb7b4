import Foundation

/// A file open for reading, closed when nobody holds it. Calls that a signal breaks off are made again.
///
/// A pipe is read, too, as a shell's `<(…)` gives one. As long as a program has it open for writing it
/// is waited for; where none does, the wait ends.
final class FileInput {
  private let path: String
  private let descriptor: Int32
  private let kind: mode_t
  /// In bytes when it was opened; 0 for a pipe.
  let size: Int
  private var hasBegun = false

  /// How long a pipe may stand open without any writer before its first byte.
  private static let patience = 5.0

  /// - Throws: ``FileError``.
  init(_ path: String) throws {
    self.path = path
    // Else opening a pipe that nobody writes into would never return.
    descriptor = FileSystem.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError.fromErrno(errno, path: path, operation: "read") }
    var status = stat()
    let code = fstat(descriptor, &status) == 0 ? 0 : errno
    kind = status.st_mode & S_IFMT
    size = kind == S_IFREG ? Int(status.st_size) : 0
    // A class's deinit closes it from here on.
    guard code == 0 else { throw FileError.fromErrno(code, path: path, operation: "read") }
    guard kind != S_IFDIR else { throw FileError.notRegular(path: path) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The file that is to be mapped or read at any place.
  ///
  /// - Throws: ``FileError/notRegular(path:)`` for anything but a file on a disk.
  func regular() throws -> Int32 {
    guard kind == S_IFREG else { throw FileError.notRegular(path: path) }
    return descriptor
  }

  /// Reads what comes next; 0 at the end.
  ///
  /// - Throws: ``FileError``.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var waited = 0.0
    while true {
      let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
      if count > 0 {
        hasBegun = true
        return count
      }
      if count == 0 {
        guard kind == S_IFIFO, !hasBegun else { return 0 }
        guard waited < Self.patience else {
          throw FileError.failed(
            path: path, operation: "read", reason: "a pipe into which no program writes")
        }
        usleep(50_000)
        waited += 0.05
      } else if errno == EAGAIN {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = FileSystem.retrying { poll(&request, 1, -1) }
      } else if errno != EINTR {
        throw FileError.fromErrno(errno, path: path, operation: "read")
      }
    }
  }
}
