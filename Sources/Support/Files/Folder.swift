import Foundation

/// Folders of the file system.
package enum Folder {
  /// Makes a folder, and those above it, where they are not there.
  ///
  /// - Throws: `FileError`.
  package static func make(_ path: String) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
      guard isFolder.boolValue else {
        throw FileError.failed(
          path: path, operation: "make the folder", reason: "there is a file of that name")
      }
      return
    }
    let parent = path.parentFolder
    if !parent.isEmpty { try make(parent) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw FileError.fromErrno(errno, path: path, operation: "make the folder")
    }
  }
}
