import Foundation

/// The control groups that this process is in, by which containers limit memory and processors.
enum ControlGroup {
  /// The folders of the process's group and of those above it, the nearest first.
  ///
  /// - Parameters:
  ///   - line: what stands before the group's name in `/proc/self/cgroup`.
  ///   - root: the folder of all groups.
  static func folders(_ line: String, root: String) -> [String] {
    let lines = SystemFile.text(of: "/proc/self/cgroup")?.split(separator: "\n") ?? []
    let name = lines.lazy.compactMap { text in
      text.firstRange(of: line).map { text[$0.upperBound...] }
    }.first
    guard let name else { return [] }
    var folders: [String] = []
    var group = root + name
    while group.hasPrefix(root) {
      folders.append(group)
      group = group.parentFolder
    }
    return folders
  }
}
