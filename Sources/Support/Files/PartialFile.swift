import Foundation
import Synchronization

/// A file or folder that is being written beside its final place, under a name that nobody can foresee.
///
/// It is locked while its writer lives, so that a later process knows what a killed one left behind
/// and removes it. It never opens what lies there already, a link least of all.
package struct PartialFile: ~Copyable {
  package let path: String
  let descriptor: Int32

  private static let prefix = ".pbe-"
  private static let suffix = ".partial"

  /// An empty file, open for writing.
  ///
  /// - Parameter target: the file that it is to become; errors name it.
  /// - Throws: ``FileError``.
  init(fileFor target: String) throws {
    self.init(
      try Self.made(for: target) { path in
        FileSystem.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
      })
  }

  /// An empty folder.
  ///
  /// - Parameter target: the folder that it is to become; errors name it.
  /// - Throws: ``FileError``.
  init(folderFor target: String) throws {
    self.init(
      try Self.made(for: target) { path in
        guard FileSystem.makeFolder(path) == 0 else { return -1 }
        return FileSystem.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      })
  }

  private init(_ made: (path: String, descriptor: Int32)) { (path, descriptor) = made }

  deinit { close(descriptor) }

  /// A new name in the folder of `target`, where whatever is called so counts as abandoned unless it is
  /// locked.
  static func name(beside target: String) -> String {
    let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
    let padded = String(repeating: "0", count: 16 - digits.count) + digits
    return "\(FileError.folder(of: target))/\(prefix)\(padded)\(suffix)"
  }

  private static func made(
    for target: String, _ make: (String) -> Int32
  ) throws -> (path: String, descriptor: Int32) {
    removeAbandonedOnce(in: FileError.folder(of: target))
    while true {
      let path = name(beside: target)
      let descriptor = make(path)
      guard descriptor >= 0 else {
        if errno == EEXIST { continue }
        throw FileError.fromErrno(errno, path: target, operation: "write")
      }
      if isKept(descriptor) { return (path, descriptor) }
      close(descriptor)
    }
  }

  /// Locks a new file; false where another process took it for an abandoned one before that.
  private static func isKept(_ descriptor: Int32) -> Bool {
    // A file system without locks is no reason to stop: nobody removes anything there.
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK { return false }
    var status = stat()
    return fstat(descriptor, &status) != 0 || status.st_nlink > 0
  }

  // MARK: What killed processes left

  private static let visited = Mutex<Set<String>>([])

  /// The first time that this process writes into a folder.
  private static func removeAbandonedOnce(in folder: String) {
    if visited.withLock({ $0.insert(folder).inserted }) { removeAbandoned(in: folder) }
  }

  /// Removes what processes of this user that are no longer alive were writing in a folder.
  package static func removeAbandoned(in folder: String) {
    for name in (try? FileSystem.names(in: folder)) ?? []
    where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      let path = "\(folder)/\(name)"
      let descriptor = FileSystem.open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var status = stat()
      let isOurs = fstat(descriptor, &status) == 0 && status.st_uid == geteuid()
      if isOurs, flock(descriptor, LOCK_EX | LOCK_NB) == 0 { FileSystem.remove(path) }
    }
  }
}
