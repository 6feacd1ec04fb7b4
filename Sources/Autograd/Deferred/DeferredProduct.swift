import Tensors

/// A linear map or a convolution by tiles, with what is applied or added to it on the way out.
struct DeferredProduct: Deferred {
  /// The input's rows, bordered for a convolution of more than single pixels.
  private let rows: @Sendable () -> BrainFloats
  private let strips: @Sendable (_ isGated: Bool) -> TileWeight
  private let bias: Tensor?
  /// Nil for a linear map.
  private let convolution: Convolution?
  /// Whether a gradient needs the sums themselves, so that no activation may be applied to them.
  private let isRecorded: Bool
  private(set) var shape: [Int]
  private var activation = TileProduct.Activation.identity
  /// Added to every pixel of a picture, `[N, O]`.
  private var shift: Tensor?

  /// Of what nothing records; `convolution` nil for a linear map.
  init(
    _ x: Variable, _ weight: Variable, _ bias: Variable?, _ convolution: Convolution? = nil,
    pieces: Int
  ) {
    let isBordered = convolution.map { !$0.isPointwise } ?? false
    rows = { x.rounded(pieces: pieces, isBordered: isBordered) }
    strips = { weight.strips(pieces: pieces, isGated: $0) }
    self.bias = bias?.value
    self.convolution = convolution
    isRecorded = false
    shape = convolution?.outputShape ?? Array(x.shape.dropLast()) + [weight.shape[0]]
  }

  /// Of what is recorded: rows that are kept for the gradient, and a weight that will change.
  init(
    rows: BrainFloats, _ weight: Tensor, _ bias: Variable?, _ convolution: Convolution?,
    shape: [Int]
  ) {
    self.rows = { rows }
    strips = { _ in TileWeight(of: weight, pieces: 1) }
    self.bias = bias?.value
    self.convolution = convolution
    isRecorded = true
    self.shape = shape
  }

  /// The product with an activation; nil where something is applied or added already.
  func activated(_ activation: TileProduct.Activation) -> DeferredProduct? {
    guard convolution == nil, !isRecorded, self.activation == .identity else { return nil }
    var result = self
    result.activation = activation
    if activation == .geglu { result.shape[shape.count - 1] /= 2 }
    return result
  }

  /// The product with a row of channels added to each picture; nil where it is none.
  func shifted(by other: Variable) -> DeferredProduct? {
    guard convolution != nil, shift == nil, activation == .identity,
      other.shape == [shape[0], 1, 1, shape[3]]
    else { return nil }
    var result = self
    result.shift = other.value.reshaped([shape[0], shape[3]])
    return result
  }

  func tensor() -> Tensor { tensor(plus: nil) }

  /// The product, and what is added to it, of the same shape.
  func tensor(plus: Tensor?) -> Tensor {
    let (rows, strips) = (rows(), strips(activation == .geglu))
    guard let convolution else {
      return rows.linear(strips, bias, activation, plus: plus, shape: shape)
    }
    return convolution.tiled(rows, strips, bias: bias, shift: shift, plus: plus)
  }

  func rounded(pieces: Int, isBordered: Bool) -> BrainFloats {
    guard convolution == nil, !isBordered else {
      return BrainFloats(tensor(), pieces: pieces, isBordered: isBordered)
    }
    let (rows, strips) = (rows(), strips(activation == .geglu))
    return rows.linearRounded(strips, bias, activation, shape: shape, pieces: pieces)
  }
}

extension Variable {
  /// The product that this will be; nil where it is something else, or made already.
  var deferredProduct: DeferredProduct? { forms.deferred as? DeferredProduct }

  /// This with an activation, where both can be done at once.
  func activated(_ activation: TileProduct.Activation) -> Variable? {
    deferredProduct?.activated(activation).map { Variable(deferred: $0) }
  }

  /// The sum of a deferred product and another variable; nil where there is none.
  static func fusedSum(_ a: Variable, _ b: Variable) -> Forms? {
    if a.shape == b.shape {
      if let product = b.deferredProduct { return Forms(product.tensor(plus: a.value)) }
      if let product = a.deferredProduct { return Forms(product.tensor(plus: b.value)) }
    }
    return a.deferredProduct?.shifted(by: b).map { Forms($0) }
  }

  /// This weight as products by tiles want it.
  func strips(pieces: Int, isGated: Bool) -> TileWeight {
    parameter?.strips(pieces: pieces, isGated: isGated)
      ?? TileWeight(of: value, pieces: pieces, isGated: isGated)
  }
}
