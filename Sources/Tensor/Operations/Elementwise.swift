import Support

extension Tensor {
  /// A new tensor of the same shape, written piece by piece: (the piece's start, its count, its own output).
  package func mapped(
    _ body: (Int, Int, UnsafeMutablePointer<Float>) -> Void
  ) -> Tensor {
    let count = count
    return Tensor(shape) { y in
      parallelRanges(count, grain: elementGrain) {
        body($0.lowerBound, $0.count, y + $0.lowerBound)
      }
    }
  }

  private func zipped(
    _ other: Tensor, _ name: String,
    _ kernel: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> Tensor {
    check(shape == other.shape, "\(name) of \(shape) and \(other.shape)")
    return mapped { i, n, y in kernel(pointer + i, other.pointer + i, y, n) }
  }

  public static func + (a: Tensor, b: Tensor) -> Tensor { a.zipped(b, "sum", kernels.add) }
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    a.zipped(b, "difference", kernels.subtract)
  }
  public static func * (a: Tensor, b: Tensor) -> Tensor { a.zipped(b, "product", kernels.multiply) }
  public static func * (a: Tensor, scale: Float) -> Tensor { a.affine(scale, 0) }
  public static func * (scale: Float, a: Tensor) -> Tensor { a.affine(scale, 0) }

  /// `scale · x + offset`
  public func affine(_ scale: Float, _ offset: Float) -> Tensor {
    mapped { i, n, y in kernels.affine(pointer + i, scale, offset, y, n) }
  }

  /// Adds `scale · other` in place.
  public mutating func add(_ other: Tensor, scaledBy scale: Float = 1) {
    check(shape == other.shape, "adding \(other.shape) to \(shape)")
    withUnsafeMutableBufferPointer { y in
      guard let base = y.baseAddress else { return }
      parallelRanges(y.count, grain: elementGrain) {
        kernels.addScaled(other.pointer + $0.lowerBound, scale, base + $0.lowerBound, $0.count)
      }
    }
  }

  /// `y ← y + x` in memory that is no tensor's, in parallel.
  package static func add(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    parallelRanges(count, grain: elementGrain) {
      kernels.addScaled(x + $0.lowerBound, 1, y + $0.lowerBound, $0.count)
    }
  }

  /// Copies memory, in parallel.
  package static func copy(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    parallelRanges(count, grain: movingGrain) {
      (y + $0.lowerBound).update(from: x + $0.lowerBound, count: $0.count)
    }
  }

  public func clamped(_ low: Float, _ high: Float) -> Tensor {
    mapped { i, n, y in kernels.clamp(pointer + i, low, high, y, n) }
  }

  /// −1, 0 or 1 for each element.
  package func signs() -> Tensor { mapped { i, n, y in kernels.signs(pointer + i, y, n) } }

  package func clampGradient(_ low: Float, _ high: Float, _ dy: Tensor) -> Tensor {
    mapped { i, n, dx in
      kernels.clampGradient(pointer + i, low, high, dy.pointer + i, dx, n)
    }
  }

  public func exponential() -> Tensor {
    mapped { i, n, y in kernels.exponential(pointer + i, y, n) }
  }
  public func sigmoid() -> Tensor { mapped { i, n, y in kernels.sigmoid(pointer + i, y, n) } }
  public func elu() -> Tensor { mapped { i, n, y in kernels.elu(pointer + i, y, n) } }
  public func silu() -> Tensor { mapped { i, n, y in kernels.silu(pointer + i, y, n) } }
  public func gelu() -> Tensor { mapped { i, n, y in kernels.gelu(pointer + i, y, n) } }
  public func quickGelu() -> Tensor {
    mapped { i, n, y in kernels.quickGelu(pointer + i, y, n) }
  }

  /// The gradient of ``elu()``, of which this is the output.
  package func eluGradient(_ dy: Tensor) -> Tensor {
    mapped { i, n, dx in kernels.eluGradient(pointer + i, dy.pointer + i, dx, n) }
  }
  package func siluGradient(_ dy: Tensor) -> Tensor {
    mapped { i, n, dx in kernels.siluGradient(pointer + i, dy.pointer + i, dx, n) }
  }
  package func geluGradient(_ dy: Tensor) -> Tensor {
    mapped { i, n, dx in kernels.geluGradient(pointer + i, dy.pointer + i, dx, n) }
  }
  package func quickGeluGradient(_ dy: Tensor) -> Tensor {
    mapped { i, n, dx in kernels.quickGeluGradient(pointer + i, dy.pointer + i, dx, n) }
  }

  /// `value · gelu(gate)`, where a row holds `[value, gate]`.
  ///
  /// - Shape: `[…, 2F]` → `[…, F]`.
  /// - Source: Shazeer, arXiv:2002.05202; diffusers, models/activations.py, GEGLU.
  public func geglu() -> Tensor {
    let half = shape[rank - 1] / 2
    check(shape[rank - 1] == 2 * half, "geglu of odd width \(shape)")
    return Tensor(shape.dropLast() + [half], rows: gegluRows)
  }

  /// Some rows of ``geglu()``.
  package func gegluRows(_ rows: Range<Int>, into y: UnsafeMutablePointer<Float>) {
    let half = shape[rank - 1] / 2
    kernels.geglu(pointer + rows.lowerBound * 2 * half, y, rows.count, half)
  }

  package func gegluGradient(_ dy: Tensor) -> Tensor {
    let half = shape[rank - 1] / 2
    return Tensor(shape) { dx in
      parallelRanges(count / max(2 * half, 1), grain: Self.rowGrain(2 * half)) {
        let start = $0.lowerBound
        kernels.gegluGradient(
          pointer + start * 2 * half, dy.pointer + start * half, dx + start * 2 * half, $0.count,
          half)
      }
    }
  }
}
