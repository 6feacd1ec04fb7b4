import Tensors

extension Variable {
  /// Affine map of the last axis, `x Wᵀ + b`.
  ///
  /// - Shape: `x […, I]`, `weight [O, I]`, `bias [O]` → `[…, O]`.
  public func linear(_ weight: Variable, _ bias: Variable?) -> Variable {
    if let pieces = Variable.deferredPieces {
      return Variable(deferred: DeferredProduct(self, weight, bias, pieces: pieces))
    }
    if Variable.recordsRounded { return mixedProduct("linear", weight, bias) }
    let (x, w) = (value, weight.value)
    let (needsX, needsW) = (needsGradient, weight.needsGradient)
    let needsBias = bias?.needsGradient
    let inputs = [self, weight] + (bias.map { [$0] } ?? [])
    let precision = Variable.trainedPrecision
    let y = x.linear(w, bias?.value, packed: weight.packed, precision)
    return .record("linear", inputs, y) { dy in
      let rows = dy.reshaped([-1, w.shape[0]])
      let dx = needsX ? rows.linearInputGradient(w, precision).reshaped(x.shape) : nil
      let dw =
        needsW ? rows.linearWeightGradient(x.reshaped([-1, w.shape[1]]), precision) : nil
      return [dx, dw] + (needsBias.map { [$0 ? rows.sumOfRows() : nil] } ?? [])
    }
  }

  /// Product of matrices, or of batches of matrices.
  ///
  /// - Shape: `[…, M, K] × […, K, N]` → `[…, M, N]`; with `transposeOther`, the second is `[…, N, K]`.
  public func matrixProduct(_ other: Variable, transposeOther: Bool = false) -> Variable {
    let (a, b) = (value, other.value)
    let y = a.matrixProduct(b, transposeOther: transposeOther)
    return .record("matrixProduct", [self, other], y) { dy in
      [
        dy.matrixProduct(b, transposeOther: !transposeOther),
        transposeOther
          ? dy.matrixProduct(a, transposeSelf: true) : a.matrixProduct(dy, transposeSelf: true),
      ]
    }
  }

  /// 2-d convolution.
  ///
  /// - Shape: `x [N, H, W, C]`, `weight [O, C, kh, kw]`, `bias [O]` → `[N, H′, W′, O]`.
  /// - Source: torch.nn.functional.conv2d.
  public func conv2d(
    _ weight: Variable, _ bias: Variable?, stride: Int = 1, padding: Padding = Padding(0)
  ) -> Variable {
    let convolution = Convolution(shape, weight.shape, stride: stride, padding: padding)
    if let pieces = Variable.deferredPieces, convolution.tilesPay {
      return Variable(
        deferred: DeferredProduct(self, weight, bias, convolution, pieces: pieces))
    }
    if Variable.recordsRounded, convolution.tilesPay, convolution.tilesMakeGradients {
      return mixedProduct("conv2d", weight, bias, convolution)
    }
    let (x, w) = (value, weight.value)
    let (needsX, needsW) = (needsGradient, weight.needsGradient)
    let needsBias = bias?.needsGradient
    let inputs = [self, weight] + (bias.map { [$0] } ?? [])
    let isLinear = convolution.algorithm == .pointwise
    let packed = isLinear ? weight.packed : nil
    let precision = Variable.trainedPrecision
    let y = convolution.forward(
      x, w, bias?.value, packed: packed, isLinear ? precision : Variable.precisionInEffect)
    return .record("conv2d", inputs, y) { dy in
      let dx = needsX ? convolution.inputGradient(w, dy, precision) : nil
      let dw = needsW ? convolution.weightGradient(x, dy, precision) : nil
      return [dx, dw] + (needsBias.map { [$0 ? dy.sumOfRows() : nil] } ?? [])
    }
  }

  /// 2-d convolution turned around: what a convolution's gradient does to its output.
  ///
  /// - Shape: `x [N, H, W, C]`, `weight [C, O, kh, kw]`, `bias [O]` → `[N, H′, W′, O]` with
  ///   `H′ = (H − 1)·stride − 2·padding + kh`.
  /// - Source: torch.nn.functional.conv_transpose2d.
  public func transposedConv2d(
    _ weight: Variable, _ bias: Variable?, stride: Int, padding: Int
  ) -> Variable {
    let (x, w) = (value, weight.value)
    func size(_ axis: Int) -> Int {
      (x.shape[axis] - 1) * stride - 2 * padding + w.shape[axis + 1]
    }
    let output = [x.shape[0], size(1), size(2), w.shape[1]]
    let convolution = Convolution(output, w.shape, stride: stride, padding: Padding(padding))
    let (needsX, needsW) = (needsGradient, weight.needsGradient)
    let inputs = [self, weight] + (bias.map { [$0] } ?? [])
    let product = convolution.inputGradient(w, x)
    let y = bias.map { product.adding($0.value) } ?? product
    let needsBias = bias?.needsGradient
    return .record("transposedConv2d", inputs, y) { dy in
      let dx = needsX ? convolution.forward(dy, w, nil) : nil
      let dw = needsW ? convolution.weightGradient(dy, x) : nil
      return [dx, dw] + (needsBias.map { [$0 ? dy.sumOfRows() : nil] } ?? [])
    }
  }

  /// Multi-head attention, `softmax(q kᵀ / √d) v`; this variable is `q`. With `isCausal`, each query
  /// sees the keys up to its own place.
  ///
  /// - Shape: `q [N, Q, heads·d]`, `key [N, K, heads·d]`, `value [N, K, heads·e]` → `[N, Q, heads·e]`.
  /// - Source: Vaswani et al., arXiv:1706.03762, eq. 1.
  public func attention(
    _ key: Variable, _ values: Variable, heads: Int, isCausal: Bool = false
  ) -> Variable {
    let attention = Attention(shape, key.shape, values.shape, heads: heads, isCausal: isCausal)
    if Variable.deferredPieces == 1, !isCausal {
      return Variable(
        deferred: DeferredAttention(q: self, k: key, v: values, attention: attention))
    }
    if Variable.recordsRounded, !isCausal { return mixedAttention(attention, key, values) }
    let (q, k, v) = (value, key.value, values.value)
    let precision = Variable.isTraining ? Variable.trainedPrecision : Variable.productPrecision
    guard Variable.isRecording else { return Variable(attention(q, k, v, precision)) }
    let (y, logTotals) = attention.withLogTotals(q, k, v, precision)
    return .record("attention", [self, key, values], y) { dy in
      let (dq, dk, dv) = attention.gradient(q, k, v, y, logTotals: logTotals, dy)
      return [dq, dk, dv]
    }
  }
}
