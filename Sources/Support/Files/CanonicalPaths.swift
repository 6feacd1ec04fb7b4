import Foundation

/// The absolute path of the folder that `path` lies in, without symbolic links.
package func canonicalFolder(of path: String) -> String {
  let folder = path.parentFolder
  return canonicalPath(folder.isEmpty ? "." : folder)
}

/// The absolute path without symbolic links, as far as it exists.
func canonicalPath(_ path: String) -> String {
  FileSystem.resolved(path) ?? URL(fileURLWithPath: path).standardizedFileURL.path
}

/// The relative way between two canonical folders: empty, or ending in a slash.
package func relativeWay(to target: String, from folder: String) -> String {
  let target = target.split(separator: "/")
  let start = folder.split(separator: "/")
  let shared = zip(target, start).prefix { $0 == $1 }.count
  let steps = start[shared...].map { _ in ".." } + target[shared...].map(String.init)
  return steps.map { $0 + "/" }.joined()
}
