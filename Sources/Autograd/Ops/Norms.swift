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
