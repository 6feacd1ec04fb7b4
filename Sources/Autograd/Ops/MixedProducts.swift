import Tensors

/// Products of mixed precision: factors are rounded to brain floats, forward and back, and what the
/// gradient needs of the input is kept so, in half the memory. Sums are fp32.
///
/// - Source: Micikevicius et al., arXiv:1710.03740; torch.autocast with bfloat16.
extension Variable {
  /// A linear map, or a convolution.
  ///
  /// - Shape: as ``linear(_:_:)`` or ``conv2d(_:_:stride:padding:)``.
  func mixedProduct(
    _ name: String, _ weight: Variable, _ bias: Variable?, _ convolution: Convolution? = nil
  ) -> Variable {
    let (shape, w) = (shape, weight.value)
    let (needsX, needsW) = (needsGradient, weight.needsGradient)
    let needsBias = bias?.needsGradient
    let isBordered = convolution.map { !$0.isPointwise } ?? false
    let x = rounded(pieces: 1, isBordered: isBordered)
    let product = DeferredProduct(
      rows: x, w, bias, convolution,
      shape: convolution?.outputShape ?? shape.dropLast() + [w.shape[0]])
    let kept = needsW ? x : nil
    let inputs = [self, weight] + (bias.map { [$0] } ?? [])
    return .record(name, inputs, Forms(product)) { dy in
      let slope = BrainFloats(dy, pieces: 1, isBordered: isBordered)
      func inputGradient() -> Tensor {
        convolution?.tiledInputGradient(w, slope)
          ?? slope.linear(TileWeight(w, pieces: 1, isTransposed: true), nil, shape: shape)
      }
      func weightGradient(_ x: BrainFloats) -> Tensor {
        convolution?.tiledWeightGradient(x, slope) ?? slope.weightGradient(x)
      }
      return [needsX ? inputGradient() : nil, kept.map(weightGradient)]
        + (needsBias.map { [$0 ? dy.sumOfRows() : nil] } ?? [])
    }
  }

  /// - Shape: as ``attention(_:_:heads:)``.
  func mixedAttention(_ attention: Attention, _ key: Variable, _ values: Variable) -> Variable {
    let q = rounded(pieces: 1, isBordered: false)
    let k = key.rounded(pieces: 1, isBordered: false)
    let v = values.rounded(pieces: 1, isBordered: false)
    let (y, logTotals) = attention.tiledWithLogTotals(q, k, v)
    return .record("attention", [self, key, values], y) { dy in
      let (dq, dk, dv) = attention.tiledGradient(q, k, v, y, logTotals: logTotals, dy)
      return [dq, dk, dv]
    }
  }
}
