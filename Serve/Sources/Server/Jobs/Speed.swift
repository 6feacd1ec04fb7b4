/// How fast each model has been, for estimates.
struct Speed: Sendable {
  private var secondsOfWork: [String: Double] = [:]

  /// Seconds that some work will take; nil before any has been measured.
  func seconds(_ work: Double, model: String) -> Double? {
    secondsOfWork[model].map { $0 * work }
  }

  /// Learns from what was measured; the latest counts most, since others share the machine.
  mutating func learn(_ seconds: Double, work: Double, model: String) {
    guard work > 0, seconds > 0 else { return }
    let measured = seconds / work
    secondsOfWork[model] = secondsOfWork[model].map { ($0 + measured) / 2 } ?? measured
  }
}
