import Foundation

/// How much memory this process may still take: what is free in the machine, in its control group
/// and under its own limits, whichever is least.
package enum AvailableMemory {
  /// Bytes; nil where the system does not say.
  package static var bytes: Int? { [machine, controlGroup, addressSpace].compactMap { $0 }.min() }

  private static var machine: Int? {
    guard let text = SystemFile.text(of: "/proc/meminfo") else { return nil }
    return kilobytes("MemAvailable:", in: text)
  }

  /// The names that control groups of version 2 and 1 have for the same things.
  private struct GroupFiles {
    let line: String
    let root: String
    let limit: String
    let usage: String
    let cache: String

    static let all = [
      GroupFiles(
        line: "0::", root: "/sys/fs/cgroup", limit: "memory.max", usage: "memory.current",
        cache: "file "),
      GroupFiles(
        line: ":memory:", root: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes",
        usage: "memory.usage_in_bytes", cache: "total_cache "),
    ]
  }

  private static var controlGroup: Int? {
    GroupFiles.all.compactMap(leastFree).min()
  }

  /// Under the limits of the process's group and of those above it.
  private static func leastFree(_ files: GroupFiles) -> Int? {
    ControlGroup.folders(files.line, root: files.root).compactMap { free(in: $0, files) }.min()
  }

  private static func free(in group: String, _ files: GroupFiles) -> Int? {
    guard let limit = SystemFile.number(in: "\(group)/\(files.limit)"),
      let used = SystemFile.number(in: "\(group)/\(files.usage)")
    else { return nil }
    // Cached files give way when memory is needed.
    let statistics = SystemFile.text(of: "\(group)/memory.stat")?.split(separator: "\n") ?? []
    let cached = statistics.first { $0.hasPrefix(files.cache) }
      .flatMap { Int($0.dropFirst(files.cache.count)) }
    return max(min(limit, 1 << 60) - used + (cached ?? 0), 0)
  }

  /// Under `ulimit -v`.
  private static var addressSpace: Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur < rlim_t(Int.max), let status = SystemFile.text(of: "/proc/self/status"),
      let used = kilobytes("VmSize:", in: status)
    else { return nil }
    return max(Int(limit.rlim_cur) - used, 0)
  }

  private static func kilobytes(_ key: String, in text: String) -> Int? {
    let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
    let fields = line?.split(whereSeparator: \.isWhitespace) ?? []
    return fields.count > 1 ? Int(fields[1]).map { $0 << 10 } : nil
  }
}
