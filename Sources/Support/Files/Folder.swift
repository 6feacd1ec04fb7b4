import Foundation

/// Folders of the file system.
package enum Folder {
  /// Makes a folder, and those above it, where they are not there.
  ///
  /// - Throws: `FileError`.
  package static func make(_ path: String) throws {
    if FileSystem.exists(path) {
      guard FileSystem.isFolder(path) else {
        throw FileError.failed(
          path: path, operation: "make the folder", reason: "there is a file of that name")
      }
      return
    }
    let parent = path.parentFolder
    if !parent.isEmpty { try make(parent) }
    guard FileSystem.makeFolder(path) == 0 || errno == EEXIST else {
      throw FileError.fromErrno(errno, path: path, operation: "make the folder")
    }
  }
}
