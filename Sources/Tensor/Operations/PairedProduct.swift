import Kernels
import Support

/// A factor of brain floats whose rows are paired, two to a row of words, as AVX-512's own instruction sums
/// them: `[⌈rows / 2⌉, columns]`.
struct PairedRows {
  let pairs: Int, columns: Int
  private let words: Storage

  /// - Shape: `[…, columns]`
  init(_ x: Tensor, _ kernels: BFloatKernels) {
    let columns = x.shape.last ?? 1
    let rows = x.count / max(columns, 1)
    (pairs, self.columns) = ((rows + 1) / 2, columns)
    words = Storage(count: pairs * columns)
    parallelRanges(pairs, grain: max(elementGrain / max(columns, 1), 1)) { [words] range in
      let first = 2 * range.lowerBound
      let target = UnsafeMutableRawPointer(words.pointer + range.lowerBound * columns)
        .assumingMemoryBound(to: UInt32.self)
      kernels.rowPairs(
        x.pointer + first * columns, min(2 * range.count, rows - first), columns, target)
    }
  }

  func pointer(pair: Int, column: Int) -> UnsafePointer<UInt32> {
    UnsafeRawPointer(words.pointer + pair * columns + column).assumingMemoryBound(to: UInt32.self)
  }
}

/// The products of a linear map's gradients, of brain floats, where the CPU has AVX-512's instruction for
/// them (Sources/Kernels/families/bfloat.c) and no tiles. Sums are fp32.
enum PairedProduct {
  private static let width = Int(PANEL_COLUMNS)

  /// Whether a linear map of that weight, `[O, I]`, and both its gradients are computed so.
  static func serves(_ weight: [Int], _ precision: ProductPrecision) -> Bool {
    precision == .bf16 && bfloatKernels != nil && weight.allSatisfy { $0 > 0 && $0 % 16 == 0 }
  }

  /// `a · b`
  ///
  /// - Shape: words `a [m, b.pairs]`; or, `isTransposed`, paired rows `[b.pairs, m]` → `[m, b.columns]`.
  static func product(
    _ a: UnsafePointer<UInt32>, rows m: Int, stride: Int, isTransposed: Bool, _ b: PairedRows,
    _ kernels: BFloatKernels, into c: UnsafeMutablePointer<Float>
  ) {
    let n = b.columns
    var freedom = ProductGrid.Freedom()
    if isTransposed { freedom.shallowest = 512 }
    let grid = ProductGrid(m, n, b.pairs, freedom)
    let parts = grid.depthPieces > 1 ? Storage(count: grid.depthPieces * m * n) : nil
    let depth = MatrixProduct.depth(b.pairs, transposeA: isTransposed)
    grid.forEachPiece { piece in
      let target = parts.map { $0.pointer + piece.part * m * n } ?? c
      for start in Swift.stride(from: piece.depth.lowerBound, to: piece.depth.upperBound, by: depth)
      {
        for column in Swift.stride(
          from: piece.columns.lowerBound, to: piece.columns.upperBound, by: width)
        {
          let row = piece.rows.lowerBound
          var product = BFloatPanelProduct(
            a: a + (isTransposed ? start * stride + row : row * stride + start), aStride: stride,
            isTransposed: isTransposed, rows: piece.rows.count,
            pairs: min(depth, piece.depth.upperBound - start),
            panel: b.pointer(pair: start, column: column), panelStride: n,
            columns: min(width, piece.columns.upperBound - column), start: nil,
            adds: start > piece.depth.lowerBound, y: target + row * n + column, yStride: n)
          kernels.panelProduct(&product)
        }
      }
    }
    if let parts { MatrixProduct.sum(parts.pointer, count: grid.depthPieces, m, n, c, ldc: n) }
  }
}

extension Tensor {
  /// The gradient of `x Wᵀ` with respect to `x`; this is that of its result.
  ///
  /// - Parameter precision: of the factors, where it is in effect.
  /// - Shape: `[rows, O]`, `weight [O, I]` → `[rows, I]`.
  package func linearInputGradient(_ weight: Tensor, _ precision: ProductPrecision) -> Tensor {
    guard PairedProduct.serves(weight.shape, precision), let bfloatKernels else {
      return matrixProduct(weight)
    }
    let (rows, outputs) = (shape[0], shape[1])
    let factor = PackedMatrix.pairs(pointer, count: count)
    return Tensor([rows, weight.shape[1]]) { result in
      factor.pointer.withMemoryRebound(to: UInt32.self, capacity: count / 2) {
        PairedProduct.product(
          $0, rows: rows, stride: outputs / 2, isTransposed: false,
          PairedRows(weight, bfloatKernels), bfloatKernels, into: result)
      }
    }
  }

  /// The gradient of `x Wᵀ` with respect to `W`; this is that of its result.
  ///
  /// - Parameter precision: of the factors, where it is in effect.
  /// - Shape: `[rows, O]`, `x [rows, I]` → `[O, I]`.
  package func linearWeightGradient(_ x: Tensor, _ precision: ProductPrecision) -> Tensor {
    guard PairedProduct.serves([shape[1], x.shape[1]], precision), let bfloatKernels else {
      return matrixProduct(x, transposeSelf: true)
    }
    let slope = PairedRows(self, bfloatKernels)
    return Tensor([shape[1], x.shape[1]]) { result in
      PairedProduct.product(
        slope.pointer(pair: 0, column: 0), rows: slope.columns, stride: slope.columns,
        isTransposed: true, PairedRows(x, bfloatKernels), bfloatKernels, into: result)
    }
  }
}
