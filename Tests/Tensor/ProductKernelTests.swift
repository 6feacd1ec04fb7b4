import Foundation
import Kernels
import Tensors
import TestSupport
import Testing

/// Products by tiles of registers at each instruction set that this CPU has, against sums in double
/// precision.
@Suite struct ProductKernelTests {
  static let levels: [String] = ["v4", "v3", "baseline"].filter { (name: String) in
    kernelTableNamed(name) != nil
  }

  /// Rows that fill no tile, one, and several with a rest; columns of no, one and all vectors, and of
  /// some that are not whole.
  @Test(arguments: levels, [1, 5, 6, 27])
  func aPanelProductIsASumOfProductsAndWhatItStartsFrom(_ level: String, rows: Int) throws {
    let table = try #require(kernelTableNamed(level)).pointee
    let (count, stride, resultStride) = (37, 41, 70)
    for columns in [3, 16, 29, 32, 48, 64] {
      var random = RandomStream(seed: 1, purpose: "panel test", index: UInt64(rows))
      let a = random.normals(max(rows, count) * stride)
      let b = random.normals(count * columns)
      let start = random.normals(columns)
      let before = random.normals(rows * resultStride)
      let (factor, offset) = (KernelNumbers(a), KernelNumbers(start))
      let panel = KernelNumbers<Float>(repeating: 99, count: count * 64)
      table.panel(b, columns, 0, count, columns, panel.pointer)
      for (adds, isTransposed) in [(false, false), (true, false), (false, true), (true, true)] {
        let result = KernelNumbers(before)
        var product = PanelProduct(
          a: factor.pointer, aStride: stride, isTransposed: isTransposed, rows: rows,
          count: count, b: panel.pointer, bStride: panelWidth(columns), columns: columns,
          start: adds ? nil : offset.pointer, adds: adds, y: result.pointer,
          yStride: resultStride)
        table.panelProduct(&product)
        let y = result.values
        for r in 0..<rows {
          for c in 0..<resultStride {
            var sum = Double(before[r * resultStride + c])
            if c < columns {
              if !adds { sum = Double(start[c]) }
              for k in 0..<count {
                sum +=
                  Double(a[isTransposed ? k * stride + r : r * stride + k])
                  * Double(b[k * columns + c])
              }
            }
            #expect(abs(Double(y[r * resultStride + c]) - sum) < 1e-5)
          }
        }
      }
    }
  }

  /// Squares of 16 are exchanged in registers; nothing, one and two of them, with rests.
  @Test(arguments: levels, [5, 16, 37, 64])
  func aPanelOfATransposedFactorIsThatOfTheFactor(_ level: String, columns: Int) throws {
    let table = try #require(kernelTableNamed(level)).pointee
    let count = 41
    var random = RandomStream(seed: 1, purpose: "panel test", index: UInt64(columns))
    let b = random.normals(count * columns)
    let transposed = (0..<columns * count).map { b[$0 % count * columns + $0 / count] }
    let width = panelWidth(columns)
    var (panel, other) = ([Float](repeating: 99, count: count * width), [Float]())
    other = panel
    table.panel(b, columns, 0, count, columns, &panel)
    table.panel(transposed, count, 1, count, columns, &other)
    #expect(panel == other)
    for (i, value) in panel.enumerated() {
      #expect(value == (i % width < columns ? b[i / width * columns + i % width] : 0))
    }
  }

  /// Keys that fill no block, one, and several with a rest; queries likewise. The second score is
  /// what a trained network never has: so large that all other weights vanish.
  @Test(arguments: levels, [1, 96, 203])
  func attentionIsTheWeightedMeanOfTheValues(_ level: String, keys: Int) throws {
    let table = try #require(kernelTableNamed(level)).pointee
    let (queries, width, valueWidth) = (67, 13, 9)
    for scale: Float in [0.3, 200] {
      var random = RandomStream(seed: 2, purpose: "attention test", index: UInt64(keys))
      let (q, k) = (random.normals(queries * width), random.normals(keys * width))
      let v = random.normals(keys * valueWidth)
      let y = attend(table, q, k, v, queries, keys, width, valueWidth, scale)
      for r in 0..<queries {
        let scores = (0..<keys).map { j in
          (0..<width).reduce(0.0) { $0 + Double(q[r * width + $1]) * Double(k[j * width + $1]) }
            * Double(scale)
        }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let total = weights.reduce(0, +)
        for c in 0..<valueWidth {
          let mean = (0..<keys).reduce(0.0) { $0 + weights[$1] * Double(v[$1 * valueWidth + c]) }
          // Scores of some 2,000 have an error of 1e-4, and so have the weights.
          let tolerance = scale > 1 ? 2e-3 : 1e-5
          #expect(abs(Double(y[r * valueWidth + c]) - mean / total) < tolerance)
        }
      }
    }
  }

  private func attend(
    _ table: KernelTable, _ q: [Float], _ k: [Float], _ v: [Float], _ queries: Int, _ keys: Int,
    _ width: Int, _ valueWidth: Int, _ scale: Float
  ) -> [Float] {
    let (q, k, v) = (KernelNumbers(q), KernelNumbers(k), KernelNumbers(v))
    let y = KernelNumbers<Float>(repeating: 99, count: queries * valueWidth)
    let scratch = Storage(count: attentionScratch(width, valueWidth))
    for first in stride(from: 0, to: queries, by: Int(ATTENTION_QUERIES)) {
      var head = HeadAttention(
        q: q.pointer + first * width, queryStride: width,
        queries: min(Int(ATTENTION_QUERIES), queries - first), k: k.pointer, keyStride: width,
        v: v.pointer, valueStride: valueWidth, keys: keys, width: width, valueWidth: valueWidth,
        visible: keys, scale: scale, y: y.pointer + first * valueWidth, resultStride: valueWidth,
        logTotals: nil)
      table.attention(&head, scratch.pointer)
    }
    return y.values
  }
}

