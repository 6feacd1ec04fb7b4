/// A component's weights, all of them read once.
struct InspectedWeights: Sendable {
  let fitted: FittedWeights
  let health: WeightHealth

  init(_ fitted: FittedWeights) throws {
    self.fitted = fitted
    health = try WeightHealth(of: fitted.view)
  }

  var component: ComponentName { fitted.found.component }

  /// Why the weights cannot be used, in one sentence; nil when they can.
  var problem: String? {
    let path = fitted.found.file.path
    let advice =
      "the file is damaged or its training diverged: copy or download it again, or "
      + "give other weights"
    if health.isEntirelyZero {
      return "\(path): every weight of \(component.rawValue) is zero; \(advice)"
    }
    guard !health.notFinite.isEmpty else { return nil }
    let shown = health.notFinite.prefix(20)
    let rest = health.notFinite.count - shown.count
    return "\(path): NaN or infinity in \(health.notFinite.count) weights of "
      + "\(component.rawValue):\n" + shown.map { "  \($0)\n" }.joined()
      + (rest > 0 ? "  … and \(rest) more\n" : "") + advice
  }
}
