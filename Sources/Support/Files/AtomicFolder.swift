import Foundation

/// Folders that appear whole or not at all, even when the process is killed or the power fails.
package enum AtomicFolder {
  /// Makes a folder of what `fill` writes into the one that it is given, which lies beside.
  ///
  /// - Parameters:
  ///   - path: doesn't exist or is empty; those above it are made.
  ///   - fill: writes files that are flushed, ``AtomicFile``s say.
  /// - Throws: ``FileError`` or what `fill` throws; nothing is then left behind.
  package static func make(_ path: String, _ fill: (String) throws -> Void) throws {
    let parent = FileError.folder(of: path)
    try Folder.make(parent)
    let partial = try PartialFile(folderFor: path)
    do {
      try fill(partial.path)
      try flush(partial.path, for: path)
      if FileSystem.rename(partial.path, path) != 0 { throw refusal(errno, path) }
    } catch {
      FileSystem.remove(partial.path)
      throw (error as? FileError)?.moved(from: partial.path, to: path).leavingNothing ?? error
    }
    try AtomicFile.flushFolder(parent, for: path)
  }

  private static func refusal(_ code: Int32, _ path: String) -> FileError {
    guard code != ENOTDIR else {
      return .failed(
        path: path, operation: "write",
        reason: "a file of that name is there; remove it, or give another name")
    }
    // Where something is mounted, and the folder that a process stands in.
    guard ![EBUSY, EXDEV, EINVAL].contains(code) else {
      return .failed(
        path: path, operation: "write",
        reason: "this folder cannot be replaced by a finished one; name one that does not exist yet"
      )
    }
    return .fromErrno(code, path: path, operation: "write")
  }

  /// Makes the names in a folder, and in those below it, durable.
  private static func flush(_ folder: String, for target: String) throws {
    for name in try FileSystem.names(in: folder) where FileSystem.isFolder("\(folder)/\(name)") {
      try flush("\(folder)/\(name)", for: target)
    }
    try AtomicFile.flushFolder(folder, for: target)
  }

  /// Removes a folder so that no half of it is ever taken for the whole.
  package static func remove(_ path: String) {
    let abandoned = PartialFile.name(beside: path)
    guard FileSystem.rename(path, abandoned) == 0 else { return }
    FileSystem.remove(abandoned)
  }
}
