import Kernels
import Tensors
import TestSupport
import Testing

/// Every algorithm against a naive convolution in double precision.
@Suite struct ConvolutionTests {
  @Test(arguments: ConvolutionCase.all)
  func everyAlgorithmComputesTheConvolutionAndBothGradients(_ test: ConvolutionCase) {
    let (x, weight, bias, dy) = test.operands()
    let expected = NaiveConvolution(test, x, weight, bias, dy)
    for algorithm in test.algorithms {
      let convolution = Convolution(
        x.shape, weight.shape, stride: test.stride, padding: test.padding, algorithm: algorithm)
      #expect(convolution.algorithm == algorithm)
      let name = "\(algorithm)"
      expectClose(convolution.forward(x, weight, bias), expected.y, 5e-5, "\(name) y")
      expectClose(convolution.inputGradient(weight, dy), expected.dx, 5e-5, "\(name) dx")
      expectClose(convolution.weightGradient(x, dy), expected.dw, 5e-5, "\(name) dw")
    }
  }

  @Test(arguments: ConvolutionCase.all)
  func resultsDoNotDependOnTheNumberOfThreads(_ test: ConvolutionCase) {
    let (x, weight, bias, dy) = test.operands()
    for algorithm in test.algorithms {
      let convolution = Convolution(
        x.shape, weight.shape, stride: test.stride, padding: test.padding, algorithm: algorithm)
      expectSameOnAnyThreads("\(algorithm)") {
        [
          convolution.forward(x, weight, bias), convolution.inputGradient(weight, dy),
          convolution.weightGradient(x, dy),
        ]
      }
    }
  }

  @Test func theFastestAlgorithmIsChosenByShape() {
    func algorithm(_ x: [Int], _ weight: [Int], stride: Int = 1, padding: Int) -> String {
      "\(Convolution(x, weight, stride: stride, padding: Padding(padding)).algorithm)"
    }
    #expect(algorithm([2, 64, 64, 320], [320, 320, 3, 3], padding: 1) == "winograd")
    #expect(algorithm([2, 8, 8, 1280], [1280, 1280, 3, 3], padding: 1) == "winograd")
    #expect(algorithm([2, 64, 64, 320], [320, 320, 1, 1], padding: 0) == "pointwise")
    #expect(algorithm([2, 64, 64, 320], [320, 320, 3, 3], stride: 2, padding: 1) == "unfolded")
    #expect(algorithm([1, 4, 4, 1280], [1280, 1280, 3, 3], padding: 1) == "unfolded")
    #expect(algorithm([1, 512, 512, 3], [128, 3, 3, 3], padding: 1) == "unfolded")
  }

  /// fp32 error of one long sum: the interpolation points keep it near that of direct convolution.
  @Test func winogradLosesLessThanOneDigitMoreThanUnfolding() {
    let test = ConvolutionCase([1, 12, 12, 256], 32, padding: Padding(1))
    let (x, weight, bias, dy) = test.operands()
    let expected = NaiveConvolution(test, x, weight, bias, dy)
    func error(_ algorithm: Convolution.Algorithm) -> Double {
      let convolution = Convolution(
        x.shape, weight.shape, stride: 1, padding: Padding(1), algorithm: algorithm)
      return Deviation(convolution.forward(x, weight, bias), from: expected.y).error
    }
    #expect(error(.winograd) < 10 * error(.unfolded))
    #expect(error(.winograd) < 1e-5)
  }
}

