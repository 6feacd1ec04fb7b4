import Foundation
import Support
import Tensors

extension Variable {
  /// CLIP's loss: of every row the cross-entropy of finding its like among the other side's rows by
  /// the cosine of their angle, and the same the other way round; their mean.
  ///
  /// Rows of one group mean the same: each is as good an answer as the other, so what is asked for is
  /// an even share for all of them, not one of them at the others' cost.
  ///
  /// - Shape: `[N, D]`, `other [N, D]`, `logScale []` → `[]`.
  /// - Parameters:
  ///   - other: row i belongs to row i here.
  ///   - logScale: the logarithm of what cosines are multiplied with, the temperature's inverse.
  ///   - groups: N numbers; rows with the same one mean the same.
  /// - Source: Radford et al., arXiv:2103.00020, figure 3; shared captions as in UniCL, Yang et al.,
  ///   arXiv:2204.03610, equations 1 to 3.
  public func contrast(_ other: Variable, logScale: Variable, groups: [Int]) -> Variable {
    let (rows, columns) = (value.shape[0], other.value.shape[0])
    check(rows == columns && groups.count == rows, "contrast of \(rows), \(columns) and \(groups)")
    let (a, b) = (UnitRows(value), UnitRows(other.value))
    let scale = Foundation.exp(logScale.value.scalar)
    let logits = a.unit.matrixProduct(b.unit, transposeOther: true) * scale
    let targets = Tensor(sharesOf: groups)
    let sides = [logits, logits.transposed([1, 0])]
    let loss = sides.reduce(0.0) { $0 + $1.crossEntropy(with: targets) } / Double(2 * rows)
    return .record("contrast", [self, other, logScale], Tensor(Float(loss))) { dy in
      let share = dy.scalar / Float(2 * rows)
      let errors = sides.map { ($0.softmax() - targets) * share }
      let dLogits = errors[0] + errors[1].transposed([1, 0])
      let dCosines = dLogits * scale
      return [
        a.gradient(dCosines.matrixProduct(b.unit)),
        b.gradient(dCosines.transposed([1, 0]).matrixProduct(a.unit)),
        Tensor(Float(dLogits.dot(logits))),
      ]
    }
  }
}

/// The rows of a matrix, each of length 1.
private struct UnitRows {
  let unit: Tensor
  private let lengths: [Float]

  /// - Shape: `[N, D]`.
  init(_ matrix: Tensor) {
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    let values = matrix.values
    lengths = (0..<rows).map { row in
      let squares = values[row * columns..<(row + 1) * columns].reduce(0.0) {
        $0 + Double($1) * Double($1)
      }
      return max(Float(squares.squareRoot()), 1e-12)
    }
    let lengths = lengths
    unit = Tensor([rows, columns], values.indices.map { values[$0] / lengths[$0 / columns] })
  }

  /// The gradient before the division by the lengths, which has no part along the rows.
  func gradient(_ dUnit: Tensor) -> Tensor {
    let (rows, columns) = (unit.shape[0], unit.shape[1])
    let (u, d) = (unit.values, dUnit.values)
    var across = [Float](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      let range = row * columns..<(row + 1) * columns
      let along = range.reduce(Float(0)) { $0 + u[$1] * d[$1] }
      for i in range { across[i] = (d[i] - u[i] * along) / lengths[row] }
    }
    return Tensor([rows, columns], across)
  }
}

extension Tensor {
  /// For each row the columns of its group in equal shares.
  ///
  /// - Shape: → `[N, N]`; symmetric, its rows add up to 1.
  fileprivate init(sharesOf groups: [Int]) {
    let sizes = Dictionary(groups.map { ($0, 1) }, uniquingKeysWith: +)
    self.init(
      [groups.count, groups.count],
      groups.flatMap { a in groups.map { $0 == a ? 1 / Float(sizes[a] ?? 1) : 0 } })
  }

  /// The sum over the rows of −Σ target · log softmax.
  ///
  /// - Shape: `[N, K]`, `targets [N, K]`.
  fileprivate func crossEntropy(with targets: Tensor) -> Double {
    let columns = shape[1]
    let (logits, targets) = (values, targets.values)
    return (0..<shape[0]).reduce(0.0) { sum, row in
      let range = row * columns..<(row + 1) * columns
      let largest = Double(logits[range].max() ?? 0)
      let total = log(range.reduce(0.0) { $0 + exp(Double(logits[$1]) - largest) }) + largest
      return sum + range.reduce(0.0) { $0 + Double(targets[$1]) * (total - Double(logits[$1])) }
    }
  }
}
