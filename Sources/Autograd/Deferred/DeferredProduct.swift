import Tensors

/// A linear map or a convolution by tiles, with what is applied or added to it on the way out.
struct DeferredProduct: Deferred {
  let x: Variable
  let weight: Variable
  let bias: Tensor?
  /// Nil for a linear map.
  let convolution: Convolution?
  let pieces: Int
  private(set) var shape: [Int]
  private var activation = TileProduct.Activation.identity
  /// Added to every pixel of a picture, `[N, O]`.
  private var shift: Tensor?

  init(_ x: Variable, _ weight: Variable, _ bias: Variable?, pieces: Int) {
    (self.x, self.weight, self.bias, self.pieces) = (x, weight, bias?.value, pieces)
    convolution = nil
    shape = Array(x.shape.dropLast()) + [weight.shape[0]]
  }

  init(
    _ x: Variable, _ weight: Variable, _ bias: Variable?, _ convolution: Convolution, pieces: Int
  ) {
    (self.x, self.weight, self.bias, self.pieces) = (x, weight, bias?.value, pieces)
    self.convolution = convolution
    shape = convolution.outputShape
  }

  /// The product with an activation; nil where something is applied or added already.
  func activated(_ activation: TileProduct.Activation) -> DeferredProduct? {
    guard convolution == nil, self.activation == .identity else { return nil }
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
    let strips = weight.strips(pieces: pieces, isGated: activation == .geglu)
    guard let convolution else {
      return x.rounded(pieces: pieces, isBordered: false)
        .linear(strips, bias, activation, plus: plus, shape: shape)
    }
    let rounded = x.rounded(pieces: pieces, isBordered: !convolution.isPointwise)
    return convolution.tiled(rounded, strips, bias: bias, shift: shift, plus: plus)
  }

  func rounded(pieces: Int, isBordered: Bool) -> BrainFloats {
    guard convolution == nil, !isBordered else {
      return BrainFloats(tensor(), pieces: pieces, isBordered: isBordered)
    }
    let strips = weight.strips(pieces: self.pieces, isGated: activation == .geglu)
    return x.rounded(pieces: self.pieces, isBordered: false)
      .linearRounded(strips, bias, activation, shape: shape, pieces: pieces)
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
  static func fusedSum(_ a: Variable, _ b: Variable) -> Variable? {
    if a.shape == b.shape {
      if let product = b.deferredProduct { return Variable(product.tensor(plus: a.value)) }
      if let product = a.deferredProduct { return Variable(product.tensor(plus: b.value)) }
    }
    return a.deferredProduct?.shifted(by: b).map { Variable(deferred: $0) }
  }

  /// This weight as products by tiles want it.
  func strips(pieces: Int, isGated: Bool) -> TileWeight {
    parameter?.strips(pieces: pieces, isGated: isGated)
      ?? TileWeight(of: value, pieces: pieces, isGated: isGated)
  }
}
