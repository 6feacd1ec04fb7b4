import Support

extension Tensor {
  /// Room for the statistics of ``layerNormRows(_:_:epsilon:_:_:into:)``, `[rows, 2]`.
  package func layerNormStatistics(_ gamma: Tensor, _ beta: Tensor) -> Tensor {
    let columns = shape.last ?? 1
    check(
      gamma.count == columns && beta.count == columns, "layer norm of \(shape), γ \(gamma.shape)")
    return Tensor(uninitialized: [count / max(columns, 1), 2])
  }

  /// Some rows of the layer norm over the last axis, then γ and β; their statistics, mean and 1/σ, are
  /// written beside.
  ///
  /// - Shape: `[…, C]` → same; `gamma [C]`, `beta [C]`.
  /// - Source: Ba et al., arXiv:1607.06450; torch.nn.functional.layer_norm.
  package func layerNormRows(
    _ gamma: Tensor, _ beta: Tensor, epsilon: Float, _ statistics: Tensor, _ rows: Range<Int>,
    into y: UnsafeMutablePointer<Float>
  ) {
    let columns = shape.last ?? 1
    kernels.layerNorm(
      pointer + rows.lowerBound * columns, gamma.pointer, beta.pointer, epsilon, y,
      statistics.storage.pointer + 2 * rows.lowerBound, rows.count, columns)
  }

  /// Gradients of the layer norm with respect to input, γ and β.
  package func layerNormGradient(
    _ gamma: Tensor, _ statistics: Tensor, _ dy: Tensor
  ) -> (dx: Tensor, dgamma: Tensor, dbeta: Tensor) {
    let columns = shape.last ?? 1
    let rows = count / max(columns, 1)
    let grain = max(Self.rowGrain(columns), (rows + 47) / 48)
    let pieces = max((rows + grain - 1) / grain, 1)
    let partial = Tensor(zeros: [pieces, 2 * columns])
    let dx = Tensor(shape) { dx in
      parallelRanges(rows, grain: grain) {
        let at = $0.lowerBound * columns
        let sums = partial.storage.pointer + $0.lowerBound / grain * 2 * columns
        kernels.layerNormGradient(
          pointer + at, gamma.pointer, statistics.pointer + 2 * $0.lowerBound, dy.pointer + at,
          dx + at, sums, $0.count, columns)
      }
    }
    let sums = partial.sumOfRows()
    let dgamma = Tensor([columns]) { $0.update(from: sums.pointer, count: columns) }
    let dbeta = Tensor([columns]) { $0.update(from: sums.pointer + columns, count: columns) }
    return (dx, dgamma, dbeta)
  }
}
