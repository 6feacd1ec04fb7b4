import Foundation

/// Keeps a folder to one process. It ends with the process, however that ends.
///
/// The kernel's lock, not a file that says so: a process that was killed holds nothing up.
public final class FolderLock: Sendable {
  /// Nil where there is no lock.
  private let descriptor: Int32?
  /// Why there is no lock, for a person; nil where there is one.
  public let lack: String?

  /// - Parameter folder: must exist.
  /// - Throws: ``FolderInUse`` when another process keeps it. Where the file system has no locks
  ///   there is none, and ``lack`` says so.
  public init(_ folder: String) throws(FolderInUse) {
    // Some network file systems lock files only, and only those that are open for writing.
    let ways: [(path: String, mode: Int32)] = [
      (folder, O_RDONLY | O_DIRECTORY), ("\(folder)/.lock", O_RDWR | O_CREAT),
    ]
    var reason = ""
    for way in ways {
      let descriptor = FileSystem.open(way.path, way.mode | O_CLOEXEC, 0o666)
      if descriptor >= 0, Self.lock(descriptor) {
        guard Self.isThere(descriptor) else {
          close(descriptor)
          throw FolderInUse(path: folder)
        }
        (self.descriptor, lack) = (descriptor, nil)
        return
      }
      let code = errno
      if descriptor >= 0 { close(descriptor) }
      if descriptor >= 0, code == EWOULDBLOCK { throw FolderInUse(path: folder) }
      reason = String(cString: strerror(code))
    }
    descriptor = nil
    lack =
      "\(folder): its file system has no locks (\(reason)); "
      + "make sure that no other process writes there meanwhile"
  }

  deinit { if let descriptor { close(descriptor) } }

  /// False where the process that kept the folder has removed it at its end.
  private static func isThere(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) != 0 || status.st_nlink > 0
  }

  private static func lock(_ descriptor: Int32) -> Bool {
    while true {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
      guard errno == EINTR else { return false }
    }
  }
}

/// Another process writes to a folder.
public struct FolderInUse: Error, CustomStringConvertible {
  public let path: String
  public var description: String {
    "\(path): another process is writing there; wait until it has ended, or choose another folder"
  }
}

extension FolderLock {
  /// Keeps a folder to this process during some work.
  ///
  /// - Parameters:
  ///   - folder: must exist.
  ///   - reporter: told where there can be no lock.
  ///   - work: what writes there.
  /// - Throws: ``FolderInUse``; what `work` throws.
  package static func keep<Result>(
    _ folder: String, _ reporter: any ProgressReporter, _ work: () throws -> Result
  ) throws -> Result {
    let lock = try FolderLock(folder)
    if let lack = lock.lack { reporter.note("warning: \(lack)") }
    return try withExtendedLifetime(lock) { try work() }
  }
}
