import Tensors
import TestSupport
import Testing

/// Linear maps, convolutions and attention by tiles, against fp32. Where this CPU has no AMX,
/// `PBE_CPU=emulated` runs them (`make test` does).
@Suite(.enabled(if: ProductPrecision.bf16.tilePieces != nil)) struct TiledOperationTests {
  /// Two pieces have 17 bits, one has 8.
  static let precisions = [(pieces: 1, tolerance: 1e-2), (pieces: 2, tolerance: 3e-5)]

  private static func tensor(_ shape: [Int], _ index: UInt64) -> Tensor {
    var random = RandomStream(seed: 8, purpose: "tiled operations", index: index)
    return Tensor(normal: shape, using: &random)
  }

  @Test(arguments: [[1, 5], [3, 40], [300, 70], [2, 3, 33]])
  func aLinearMapIsThatOfFP32UpToRounding(_ shape: [Int]) {
    let x = Self.tensor(shape, 1)
    let (weight, bias) = (Self.tensor([45, shape.last ?? 1], 2), Self.tensor([45], 3))
    let plus = Self.tensor(shape.dropLast() + [45], 4)
    let exact = x.linear(weight, bias) + plus
    for (pieces, tolerance) in Self.precisions {
      expectSameOnAnyThreads {
        BrainFloats(x, pieces: pieces).linear(
          TileWeight(weight, pieces: pieces), bias, plus: plus, shape: plus.shape)
      }
      let y = BrainFloats(x, pieces: pieces).linear(
        TileWeight(weight, pieces: pieces), bias, plus: plus, shape: plus.shape)
      expectClose(y, exact, tolerance, "\(shape), \(pieces) pieces")
    }
  }

  @Test func aTransposedWeightIsThatOfTheTransposedMatrix() {
    let weight = Self.tensor([40, 70], 5)
    let x = BrainFloats(Self.tensor([9, 40], 6), pieces: 1)
    let turned = x.linear(
      TileWeight(weight, pieces: 1, isTransposed: true), nil, shape: [9, 70])
    let plain = x.linear(TileWeight(weight.transposed([1, 0]), pieces: 1), nil, shape: [9, 70])
    #expect(turned == plain)
  }

  /// Rows of whole tiles, of overlapping ones, and shorter than one; every padding; kernels of one
  /// pixel; channels that fill no block.
  @Test(arguments: [
    TiledConvolution([2, 5, 32, 40], 33), TiledConvolution([1, 3, 21, 64], 8),
    TiledConvolution([2, 8, 8, 32], 40), TiledConvolution([2, 6, 34, 9], 16, stride: 2),
    TiledConvolution(
      [1, 9, 33, 32], 4, stride: 2, padding: Padding(top: 0, left: 0, bottom: 1, right: 1)),
    TiledConvolution([1, 4, 18, 32], 5, padding: Padding(0)),
    TiledConvolution([2, 4, 5, 40], 7, kernel: 1, padding: Padding(0)),
    TiledConvolution([1, 28, 28, 32], 6, kernel: 14, stride: 14, padding: Padding(0)),
  ])
  func aConvolutionIsThatOfFP32UpToRounding(_ test: TiledConvolution) {
    let x = Self.tensor(test.x, 7)
    let weight = Self.tensor([test.output, test.x[3], test.kernel, test.kernel], 8)
    let bias = Self.tensor([test.output], 9)
    let convolution = Convolution(
      x.shape, weight.shape, stride: test.stride, padding: test.padding)
    #expect(convolution.tilesPay)
    let shift = Self.tensor([test.x[0], 1, 1, test.output], 10)
    let plus = Self.tensor(convolution.outputShape, 11)
    let exact = convolution.forward(x, weight, bias).adding(shift) + plus
    for (pieces, tolerance) in Self.precisions {
      func tiled() -> Tensor {
        convolution.tiled(
          BrainFloats(x, pieces: pieces, isBordered: !convolution.isPointwise),
          TileWeight(of: weight, pieces: pieces), bias: bias,
          shift: shift.reshaped([test.x[0], test.output]), plus: plus)
      }
      expectClose(tiled(), exact, tolerance, "\(test), \(pieces) pieces")
      expectSameOnAnyThreads("\(test)") { tiled() }
    }
  }

  @Test(arguments: [[1, 5], [300, 70], [2, 3, 33]])
  func aWeightGradientIsThatOfFP32UpToRounding(_ shape: [Int]) {
    let (x, dy) = (Self.tensor(shape, 16), Self.tensor(shape.dropLast() + [45], 17))
    func tiled() -> Tensor {
      BrainFloats(dy, pieces: 1).weightGradient(BrainFloats(x, pieces: 1))
    }
    let exact = dy.reshaped([-1, 45]).matrixProduct(
      x.reshaped([-1, shape.last ?? 1]), transposeSelf: true)
    expectClose(tiled(), exact, 1e-2, "\(shape)")
    expectSameOnAnyThreads { tiled() }
  }

  /// Pictures shorter than a tile, of whole tiles and of overlapping ones.
  @Test(arguments: [[2, 5, 6, 40], [1, 4, 32, 33], [3, 3, 21, 7]], [1, 3])
  func gradientsOfAConvolutionAreThoseOfFP32UpToRounding(_ shape: [Int], kernel: Int) {
    let x = Self.tensor(shape, 18)
    let weight = Self.tensor([37, shape[3], kernel, kernel], 19)
    let convolution = Convolution(
      x.shape, weight.shape, stride: 1, padding: Padding(kernel / 2))
    #expect(convolution.tilesMakeGradients)
    let dy = Self.tensor(convolution.outputShape, 20)
    let isBordered = kernel > 1
    let (rows, slopes) = (
      BrainFloats(x, pieces: 1, isBordered: isBordered),
      BrainFloats(dy, pieces: 1, isBordered: isBordered)
    )
    func tiled() -> [Tensor] {
      [
        convolution.tiledInputGradient(weight, slopes),
        convolution.tiledWeightGradient(rows, slopes),
      ]
    }
    let gradients = tiled()
    expectClose(gradients[0], convolution.inputGradient(weight, dy), 1e-2, "\(shape) dx")
    expectClose(gradients[1], convolution.weightGradient(x, dy), 1e-2, "\(shape) dw")
    expectSameOnAnyThreads { tiled() }
  }

  /// Keys and queries that fill no block, and several rounds of both.
  @Test(arguments: [3, 67, 150], [5, 300])
  func attentionsGradientIsThatOfFP32UpToRounding(queries: Int, keys: Int) {
    let (q, k) = (Self.tensor([2, queries, 3 * 14], 21), Self.tensor([2, keys, 3 * 14], 22))
    let (v, dy) = (Self.tensor([2, keys, 3 * 9], 23), Self.tensor([2, queries, 3 * 9], 24))
    let attention = Attention(q, k, v, heads: 3)
    let brains = [q, k, v].map { BrainFloats($0, pieces: 1) }
    func tiled() -> [Tensor] {
      let (y, logTotals) = attention.tiledWithLogTotals(brains[0], brains[1], brains[2])
      let (dq, dk, dv) = attention.tiledGradient(
        brains[0], brains[1], brains[2], y, logTotals: logTotals, dy)
      return [dq, dk, dv]
    }
    let (y, logTotals) = attention.withLogTotals(q, k, v)
    let exact = attention.gradient(q, k, v, y, logTotals: logTotals, dy)
    for (found, expected) in zip(tiled(), [exact.dq, exact.dk, exact.dv]) {
      expectClose(found, expected, 2e-2, "\(queries) queries, \(keys) keys")
    }
    expectSameOnAnyThreads { tiled() }
  }

  @Test func attentionIsThatOfFP32UpToRounding() {
    let (q, k) = (Self.tensor([2, 67, 3 * 14], 12), Self.tensor([2, 300, 3 * 14], 13))
    let v = Self.tensor([2, 300, 3 * 9], 14)
    let attention = Attention(q, k, v, heads: 3)
    let brains = [q, k, v].map { BrainFloats($0, pieces: 1) }
    let y = attention.tiled(brains[0], brains[1], brains[2])
    expectClose(y, attention(q, k, v), 1e-2)
    expectSameOnAnyThreads { attention.tiled(brains[0], brains[1], brains[2]) }
    // Rounded is what rounding makes of it.
    let weight = TileWeight(Self.tensor([8, 3 * 9], 15), pieces: 1)
    let rounded = attention.tiledRounded(brains[0], brains[1], brains[2])
    #expect(
      rounded.linear(weight, nil, shape: [2, 67, 8])
        == BrainFloats(y, pieces: 1).linear(weight, nil, shape: [2, 67, 8]))
  }
}

/// A convolution to test.
struct TiledConvolution: Sendable, CustomTestStringConvertible {
  let x: [Int], output: Int, kernel: Int, stride: Int, padding: Padding

  init(_ x: [Int], _ output: Int, kernel: Int = 3, stride: Int = 1, padding: Padding = Padding(1)) {
    (self.x, self.output, self.kernel) = (x, output, kernel)
    (self.stride, self.padding) = (stride, padding)
  }

  var testDescription: String { "\(x) → \(output), \(kernel)², stride \(stride), \(padding)" }
}