/// Products of matrices of any size and order, against sums in double precision.
@Suite struct MatrixProductTests {
  /// Rows of the second factor that are whole vectors, and not; one, two and more parts to sum; sums that
  /// are cut into pieces.
  @Test(
    arguments: [
      (1, 1, 1), (7, 70, 3), (200, 20, 330), (3, 400, 700), (450, 130, 65), (260, 144, 300),
      (60, 40, 4100), (450, 40, 3000),
    ])
  func aProductIsItsSums(m: Int, n: Int, k: Int) {
    var random = RandomStream(seed: 6, purpose: "product test", index: UInt64(m))
    let (a, b) = (Tensor(normal: [m, k], using: &random), Tensor(normal: [k, n], using: &random))
    let (aValues, bValues) = (a.values, b.values)
    let expected = (0..<m * n).map { i in
      Float(
        (0..<k).reduce(0.0) {
          $0 + Double(aValues[i / n * k + $1]) * Double(bValues[$1 * n + i % n])
        })
    }
    let (turnedA, turnedB) = (a.transposed([1, 0]), b.transposed([1, 0]))
    for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
      let product = (transposeA ? turnedA : a).matrixProduct(
        transposeB ? turnedB : b, transposeSelf: transposeA, transposeOther: transposeB)
      expectClose(product, Tensor([m, n], expected), 2e-6, "\(transposeA), \(transposeB)")
    }
  }

  @Test func resultsDoNotDependOnTheNumberOfThreads() {
    var random = RandomStream(seed: 7, purpose: "product test", index: 0)
    let a = Tensor(normal: [700, 96], using: &random)
    let b = Tensor(normal: [96, 80], using: &random)
    expectSameOnAnyThreads {
      a.matrixProduct(b)
    }
  }
}

@Suite struct PackedMatrixTests {
  /// Outputs that fill all panels, and that leave a narrower one.
  @Test(arguments: [1, 191, 200, 1000], [112, 128])
  func packedWeightsGiveTheSameLinearMap(rows: Int, outputs: Int) {
    var random = RandomStream(seed: 3, purpose: "packed test", index: 0)
    let x = Tensor(normal: [rows, 700], using: &random)
    let weight = Tensor(normal: [outputs, 700], using: &random)
    let bias = Tensor(normal: [outputs], using: &random)
    let product = x.matrixProduct(weight, transposeOther: true).values
    let offset = bias.values
    let expected = Tensor(
      [rows, outputs], product.indices.map { product[$0] + offset[$0 % outputs] })
    expectClose(x.linear(weight, bias, packed: PackedMatrix(weight)), expected, 2e-6, "\(rows)")
  }

  @Test func resultsDoNotDependOnTheNumberOfThreads() {
    var random = RandomStream(seed: 4, purpose: "packed test", index: 0)
    let x = Tensor(normal: [300, 96], using: &random)
    let weight = Tensor(normal: [192, 96], using: &random)
    expectSameOnAnyThreads {
      x.linear(weight, nil, packed: PackedMatrix(weight))
    }
  }

  /// The factors are rounded, the sums are not: as exact as fp32 on numbers that bf16 holds.
  @Test(.enabled(if: ProductPrecision.bf16.isSupported), arguments: [1, 13, 400], [112, 128])
  func brainFloatsAreSummedInFP32(rows: Int, outputs: Int) {
    var random = RandomStream(seed: 5, purpose: "packed test", index: 0)
    let x = Tensor(normal: [rows, 1400], using: &random)
    let weight = Tensor(normal: [outputs, 1400], using: &random)
    let expected = rounded(x).matrixProduct(rounded(weight), transposeOther: true)
    let found = x.linear(weight, nil, packed: PackedMatrix(weight, .bf16))
    expectClose(found, expected, 2e-6, "\(rows)")
  }

  /// The same of a linear map's gradients, with odd numbers of rows, and with sums that are cut.
  @Test(
    .enabled(if: ProductPrecision.bf16.isSupported), arguments: [1, 13, 400, 5001], [16, 112, 208])
  func gradientsOfBrainFloatsAreSummedInFP32(rows: Int, outputs: Int) {
    var random = RandomStream(seed: 6, purpose: "packed test", index: 0)
    let x = Tensor(normal: [rows, 80], using: &random)
    let weight = Tensor(normal: [outputs, 80], using: &random)
    let slope = Tensor(normal: [rows, outputs], using: &random)
    expectClose(
      slope.linearInputGradient(weight, .bf16), rounded(slope).matrixProduct(rounded(weight)), 2e-6,
      "input, \(rows)")
    expectClose(
      slope.linearWeightGradient(x, .bf16),
      rounded(slope).matrixProduct(rounded(x), transposeSelf: true), 2e-6, "weight, \(rows)")
    expectSameOnAnyThreads {
      [slope.linearInputGradient(weight, .bf16), slope.linearWeightGradient(x, .bf16)]
    }
  }

  /// To the nearest brain floats.
  private func rounded(_ tensor: Tensor) -> Tensor {
    Tensor(
      tensor.shape,
      tensor.values.map { value in
        Float(
          bitPattern: (value.bitPattern &+ 0x7FFF &+ (value.bitPattern >> 16 & 1)) & 0xFFFF_0000)
      })
  }
}
