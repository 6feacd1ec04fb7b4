import Foundation

/// The chance that a chi-squared variable is at least `x`: `scipy.stats.chi2.sf`.
///
/// - Source: the incomplete gamma function by series and continued fraction, Abramowitz & Stegun
///   6.5.29, 6.5.31.
package func chiSquaredTail(_ x: Double, freedom: Double) -> Double {
  precondition(freedom > 0)
  guard x > 0 else { return 1 }
  guard x.isFinite else { return 0 }
  let (a, z) = (freedom / 2, x / 2)
  let scale = exp(a * log(z) - z - lgamma(a))
  return z < a + 1 ? 1 - scale * gammaSeries(a, z) : scale * gammaFraction(a, z)
}

/// The chance that a variable of Fisher's F distribution is at least `x`: `scipy.stats.f.sf`.
package func fTail(_ x: Double, _ numerator: Double, _ denominator: Double) -> Double {
  guard x > 0 else { return 1 }
  guard x.isFinite else { return 0 }
  let share = denominator / (denominator + numerator * x)
  return incompleteBeta(share, denominator / 2, numerator / 2)
}

/// The chance that a variable of Student's t distribution is at least `x` away from zero.
package func studentTwoSided(_ x: Double, freedom: Double) -> Double {
  guard x.isFinite else { return 0 }
  return incompleteBeta(freedom / (freedom + x * x), freedom / 2, 0.5)
}

/// The chance that the range of `count` standard normal variables is at least `q`:
/// `scipy.stats.studentized_range.sf(q, count, inf)`.
///
/// By the trapezium rule, which converges fast for integrands that vanish at both ends; the
/// difference of powers is taken so that small chances keep their digits.
package func studentizedRangeTail(_ q: Double, count: Int) -> Double {
  precondition(count > 1)
  guard q > 0 else { return 1 }
  guard q.isFinite else { return 0 }
  let (k, step) = (Double(count), 1.0 / 32)
  let end = max(10, q / 2 + 10)
  var sum = 0.0
  for z in stride(from: -10, through: end, by: step) {
    let below = normalDistribution(z)
    guard below > 0 else { continue }
    let outside = normalDistribution(z - q) / below
    let missed = outside < 1 ? -expm1((k - 1) * log1p(-outside)) : 1
    sum += exp(-z * z / 2) * pow(below, k - 1) * missed
  }
  return min(1, k * sum * step / (2 * Double.pi).squareRoot())
}

/// The `q` whose ``studentizedRangeTail(_:count:)`` is `chance`.
package func studentizedRangeQuantile(chance: Double, count: Int) -> Double {
  precondition(0 < chance && chance < 1)
  var (low, high) = (0.0, 100.0)
  while high - low > 1e-12 * high {
    let middle = (low + high) / 2
    if middle == low || middle == high { break }
    if studentizedRangeTail(middle, count: count) > chance { low = middle } else { high = middle }
  }
  return (low + high) / 2
}

/// The chance that a standard normal variable is at most `z`.
package func normalDistribution(_ z: Double) -> Double { erfc(-z / 2.squareRoot()) / 2 }

// MARK: Incomplete functions

private func gammaSeries(_ a: Double, _ x: Double) -> Double {
  var (term, sum, n) = (1 / a, 1 / a, a)
  while abs(term) > 1e-17 * abs(sum) {
    n += 1
    term *= x / n
    sum += term
  }
  return sum
}

private func gammaFraction(_ a: Double, _ x: Double) -> Double {
  var b = x + 1 - a
  var fraction = LentzFraction(first: 1 / b, above: .infinity)
  for i in 1...10_000 {
    b += 2
    if fraction.multiply(numerator: -Double(i) * (Double(i) - a), denominator: b) { break }
  }
  return fraction.value
}

/// The regularised incomplete beta function: `scipy.special.betainc(a, b, x)`.
///
/// - Source: the continued fraction of Abramowitz & Stegun 26.5.8.
private func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  guard x > 0 else { return 0 }
  guard x < 1 else { return 1 }
  // The fraction converges fast on one side of the mean.
  return x < (a + 1) / (a + b + 2) ? betaFraction(x, a, b) : 1 - betaFraction(1 - x, b, a)
}

private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
  let logScale = a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)
  var fraction = LentzFraction(first: 1 / (1 - (a + b) * x / (a + 1)), above: 1)
  for i in 1...10_000 {
    let m = Double(i)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    _ = fraction.multiply(numerator: even, denominator: 1)
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    if fraction.multiply(numerator: odd, denominator: 1) { break }
  }
  return exp(logScale) * fraction.value / a
}

/// A continued fraction, term by term, by Lentz's method.
private struct LentzFraction {
  private(set) var value: Double
  private var c: Double
  private var d: Double

  /// - Parameters:
  ///   - first: The fraction as far as its first denominator.
  ///   - above: The ratio of the numerators so far; infinite where the first is a denominator alone.
  init(first: Double, above: Double) { (value, c, d) = (first, above, first) }

  /// - Returns: Whether further terms change nothing.
  mutating func multiply(numerator: Double, denominator: Double) -> Bool {
    let tiny = Double.leastNormalMagnitude
    let below = numerator * d + denominator
    let above = denominator + numerator / c
    d = 1 / (abs(below) < tiny ? tiny : below)
    c = abs(above) < tiny ? tiny : above
    value *= d * c
    return abs(d * c - 1) < 1e-16
  }
}
