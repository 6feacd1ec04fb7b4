import Foundation

extension [Double] {
  /// The arithmetic mean; at least one value.
  package var mean: Double {
    precondition(!isEmpty)
    return reduce(0, +) / Double(count)
  }

  /// The standard deviation, with the divisor n − 1; at least two values.
  package var deviation: Double {
    let center = mean
    let squares = reduce(0) { $0 + ($1 - center) * ($1 - center) }
    return (squares / Double(count - 1)).squareRoot()
  }
}

/// The 95 % percentile interval of the mean by bootstrap: 10,000 resamples, seed 0.
///
/// The percentiles are interpolated linearly between resamples, as `numpy.percentile` does.
///
/// - Source: Efron & Tibshirani 1993, §13.3.
package func bootstrapInterval(_ values: [Double], resamples: Int = 10_000) -> [Double] {
  var random = RandomStream(seed: 0, purpose: "bootstrap")
  let means = (0..<resamples).map { _ in
    var sum = 0.0
    for _ in values.indices { sum += values[random.draw(below: values.count)] }
    return sum / Double(values.count)
  }
  return percentileInterval(means)
}

/// The 2.5th and 97.5th percentile of resampled values, at least one, interpolated linearly.
func percentileInterval(_ resampled: [Double]) -> [Double] {
  let sorted = resampled.sorted()
  return [0.025, 0.975].map { fraction in
    let place = fraction * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
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

/// How often each of `count` cases occurs in a bootstrap resample: seed 0, a stream for each index.
package func resampledWeights(_ count: Int, index: Int) -> [Double] {
  var random = RandomStream(seed: 0, purpose: "bootstrap of a set", index: UInt64(index))
  var weights = [Double](repeating: 0, count: count)
  for _ in 0..<count {
    weights[random.draw(below: count)] += 1
  }
  return weights
}

/// The 95 % interval of a value whose error is taken as normal: low, high.
package func normalInterval(_ value: Double, standardError: Double) -> [Double] {
  [value - 1.959963984540054 * standardError, value + 1.959963984540054 * standardError]
}

/// The two-sided p-value of a value whose error is normal.
package func normalPValue(_ value: Double, standardError: Double) -> Double {
  guard standardError > 0 else { return value == 0 ? 1 : 0 }
  return erfc(abs(value) / standardError / 2.squareRoot())
}

extension RandomStream {
  /// A whole number from 0 up. Multiply-shift: the bias is below count / 2³², and each draw costs one
  /// word.
  package mutating func draw(below count: Int) -> Int {
    Int((UInt64(nextWord()) * UInt64(count)) >> 32)
  }
}
