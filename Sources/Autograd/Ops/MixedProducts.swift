import Tensors

/// Products of mixed precision: factors are rounded to brain floats, forward and back, and what the
/// gradient needs of the input is kept so, in half the memory. Sums are fp32.
///
/// - Source: Micikevicius et al., arXiv:1710.03740; torch.autocast with bfloat16.
extension Variable {
  /// Whether what is recorded now rounds the factors of its products.
  static var recordsRounded: Bool { isRecording && roundsRecorded }

  /// - Shape: as ``linear(_:_:)``.
  func mixedLinear(_ weight: Variable, _ bias: Variable?) -> Variable {
    let (shape, w) = (shape, weight.value)
    let (needsX, needsW) = (needsGradient, weight.needsGradient)
    let hasBias = bias != nil
    let x = rounded(pieces: 1, isBordered: false)
    let y = x.linear(
      TileWeight(w, pieces: 1), bias?.value, shape: shape.dropLast() + [w.shape[0]])
    let kept = needsW ? x : nil
    return .record("linear", [self, weight] + (bias.map { [$0] } ?? []), y) { dy in
      let slope = BrainFloats(dy, pieces: 1)
      let dx =
        needsX
        ? slope.linear(TileWeight(w, pieces: 1, isTransposed: true), nil, shape: shape) : nil
      return [dx, kept.map { slope.weightGradient($0) }]
        + (hasBias ? [dy.reshaped([-1, w.shape[0]]).sumOfRows()] : [])
    }
  }

  /// - Shape: as ``conv2d(_:_:stride:padding:)``.
  func mixedConvolution(
    _ convolution: Convolution, _ weight: Variable, _ bias: Variable?
  ) -> Variable {
    let w = weight.value
    let (needsX, needsW) = (needsGradient, weight.needsGradient)
    let hasBias = bias != nil
    let isBordered = !convolution.isPointwise
    let x = rounded(pieces: 1, isBordered: isBordered)
    let y = convolution.tiled(x, TileWeight(of: w, pieces: 1), bias: bias?.value)
    let kept = needsW ? x : nil
    return .record("conv2d", [self, weight] + (bias.map { [$0] } ?? []), y) { dy in
      let slope = BrainFloats(dy, pieces: 1, isBordered: isBordered)
      let dx = needsX ? convolution.tiledInputGradient(w, slope) : nil
      return [dx, kept.map { convolution.tiledWeightGradient($0, slope) }]
        + (hasBias ? [dy.sumOfRows()] : [])
    }
  }
}
