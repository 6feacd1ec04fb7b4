import Foundation
import Tensors

/// The arithmetic mean; at least one value.
func mean(_ values: [Double]) -> Double {
  precondition(!values.isEmpty)
  return values.reduce(0, +) / Double(values.count)
}

/// The 95 % percentile interval of the mean by bootstrap: 10,000 resamples, seed 0.
///
/// The percentiles are interpolated linearly between resamples, as `numpy.percentile` does.
///
/// - Source: Efron & Tibshirani 1993, §13.3.
package func bootstrapInterval(_ values: [Double], resamples: Int = 10_000) -> [Double] {
  var random = RandomStream(seed: 0, purpose: "bootstrap")
  let count = UInt64(values.count)
  let means = (0..<resamples).map { _ in
    var sum = 0.0
    // Multiply-shift: the bias is below count / 2³², and each draw costs one word.
    for _ in values.indices { sum += values[Int((UInt64(random.nextWord()) * count) >> 32)] }
    return sum / Double(count)
  }.sorted()
  return [0.025, 0.975].map { fraction in
    let place = fraction * Double(resamples - 1)
    let below = Int(place)
    let above = min(below + 1, resamples - 1)
    return means[below] + (place - Double(below)) * (means[above] - means[below])
  }
}

/// The two-sided exact p-value of the sign test: the chance that fair coins split at least as
/// unevenly as `wins` to `losses`. Ties are left out before; 1 when nothing is left.
///
/// - Source: equals `scipy.stats.binomtest(wins, wins + losses, 0.5).pvalue`.
package func signTest(wins: Int, losses: Int) -> Double {
  let count = wins + losses
  let logOfAll = logFactorial(count) - Double(count) * log(2)
  let tail = (0...min(wins, losses)).reduce(0.0) { sum, k in
    sum + exp(logOfAll - logFactorial(k) - logFactorial(count - k))
  }
  return min(1, 2 * tail)
}

private func logFactorial(_ n: Int) -> Double { lgamma(Double(n) + 1) }
