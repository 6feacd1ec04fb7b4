import CThreads
import Foundation

/// Processors that this process may use: fewer than the machine has where it is bound to some of them, or its
/// container is given the time of a few.
public let allowedProcessorCount: Int = {
  let bound = Int(allowedProcessors())
  let known = bound > 0 ? bound : ProcessInfo.processInfo.activeProcessorCount
  return max(1, min(known, processorQuota ?? known))
}()

/// How many processors' time the control groups allow, rounded up; nil where they allow any.
private var processorQuota: Int? {
  let second = ControlGroup.folders("0::", root: "/sys/fs/cgroup").compactMap { group in
    let words = SystemFile.text(of: "\(group)/cpu.max")?.split(whereSeparator: \.isWhitespace) ?? []
    return words.count == 2 ? quota(Int(words[0]), Int(words[1])) : nil
  }
  let first = ControlGroup.folders(":cpu,cpuacct:", root: "/sys/fs/cgroup/cpu,cpuacct").compactMap {
    quota(
      SystemFile.number(in: "\($0)/cpu.cfs_quota_us"),
      SystemFile.number(in: "\($0)/cpu.cfs_period_us"))
  }
  return (second + first).min()
}

private func quota(_ time: Int?, _ period: Int?) -> Int? {
  guard let time, let period, time > 0, period > 0 else { return nil }
  return time / period + (time % period > 0 ? 1 : 0)
}
