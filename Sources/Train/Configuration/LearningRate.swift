import Foundation

extension LearningRateSchedule {
  /// The factor of the learning rate for a step, counted from 0.
  ///
  /// - Parameter total: steps of the whole run, where its length is known.
  package func factor(at step: Int, of total: Int?) -> Double {
    switch self {
    case .constant: 1
    case .linear(let schedule): schedule.factor(at: step)
    case .cosine(let schedule): schedule.factor(at: step, of: total)
    }
  }
}

extension LinearSchedule {
  /// - Source: `LambdaLinearScheduler.schedule` in ldm/lr_scheduler.py.
  fileprivate func factor(at step: Int) -> Double {
    var start = 0
    for cycle in cycles {
      let n = step - start
      guard n <= cycle.length else {  // even in a warm-up that is longer
        start += cycle.length
        continue
      }
      if n < cycle.warmUpSteps {
        return cycle.start + (cycle.peak - cycle.start) * Double(n) / Double(cycle.warmUpSteps)
      }
      return cycle.end
        + (cycle.peak - cycle.end) * Double(cycle.length - n) / Double(cycle.length)
    }
    return cycles.last?.end ?? 1
  }
}

extension CosineSchedule {
  fileprivate func factor(at step: Int, of total: Int?) -> Double {
    if step < warmUpSteps {
      return start + (1 - start) * Double(step) / Double(warmUpSteps)
    }
    guard let total else { return 1 }
    let fallStart = max(Double(warmUpSteps), decayStart * Double(total))
    guard Double(step) > fallStart else { return 1 }
    let progress = min((Double(step) - fallStart) / max(Double(total - 1) - fallStart, 1), 1)
    return end + (1 - end) * 0.5 * (1 + cos(.pi * progress))
  }
}
