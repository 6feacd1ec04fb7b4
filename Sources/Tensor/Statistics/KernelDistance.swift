import Foundation
import Support

/// The kernel inception distance: the unbiased squared maximum mean discrepancy between two sets of
/// feature vectors under the kernel `(x·y / D + 1)³`.
///
/// Over all pairs. The usual implementations average the same estimate over random subsets (100 of
/// 1,000 vectors); over all subsets that average is this number, which needs no random draw. It may
/// be below zero, as an unbiased estimate of zero must.
///
/// - Source: Bińkowski et al. 2018, arXiv:1801.01401, §4; Gretton et al. 2012, eq. 3 (the estimate);
///   Arvesen 1969 (the jackknife of statistics of two samples).
public struct KernelDistance: Sendable, Equatable {
  public let value: Double
  /// By the jackknife over both sets; nil when one has fewer than three vectors.
  public let standardError: Double?

  /// - Shape: `x [N, D]`, `y [M, D]`; N and M at least 2.
  public init(_ x: Matrix, _ y: Matrix) {
    precondition(x.rows > 1 && y.rows > 1 && x.columns == y.columns)
    let own = [Side(x, other: y), Side(y, other: x)]
    value = own[0].within + own[1].within - 2 * own[0].across
    let variances = own.compactMap(\.jackknifeVariance)
    standardError = variances.count == 2 ? (variances[0] + variances[1]).squareRoot() : nil
  }

  /// What one of the two sets contributes.
  private struct Side {
    /// For each vector the sum of its kernel with all others of its set, and with the other set.
    let ownSums: [Double]
    let otherSums: [Double]
    let otherCount: Double

    init(_ x: Matrix, other: Matrix) {
      ownSums = kernelSums(x, x, leavingOutSame: true)
      otherSums = kernelSums(x, other, leavingOutSame: false)
      otherCount = Double(other.rows)
    }

    private var count: Double { Double(ownSums.count) }

    /// The mean kernel of two different vectors of the set.
    var within: Double { ownSums.reduce(0, +) / (count * (count - 1)) }

    /// The mean kernel of one vector of each set.
    var across: Double { otherSums.reduce(0, +) / (count * otherCount) }

    /// The variance of the distance as far as this set causes it.
    var jackknifeVariance: Double? {
      guard count > 2 else { return nil }
      let (own, other) = (ownSums.reduce(0, +), otherSums.reduce(0, +))
      let without = ownSums.indices.map { i in
        (own - 2 * ownSums[i]) / ((count - 1) * (count - 2))
          - 2 * (other - otherSums[i]) / ((count - 1) * otherCount)
      }
      let spread = without.deviation
      return spread * spread * (count - 1) * (count - 1) / count
    }
  }
}

/// For each row of `x` the sum of its kernel with all rows of `y`.
///
/// - Parameter leavingOutSame: Leaves out the row of `y` at the same place.
private func kernelSums(_ x: Matrix, _ y: Matrix, leavingOutSame: Bool) -> [Double] {
  let (tile, scale) = (256, 1 / Double(x.columns))
  let starts = Array(stride(from: 0, to: x.rows, by: tile))
  let columns = stride(from: 0, to: y.rows, by: tile).map { start in
    (start, y.rows(start..<min(start + tile, y.rows)))
  }
  let parts = parallelMap(starts.count) { index in
    let start = starts[index]
    let rows = x.rows(start..<min(start + tile, x.rows))
    var sums = [Double](repeating: 0, count: rows.rows)
    for (first, part) in columns {
      let products = rows.product(part, transposeOther: true)
      for i in sums.indices {
        for (j, product) in products.row(i).enumerated()
        where !(leavingOutSame && start + i == first + j) {
          let base = product * scale + 1
          sums[i] += base * base * base
        }
      }
    }
    return sums
  }
  return parts.flatMap { $0 }
}
