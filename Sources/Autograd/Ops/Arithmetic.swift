import Tensors

extension Variable {
  /// - Shape: same, or `b` broadcast as by `Tensor.adding(_:)`: → shape of `a`.
  public static func + (a: Variable, b: Variable) -> Variable {
    let shape = b.shape
    return .record("add", [a, b], fusedSum(a, b) ?? Forms(a.value.adding(b.value))) { dy in
      [dy, dy.summed(to: shape)]
    }
  }

  public static func - (a: Variable, b: Variable) -> Variable {
    a + b.scaled(by: -1)
  }

  /// - Shape: same, or `b` broadcast: → shape of `a`.
  public static func * (a: Variable, b: Variable) -> Variable {
    let (x, y) = (a.value, b.value)
    return .record("multiply", [a, b], x.multiplying(y)) { dy in
      [dy.multiplying(y), (dy * x).summed(to: y.shape)]
    }
  }

  /// `scale · x + offset`
  public func scaled(by scale: Float, plus offset: Float = 0) -> Variable {
    .record("scale", [self], value.affine(scale, offset)) { dy in [dy * scale] }
  }

  public func squared() -> Variable {
    let x = value
    return .record("square", [self], x * x) { dy in [(dy * x) * 2] }
  }

  public func exponential() -> Variable {
    let y = value.exponential()
    return .record("exponential", [self], y) { dy in [dy * y] }
  }

  /// Values outside [low, high] are replaced by the nearer bound; no gradient flows through those.
  public func clamped(_ low: Float, _ high: Float) -> Variable {
    let x = value
    return .record("clamp", [self], x.clamped(low, high)) { dy in [x.clampGradient(low, high, dy)] }
  }
}
