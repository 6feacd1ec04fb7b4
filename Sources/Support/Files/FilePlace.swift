/// Where a file is or will be: equal for two paths that lead to one file.
///
/// A name that is a link counts as a file of its own: what is written there replaces the link.
package struct FilePlace: Hashable, Sendable {
  private let folder: [UInt8]
  private let name: [UInt8]

  /// The place that a file written to `path` will have.
  package init(writing path: String) {
    folder = Array(existingPath(path.parentFolder).utf8)
    name = Array(path.lastName.utf8)
  }

  /// Whether the file lies in a folder or below it, wherever links lead.
  package func isInside(_ folder: String) -> Bool {
    let root = Array(existingPath(folder).utf8)
    let slash = UInt8(ascii: "/")
    return self.folder == root
      || self.folder.starts(with: root.last == slash ? root : root + [slash])
  }

  /// The place of the file that is read from `path`, past all links.
  package init(reading path: String) {
    self.init(writing: existingPath(path))
  }
}

/// The absolute path without symbolic links as far as it exists, and without `.`; what follows is as
/// given.
private func existingPath(_ path: String) -> String {
  if let resolved = FileSystem.resolved(path.isEmpty ? "." : path) { return resolved }
  let name = path.lastName
  guard !name.isEmpty else { return path }
  let folder = existingPath(path.parentFolder)
  return name == "." ? folder : "\(folder)/\(name)"
}
