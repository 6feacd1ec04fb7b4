import Foundation

/// The process's memory as the kernel counts it.
package enum MemoryUse {
  /// Peak resident bytes; 0 where the system does not say.
  package static var peakResident: Int {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return Int(usage.ru_maxrss) * 1024
  }
}
