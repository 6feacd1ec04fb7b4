import Tensors

extension Variable {
  /// Group norm, with SiLU after it where `silu` is set (fewer passes, nothing more to save).
  ///
  /// - Shape: `[N, …, C]` → same; `gamma [C]`, `beta [C]`.
  /// - Source: Wu & He, arXiv:1803.08494.
  public func groupNorm(
    groups: Int, _ gamma: Variable, _ beta: Variable, epsilon: Float, silu: Bool = false
  ) -> Variable {
    let (x, g) = (value, gamma.value)
    let statistics = x.groupNormStatistics(groups: groups, g, beta.value, epsilon: epsilon)
    let rows = DeferredRows(shape: shape) { x.groupNormRows(statistics, silu: silu, $0, into: $1) }
    return .record("groupNorm", [self, gamma, beta], .rows(rows)) { dy in
      let (dx, dgamma, dbeta) = x.groupNormGradient(
        groups: groups, g, silu: silu, statistics, dy)
      return [dx, dgamma, dbeta]
    }
  }

  /// Layer norm over the last axis.
  ///
  /// - Shape: `[…, C]` → same; `gamma [C]`, `beta [C]`.
  /// - Source: Ba et al., arXiv:1607.06450.
  public func layerNorm(_ gamma: Variable, _ beta: Variable, epsilon: Float) -> Variable {
    let (x, g, b) = (value, gamma.value, beta.value)
    let statistics = x.layerNormStatistics(g, b)
    let rows = DeferredRows(shape: shape) {
      x.layerNormRows(g, b, epsilon: epsilon, statistics, $0, into: $1)
    }
    return .record("layerNorm", [self, gamma, beta], .rows(rows)) { dy in
      let (dx, dgamma, dbeta) = x.layerNormGradient(g, statistics, dy)
      return [dx, dgamma, dbeta]
    }
  }
}

extension Variable {
  /// Batch norm by the batch's own statistics, over all positions of all pictures.
  ///
  /// - Shape: `[N, …, C]` → same; `gamma [C]`, `beta [C]`; mean and variance `[C]`, the variance with
  ///   divisor n − 1, as running statistics keep it.
  /// - Source: Ioffe & Szegedy, arXiv:1502.03167; torch.nn.functional.batch_norm, `training=True`.
  public func batchNorm(
    _ gamma: Variable, _ beta: Variable, epsilon: Float
  ) -> (output: Variable, mean: Tensor, variance: Tensor) {
    let (x, g, shape) = (value.asOnePicture, gamma.value, shape)
    let (norm, mean, variance) = x.batchNormStatistics(g, beta.value, epsilon: epsilon)
    let y = Tensor(shape, rows: { x.groupNormRows(norm, silu: false, $0, into: $1) })
    let output = Variable.record("batchNorm", [self, gamma, beta], y) { dy in
      let (dx, dgamma, dbeta) = x.groupNormGradient(
        groups: g.count, g, silu: false, norm, dy.asOnePicture)
      return [dx.reshaped(shape), dgamma, dbeta]
    }
    return (output, mean, variance)
  }

  /// Batch norm by statistics that stay as they are.
  ///
  /// - Shape: as ``batchNorm(_:_:epsilon:)``; `mean [C]`, `variance [C]`.
  /// - Source: torch.nn.functional.batch_norm, `training=False`.
  public func batchNorm(
    _ gamma: Variable, _ beta: Variable, mean: Tensor, variance: Tensor, epsilon: Float
  ) -> Variable {
    let inverse = variance.values.map { 1 / (Double($0) + Double(epsilon)).squareRoot() }
    let shift = zip(mean.values, inverse).map { -Float(Double($0) * $1) }
    let scale = Tensor([inverse.count], inverse.map(Float.init))
    let normed = self * Variable(scale) + Variable(Tensor([shift.count], shift))
    return normed * gamma + beta
  }
}
