import Tensors

extension Variable {
  /// SiLU, `x · σ(x)`.
  ///
  /// - Shape: any → same.
  /// - Source: Elfwing et al., arXiv:1702.03118.
  public func silu() -> Variable {
    let x = value
    return .record("silu", [self], x.silu()) { dy in [x.siluGradient(dy)] }
  }

  /// `1 / (1 + e⁻ˣ)`.
  public func sigmoid() -> Variable {
    let y = value.sigmoid()
    return .record("sigmoid", [self], y) { dy in
      let part = dy * y
      return [part - part * y]
    }
  }

  /// `max(x, 0)`; the gradient at 0 is 0.
  public func relu() -> Variable {
    let y = value.clamped(0, .infinity)
    return .record("relu", [self], y) { dy in [dy * y.signs()] }
  }

  /// x where it is positive, `slope · x` elsewhere; the gradient at 0 is that of the slope.
  ///
  /// - Source: Maas et al., 2013; torch.nn.LeakyReLU, whose slope is 0.01.
  public func leakyRelu(_ slope: Float) -> Variable {
    let x = value
    let positive = x.clamped(0, .infinity)
    let y = positive * (1 - slope) + x * slope
    return .record("leakyRelu", [self], y) { dy in
      [dy * positive.signs().affine(1 - slope, slope)]
    }
  }

  /// ELU: x where it is positive, eˣ − 1 elsewhere.
  ///
  /// - Source: Clevert et al., arXiv:1511.07289; torch.nn.ELU.
  public func elu() -> Variable {
    let y = value.elu()
    return .record("elu", [self], y) { dy in [y.eluGradient(dy)] }
  }

  /// GELU, `x · Φ(x)`, with the exact Φ.
  ///
  /// - Source: Hendrycks & Gimpel, arXiv:1606.08415.
  public func gelu() -> Variable {
    if let fused = activated(.gelu) { return fused }
    let x = value
    return .record("gelu", [self], .rows(x.rows { kernels.gelu($0, $1, $2) })) { dy in
      [x.geluGradient(dy)]
    }
  }

  /// `x · σ(1.702 x)`, the approximation that CLIP was trained with.
  public func quickGelu() -> Variable {
    if let fused = activated(.quickGelu) { return fused }
    let x = value
    return .record("quickGelu", [self], .rows(x.rows { kernels.quickGelu($0, $1, $2) })) { dy in
      [x.quickGeluGradient(dy)]
    }
  }

  /// `value · gelu(gate)` of rows `[value, gate]`.
  ///
  /// - Shape: `[…, 2F]` → `[…, F]`.
  /// - Source: Shazeer, arXiv:2002.05202; diffusers GEGLU.
  public func geglu() -> Variable {
    if let fused = activated(.geglu) { return fused }
    let x = value
    let half = shape.last.map { $0 / 2 } ?? 0
    let rows = DeferredRows(shape: shape.dropLast() + [half]) { x.gegluRows($0, into: $1) }
    return .record("geglu", [self], .rows(rows)) { dy in [x.gegluGradient(dy)] }
  }

  /// Softmax over the last axis.
  public func softmax() -> Variable {
    let y = value.softmax()
    return .record("softmax", [self], y) { dy in [y.softmaxGradient(dy)] }
  }
}

extension Tensor {
  /// Rows of what a kernel makes of each number.
  fileprivate func rows(
    _ kernel: @escaping @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> DeferredRows {
    let columns = shape.last ?? 1
    return DeferredRows(shape: shape) { rows, y in
      kernel(pointer + rows.lowerBound * columns, y, rows.count * columns)
    }
  }
}