/// Convolutions whose factors are brain floats in Winograd's domain.
@Suite(.enabled(if: ProductPrecision.bf16.isSupported)) struct RoundedConvolutionTests {
  static let cases = ConvolutionCase.all.filter { $0.algorithms.contains(.winograd) }

  /// The transforms enlarge what rounding leaves (2⁻⁹ of a factor).
  @Test(arguments: cases)
  func itIsTheConvolutionUpToTheRoundingOfItsFactors(_ test: ConvolutionCase) {
    let (x, weight, bias, _) = test.operands()
    let convolution = Convolution(
      x.shape, weight.shape, stride: 1, padding: test.padding, algorithm: .winograd)
    let exact = convolution.forward(x, weight, bias)
    let rounded = convolution.forward(x, weight, bias, .bf16)
    expectClose(rounded, exact, 3e-2, "\(test)")
    #expect(rounded != exact)
  }

  /// The transforms' numbers are those of fp32, rounded: neighbours share a word, or rows do.
  @Test func transformsAreThoseOfFP32Rounded() throws {
    let table = try #require(kernelTableNamed("v4")).pointee
    let rounded = try #require(kernelBFloats()).pointee
    let (rows, channels) = (37, 43)  // blocks of 16 × 16 and rests; an odd number of rows
    let width = 48
    var random = RandomStream(seed: 1, purpose: "rounded winograd test", index: 0)
    let (x, w) = (
      KernelNumbers(random.normals(36 * channels)), random.normals(9 * rows * channels)
    )
    var v = [Float](repeating: 0, count: 36 * width)
    var vWords = [UInt32](repeating: 99, count: 36 * width / 2)
    var window = WinogradWindow(
      corner: x.pointer, rowStride: 6 * channels, pixelStride: channels, channels: channels,
      top: 1, bottom: 6, left: 0, right: 5)
    table.winogradInput(&window, &v, width)
    rounded.winogradInput(&window, &vWords, width / 2)
    #expect(vWords == neighbours(v))

    let (plane, pairs) = (rows * width, (rows + 1) / 2)
    for flip: Int32 in [0, 1] {
      let (rowStride, stride) = flip == 1 ? (9 * channels, 9) : (9, 9 * rows)
      var u = [Float](repeating: 0, count: 36 * plane)
      var uWords = [UInt32](repeating: 99, count: 36 * pairs * width)
      table.winogradWeight(w, rowStride, stride, rows, channels, flip, &u, plane)
      rounded.winogradWeight(w, rowStride, stride, rows, channels, flip, &uWords, pairs * width)
      for k in 0..<36 {
        for pair in 0..<pairs {
          let isWhole = 2 * pair + 1 < rows
          let first = k * plane + 2 * pair * width
          for c in 0..<width {
            let high = isWhole ? Self.bits(u[first + width + c]) : 0
            let found = uWords[(k * pairs + pair) * width + c]
            let word = isWhole ? found : found & 0x7FFF_FFFF  // −0 is as good
            #expect(word == Self.bits(u[first + c]) | high << 16)
          }
        }
      }
    }
  }

  private func neighbours(_ x: [Float]) -> [UInt32] {
    stride(from: 0, to: x.count, by: 2).map { Self.bits(x[$0]) | Self.bits(x[$0 + 1]) << 16 }
  }

  /// Rounded to nearest, ties to even.
  private static func bits(_ value: Float) -> UInt32 {
    (value.bitPattern &+ 0x7FFF &+ (value.bitPattern >> 16 & 1)) >> 16
  }

  @Test func resultsDoNotDependOnTheNumberOfThreads() {
    for test in Self.cases {
      let (x, weight, bias, _) = test.operands()
      let convolution = Convolution(
        x.shape, weight.shape, stride: 1, padding: test.padding, algorithm: .winograd)
      expectSameOnAnyThreads("\(test)") {
        convolution.forward(x, weight, bias, .bf16)
      }
    }
  }
}

