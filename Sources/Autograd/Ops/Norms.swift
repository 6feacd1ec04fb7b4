import Tensors

extension Variable {
  /// Group norm, with SiLU after it where `silu` is set (fewer passes, nothing more to save).
  ///
  /// - Shape: `[N, …, C]` → same; `gamma [C]`, `beta [C]`.
  /// - Source: Wu & He, arXiv:1803.08494.
  public func groupNorm(
    groups: Int, _ gamma: Variable, _ beta: Variable, epsilon: Float, silu: Bool = false
  ) -> Variable {
    if Variable.deferredPieces != nil {
      return Variable(
        deferred: DeferredRows(shape: shape) {
          self.value.groupNormRows(
            groups: groups, gamma.value, beta.value, epsilon: epsilon, silu: silu)
        })
    }
    let (x, g) = (value, gamma.value)
    let (y, statistics) = x.groupNorm(
      groups: groups, g, beta.value, epsilon: epsilon, silu: silu)
    return .record("groupNorm", [self, gamma, beta], y) { dy in
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
    if Variable.deferredPieces != nil {
      return Variable(
        deferred: DeferredRows(shape: shape) {
          self.value.layerNormRows(gamma.value, beta.value, epsilon: epsilon)
        })
    }
    let (x, g) = (value, gamma.value)
    let (y, statistics) = x.layerNorm(g, beta.value, epsilon: epsilon)
    return .record("layerNorm", [self, gamma, beta], y) { dy in
      let (dx, dgamma, dbeta) = x.layerNormGradient(g, statistics, dy)
      return [dx, dgamma, dbeta]
    }
  }
}
