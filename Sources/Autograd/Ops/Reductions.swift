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
}