/// One geometry to test.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
  let x: [Int], output: Int, kernel: (height: Int, width: Int), stride: Int, padding: Padding

  init(
    _ x: [Int], _ output: Int, kernel: (Int, Int) = (3, 3), stride: Int = 1, padding: Padding
  ) {
    (self.x, self.output, self.kernel) = (x, output, kernel)
    (self.stride, self.padding) = (stride, padding)
  }

  static let all = [
    // Winograd by blocks of tiles; the last has more than one block.
    ConvolutionCase([1, 4, 4, 1], 1, padding: Padding(1)),
    ConvolutionCase([2, 9, 11, 20], 18, padding: Padding(1)),
    ConvolutionCase([1, 13, 6, 16], 5, padding: Padding(0)),
    ConvolutionCase([3, 7, 5, 3], 17, padding: Padding(2)),
    ConvolutionCase([2, 8, 10, 33], 8, padding: Padding(top: 0, left: 1, bottom: 2, right: 1)),
    ConvolutionCase([1, 66, 63, 16], 19, padding: Padding(1)),
    // Winograd by slices of output channels; the first has more than one, also of inputs.
    ConvolutionCase([1, 10, 12, 150], 70, padding: Padding(1)),
    ConvolutionCase([2, 5, 3, 40], 48, padding: Padding(2)),
    // By slices and halves of the inputs, or of the tiles.
    ConvolutionCase([3, 15, 16, 170], 104, padding: Padding(1)),
    ConvolutionCase([6, 15, 16, 10], 200, padding: Padding(1)),
    // So many channels that a tile's are transformed in several runs: of inputs, and of outputs.
    ConvolutionCase([1, 8, 8, 530], 20, padding: Padding(1)),
    ConvolutionCase([1, 48, 52, 5], 300, padding: Padding(1)),
    // Unfolding: strides, other kernels, uneven padding; many pieces, or fewer pixels than outputs.
    ConvolutionCase([2, 9, 11, 20], 18, stride: 2, padding: Padding(1)),
    ConvolutionCase(
      [2, 8, 8, 7], 9, stride: 2, padding: Padding(top: 0, left: 0, bottom: 1, right: 1)),
    ConvolutionCase([2, 13, 12, 3], 24, kernel: (4, 4), stride: 4, padding: Padding(0)),
    ConvolutionCase(
      [1, 9, 8, 6], 7, kernel: (5, 2), padding: Padding(top: 2, left: 1, bottom: 2, right: 0)),
    ConvolutionCase(
      [1, 5, 9, 6], 7, kernel: (1, 7), padding: Padding(top: 0, left: 3, bottom: 0, right: 3)),
    ConvolutionCase(
      [2, 9, 4, 6], 7, kernel: (7, 1), padding: Padding(top: 3, left: 0, bottom: 3, right: 0)),
    ConvolutionCase([1, 7, 7, 5], 6, kernel: (1, 1), stride: 2, padding: Padding(1)),
    ConvolutionCase([1, 24, 24, 240], 8, stride: 1, padding: Padding(1)),
    ConvolutionCase([1, 46, 45, 230], 4, stride: 2, padding: Padding(1)),
    ConvolutionCase([1, 4, 4, 24], 200, stride: 2, padding: Padding(1)),
    ConvolutionCase([2, 6, 5, 18], 22, kernel: (1, 1), padding: Padding(0)),
  ]

  var algorithms: [Convolution.Algorithm] {
    let isWinograd = kernel == (3, 3) && stride == 1
    let isPointwise = kernel == (1, 1) && stride == 1
    return [.unfolded] + (isWinograd ? [.winograd] : []) + (isPointwise ? [.pointwise] : [])
  }

  func operands() -> (x: Tensor, weight: Tensor, bias: Tensor, dy: Tensor) {
    let weight = [output, x[3], kernel.height, kernel.width]
    let shape = Convolution(x, weight, stride: stride, padding: padding).outputShape
    var random = RandomStream(seed: 1, purpose: "convolution test", index: 0)
    return (
      Tensor(normal: x, using: &random), Tensor(normal: weight, using: &random),
      Tensor(normal: [output], using: &random), Tensor(normal: shape, using: &random)
    )
  }

  var testDescription: String {
    "\(x) → \(output), \(kernel.height)×\(kernel.width), stride \(stride), "
      + "padding \(padding.top) \(padding.left) \(padding.bottom) \(padding.right)"
  }
}

/// The definition, summed in double precision.
private struct NaiveConvolution {
  let y: Tensor, dx: Tensor, dw: Tensor

  init(
    _ test: ConvolutionCase, _ x: Tensor, _ weight: Tensor, _ bias: Tensor, _ dy: Tensor
  ) {
    let (height, width, input) = (x.shape[1], x.shape[2], x.shape[3])
    let (rows, columns, output) = (dy.shape[1], dy.shape[2], dy.shape[3])
    let (kh, kw) = (weight.shape[2], weight.shape[3])
    let (xs, ws, gs) = (x.values, weight.values, dy.values)
    var y = (0..<dy.count).map { Double(bias.values[$0 % output]) }
    var dx = [Double](repeating: 0, count: x.count)
    var dw = [Double](repeating: 0, count: weight.count)
    for n in 0..<x.shape[0] {
      for oy in 0..<rows {
        for ox in 0..<columns {
          for ky in 0..<kh {
            let iy = oy * test.stride + ky - test.padding.top
            guard 0..<height ~= iy else { continue }
            for kx in 0..<kw {
              let ix = ox * test.stride + kx - test.padding.left
              guard 0..<width ~= ix else { continue }
              let to = ((n * rows + oy) * columns + ox) * output
              let from = ((n * height + iy) * width + ix) * input
              for o in 0..<output {
                for c in 0..<input {
                  let w = ((o * input + c) * kh + ky) * kw + kx
                  y[to + o] += Double(xs[from + c]) * Double(ws[w])
                  dx[from + c] += Double(gs[to + o]) * Double(ws[w])
                  dw[w] += Double(gs[to + o]) * Double(xs[from + c])
                }
              }
            }
          }
        }
      }
    }
    self.y = Tensor(dy.shape, y.map(Float.init))
    self.dx = Tensor(x.shape, dx.map(Float.init))
    self.dw = Tensor(weight.shape, dw.map(Float.init))
  }
}
