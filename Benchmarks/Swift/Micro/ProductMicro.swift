import Support
import Tensors

extension Micro {
  /// Linear layers of the UNet's transformers and of the image encoder, with weights packed before,
  /// and such products as they are, all orders; plain: OpenBLAS.
  static var products: [Micro] {
    let shapes = [
      (8192, 320, 320), (8192, 320, 2560), (8192, 1280, 320), (2048, 640, 5120), (2048, 2560, 640),
      (512, 1280, 10240), (512, 5120, 1280), (257, 1024, 1024), (257, 1024, 4096),
      (257, 4096, 1024),
    ]
    let packed = PackedMatrix.precisions.flatMap { precision in
      shapes.map { linear($0, $1, $2, precision) }
    }
    return packed + [
      product(2048, 640, 2560), product(2048, 640, 2560, transposeOther: true),
      product(640, 2560, 2048, transposeSelf: true), product(80, 80, 4096, transposeSelf: true),
      product(896, 112, 16384, transposeSelf: true), product(1792, 224, 4096, transposeSelf: true),
      product(4096, 80, 80), product(4096, 80, 80, transposeOther: true),
      product(32, 1280, 11520, transposeOther: true),
    ]
  }

  private static func linear(
    _ rows: Int, _ input: Int, _ output: Int, _ precision: ProductPrecision
  ) -> Micro {
    let name = "linear \(precision.rawValue) \(rows) x \(input) to \(output)"
    let operations = 2 * Double(rows) * Double(input * output)
    return Micro(name: name, amount: .operations(operations)) {
      let (x, weight, bias) = (random([rows, input]), random([output, input]), random([output]))
      let packed = PackedMatrix(weight, precision)
      return (
        { _ = x.linear(weight, bias, packed: packed) },
        {
          _ = Tensor([rows, output]) { y in
            fillRows(y, rows: rows, with: bias)
            byOpenBLAS(rows, output, input, x, false, weight, true, adds: true, y)
          }
        }
      )
    }
  }

  private static func product(
    _ m: Int, _ n: Int, _ k: Int, transposeSelf: Bool = false, transposeOther: Bool = false
  ) -> Micro {
    let orders = (transposeSelf ? "ᵀ" : "", transposeOther ? "ᵀ" : "")
    let name = "product \(m) x \(k)\(orders.0) by \(k) x \(n)\(orders.1)"
    return Micro(name: name, amount: .operations(2 * Double(m) * Double(n * k))) {
      let (a, b) = (
        random(transposeSelf ? [k, m] : [m, k]), random(transposeOther ? [n, k] : [k, n])
      )
      return (
        {
          _ = a.matrixProduct(b, transposeSelf: transposeSelf, transposeOther: transposeOther)
        },
        {
          _ = Tensor([m, n]) {
            byOpenBLAS(m, n, k, a, transposeSelf, b, transposeOther, adds: false, $0)
          }
        }
      )
    }
  }

  /// In two halves, of rows or of columns, for two threads.
  private static func byOpenBLAS(
    _ m: Int, _ n: Int, _ k: Int, _ a: Tensor, _ transposeA: Bool, _ b: Tensor, _ transposeB: Bool,
    adds: Bool, _ y: UnsafeMutablePointer<Float>
  ) {
    let (lda, ldb) = (a.shape[1], b.shape[1])
    parallelRanges(max(m, n), grain: (max(m, n) + 1) / 2) { range in
      let (row, column) = m >= n ? (range.lowerBound, 0) : (0, range.lowerBound)
      OpenBLAS.product(
        m >= n ? range.count : m, m >= n ? n : range.count, k,
        a.pointer + row * (transposeA ? 1 : lda), lda: lda, transposeA: transposeA,
        b.pointer + column * (transposeB ? ldb : 1), ldb: ldb, transposeB: transposeB, adds: adds,
        y + row * n + column, ldc: n)
    }
  }
}
