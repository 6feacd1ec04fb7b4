import Foundation
import Support
import Tensors

extension Variable {
  /// The sum of all elements.
  ///
  /// - Shape: any → `[]`.
  public func sum() -> Variable {
    let shape = shape
    return .record("sum", [self], Tensor(Float(value.sum()))) { dy in
      [Tensor(full: shape, dy.scalar)]
    }
  }

  /// The mean of all elements.
  public func mean() -> Variable { sum().scaled(by: 1 / Float(max(value.count, 1))) }

  /// A scalar whose value and gradient at this place were computed beforehand.
  ///
  /// - Shape: any → `[]`.
  /// - Parameters:
  ///   - value: of the scalar.
  ///   - gradient: as this variable's shape.
  public func scalar(_ value: Float, gradient: Tensor) -> Variable {
    check(gradient.shape == shape, "gradient \(gradient.shape) for a variable of shape \(shape)")
    return .record("scalar", [self], Tensor(value)) { dy in [gradient * dy.scalar] }
  }

  /// The mean over all elements of (self − target)².
  ///
  /// - Shape: same shapes → `[]`.
  public func meanSquaredError(_ target: Variable) -> Variable {
    let (x, t) = (value, target.value)
    let count = Float(max(x.count, 1))
    let loss = Tensor(Float(x.squaredDistance(to: t) / Double(count)))
    return .record("meanSquaredError", [self, target], loss) { dy in
      let dx = (x - t) * (2 / count * dy.scalar)
      return [dx, dx * -1]
    }
  }

  /// The mean over all elements of |self − target|; the gradient at 0 is 0.
  ///
  /// - Shape: same shapes → `[]`.
  public func meanAbsoluteError(_ target: Variable) -> Variable {
    let difference = value - target.value
    let count = Float(max(difference.count, 1))
    let loss = Tensor(Float(difference.sumOfMagnitudes() / Double(count)))
    return .record("meanAbsoluteError", [self, target], loss) { dy in
      let dx = difference.signs() * (dy.scalar / count)
      return [dx, dx * -1]
    }
  }

  /// The mean over all elements of √((self − target)² + width²) − width: squared near 0, absolute far from it.
  ///
  /// - Shape: same shapes → `[]`.
  /// - Source: Charbonnier et al., 1994; with a width of 0.001 the Huber loss of latent consistency models.
  public func meanHuberError(_ target: Variable, width: Float) -> Variable {
    let difference = value - target.value
    let count = max(difference.count, 1)
    let lengths = difference.mapped { start, count, y in
      for (i, x) in UnsafeBufferPointer(start: difference.pointer + start, count: count)
        .enumerated()
      {
        y[i] = (x * x + width * width).squareRoot()
      }
    }
    let loss = Tensor(Float(lengths.sum() / Double(count) - Double(width)))
    return .record("meanHuberError", [self, target], loss) { dy in
      let scale = dy.scalar / Float(count)
      let dx = difference.mapped { start, count, dx in
        for i in 0..<count {
          dx[i] = scale * difference.pointer[start + i] / lengths.pointer[start + i]
        }
      }
      return [dx, dx * -1]
    }
  }

  /// The mean over the rows that have a label of −log softmax(row)[label]; 0 where none has one.
  ///
  /// - Shape: `[N, K]` → `[]`.
  /// - Parameter labels: N columns, 0 ≤ label < K; nil for a row that does not count.
  /// - Source: torch.nn.functional.cross_entropy, nil as its `ignore_index`.
  public func crossEntropy(_ labels: [Int?]) -> Variable {
    let (rows, columns) = (value.shape[0], value.shape[1])
    check(labels.count == rows, "\(labels.count) labels for \(rows) rows")
    let labelled = zip(0..., labels).compactMap { row, label in label.map { (row, $0) } }
    let count = Double(max(labelled.count, 1))
    let logits = value.values
    let loss = labelled.reduce(0.0) { sum, place in
      let row = logits[place.0 * columns..<(place.0 + 1) * columns].map(Double.init)
      let largest = row.max() ?? 0
      return sum + log(row.reduce(0) { $0 + exp($1 - largest) }) + largest - row[place.1]
    }
    let probabilities = value.softmax().values
    return .record("crossEntropy", [self], Tensor(Float(loss / count))) { dy in
      let scale = dy.scalar / Float(count)
      var gradient = [Float](repeating: 0, count: rows * columns)
      for (row, label) in labelled {
        for column in 0..<columns {
          let i = row * columns + column
          gradient[i] = (probabilities[i] - (column == label ? 1 : 0)) * scale
        }
      }
      return [Tensor([rows, columns], gradient)]
    }
  }
}
