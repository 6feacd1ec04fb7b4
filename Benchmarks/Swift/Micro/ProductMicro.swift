import Tensors

extension Micro {
  /// Linear layers of the UNet's transformers and of the image encoder, with weights packed before;
  /// plain: OpenBLAS.
  static var products: [Micro] {
    let shapes = [
      (8192, 320, 320), (8192, 320, 2560), (8192, 1280, 320), (2048, 640, 5120), (2048, 2560, 640),
      (512, 1280, 10240), (512, 5120, 1280), (257, 1024, 1024), (257, 1024, 4096),
      (257, 4096, 1024),
    ]
    return ProductPrecision.allCases.filter(\.isSupported).flatMap { precision in
      shapes.map { product($0, $1, $2, precision) }
    }
  }

  private static func product(
    _ rows: Int, _ input: Int, _ output: Int, _ precision: ProductPrecision
  ) -> Micro {
    let name = "product \(precision.rawValue) \(rows) x \(input) to \(output)"
    let operations = 2 * Double(rows) * Double(input * output)
    return Micro(name: name, amount: .operations(operations)) {
      let (x, weight, bias) = (random([rows, input]), random([output, input]), random([output]))
      let packed = PackedMatrix(weight, precision)
      return (
        { _ = x.linear(weight, bias, packed: packed) },
        {
          _ = Tensor([rows, output]) { y in
            fillRows(y, rows: rows, with: bias)
            MatrixProduct.parallel(
              rows, output, input, x.pointer, lda: input, weight.pointer, ldb: input,
              transposeB: true, beta: 1, y, ldc: output)
          }
        }
      )
    }
  }
}
