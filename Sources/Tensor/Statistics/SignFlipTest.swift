import Foundation

/// The sign-flip (paired permutation) test: how often differences whose signs are drawn by fair
/// coins have a mean at least as far from zero.
///
/// Exact, over all 2ᴺ signs, for up to 16 differences that are not zero; else of 10,000 draws by
/// seed 0, counting the observed one, so that the p-value is never 0. Two-sided.
///
/// - Source: Fisher 1935, §21; equals `scipy.stats.permutation_test` with `permutation_type=
///   "samples"` (exact), and estimates the same otherwise.
package enum SignFlipTest {
  private static let exactLimit = 16
  private static let draws = 10_000

  /// - Parameter differences: Finite; zeros change nothing.
  /// - Returns: 1 when there is no difference at all.
  package static func pValue(_ differences: [Double]) -> Double {
    let sizes = differences.filter { $0 != 0 }
    guard !sizes.isEmpty else { return 1 }
    // Sums that differ by rounding count as equal.
    let slack = 1e-12 * sizes.reduce(0) { $0 + abs($1) }
    let threshold = abs(sizes.reduce(0, +)) - slack
    return sizes.count <= exactLimit ? exact(sizes, threshold) : drawn(sizes, threshold)
  }

  private static func exact(_ sizes: [Double], _ threshold: Double) -> Double {
    let all = 1 << sizes.count
    let extreme = (0..<all).count { signs in
      var sum = 0.0
      for (i, size) in sizes.enumerated() { sum += signs >> i & 1 == 0 ? size : -size }
      return abs(sum) >= threshold
    }
    return Double(extreme) / Double(all)
  }

  private static func drawn(_ sizes: [Double], _ threshold: Double) -> Double {
    var random = RandomStream(seed: 0, purpose: "sign flips")
    let extreme = (0..<draws).count { _ in
      var (sum, signs) = (0.0, UInt32(0))
      for (i, size) in sizes.enumerated() {
        if i % 32 == 0 { signs = random.nextWord() }
        sum += signs & 1 == 0 ? size : -size
        signs >>= 1
      }
      return abs(sum) >= threshold
    }
    return Double(extreme + 1) / Double(draws + 1)
  }

  /// How the p-value of so many differences is found.
  package static func name(_ differences: [Double]) -> String {
    differences.count { $0 != 0 } <= exactLimit
      ? "sign-flip test of the mean, exact, two-sided"
      : "sign-flip test of the mean, \(draws) draws, seed 0, two-sided"
  }
}
