import Support

/// Convolution as a matrix product: each output pixel's window becomes a row `[kh, kw, C]`.
extension Convolution {
  private var pixels: Int { batch * outputHeight * outputWidth }
  private var windowSize: Int { kernelHeight * kernelWidth * input }

  /// The convolution, for any geometry.
  func unfolded(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) -> Tensor {
    Tensor(outputShape) { y in
      if let bias { fillRows(y, rows: pixels, with: bias) }
      if !weightsOutweigh {
        let matrix = unfoldedWeight(weight)
        let factor = TurnedFactor(
          matrix.pointer, stride: windowSize, count: windowSize, columns: output)
        parallelRanges(pixels, grain: pixelsPerBlock) { block in
          let windows = unfold(x, block)
          MatrixProduct.block(
            block.count, 0..<output, windowSize, windows.pointer, lda: windowSize, factor,
            adds: bias != nil, y + block.lowerBound * output, ldc: output)
        }
      } else {  // the weights outweigh the picture: reorder and share out that
        let windows = inOrderOfWeights(unfold(x, 0..<pixels), pixels)
        MatrixProduct.parallel(
          pixels, output, windowSize, windows.pointer, lda: windowSize, weight.pointer,
          ldb: windowSize, transposeB: true, adds: bias != nil, y, ldc: output)
      }
    }
  }

  /// Whether there are fewer pixels than outputs: then windows are reordered, not weights.
  private var weightsOutweigh: Bool { pixels < output }

  /// Windows from `[kh, kw, C]` to `[C, kh, kw]`.
  private func inOrderOfWeights(_ windows: Storage, _ count: Int) -> Storage {
    reordered(windows, count, rows: kernelHeight * kernelWidth, columns: input)
  }

  /// Windows from `[C, kh, kw]` to `[kh, kw, C]`.
  private func inOrderOfPixels(_ windows: Storage, _ count: Int) -> Storage {
    reordered(windows, count, rows: input, columns: kernelHeight * kernelWidth)
  }

  private func reordered(_ windows: Storage, _ count: Int, rows: Int, columns: Int) -> Storage {
    let result = Storage(count: count * windowSize)
    transposeEach(count, rows: rows, columns: columns, windows.pointer, into: result.pointer)
    return result
  }

  /// The gradient with respect to the input, for any geometry: windows' gradients, added up.
  func unfoldedInputGradient(_ weight: Tensor, _ dy: Tensor) -> Tensor {
    weightsOutweigh
      ? inputGradientOfFewPixels(weight, dy) : inputGradientOfManyPixels(weight, dy)
  }

  private func inputGradientOfFewPixels(_ weight: Tensor, _ dy: Tensor) -> Tensor {
    let gradients = Storage(count: pixels * windowSize)
    MatrixProduct.parallel(
      pixels, windowSize, output, dy.pointer, lda: output, weight.pointer, ldb: windowSize,
      gradients.pointer, ldc: windowSize)
    let windows = inOrderOfPixels(gradients, pixels)
    let area = outputHeight * outputWidth
    return Tensor(inputShape) { dx in
      parallelFor(batch) { n in
        let size = height * width * input
        (dx + n * size).update(repeating: 0, count: size)
        fold(
          windows.pointer + n * area * windowSize, n * area..<(n + 1) * area, onto: dx, 0..<height)
      }
    }
  }

  /// Each piece makes all windows that reach its rows of the input: no two add to one pixel.
  private func inputGradientOfManyPixels(_ weight: Tensor, _ dy: Tensor) -> Tensor {
    let matrix = unfoldedWeight(weight)
    let rowsPerPiece = max((1 << 19) / max(outputWidth * windowSize, 1), 4) * stride
    let pieces = (height + rowsPerPiece - 1) / rowsPerPiece
    return Tensor(inputShape) { dx in
      parallelFor(batch * pieces) { i in
        let (picture, start) = (i / pieces, i % pieces * rowsPerPiece)
        let rows = start..<min(start + rowsPerPiece, height)
        (dx + (picture * height + start) * width * input)
          .update(repeating: 0, count: rows.count * width * input)
        let first = max((start + padding.top - kernelHeight + stride) / stride, 0)
        let last = min((rows.upperBound - 1 + padding.top) / stride, outputHeight - 1)
        guard first <= last else { return }
        let outputRow = picture * outputHeight + first
        let block = outputRow * outputWidth..<(outputRow + last - first + 1) * outputWidth
        let windows = Storage(count: block.count * windowSize)
        MatrixProduct.block(
          block.count, windowSize, output, dy.pointer + block.lowerBound * output, lda: output,
          matrix.pointer, ldb: windowSize, windows.pointer, ldc: windowSize)
        fold(windows.pointer, block, onto: dx, rows)
      }
    }
  }

  /// The gradient with respect to the weight, `[O, C, kh, kw]`.
  func unfoldedWeightGradient(_ x: Tensor, _ dy: Tensor) -> Tensor {
    weightsOutweigh ? weightGradientOfFewPixels(x, dy) : weightGradientOfManyPixels(x, dy)
  }

  private func weightGradientOfFewPixels(_ x: Tensor, _ dy: Tensor) -> Tensor {
    let windows = inOrderOfWeights(unfold(x, 0..<pixels), pixels)
    return Tensor([output, input, kernelHeight, kernelWidth]) { dw in
      MatrixProduct.parallel(
        output, windowSize, pixels, dy.pointer, lda: output, transposeA: true, windows.pointer,
        ldb: windowSize, dw, ldc: windowSize)
    }
  }

  private func weightGradientOfManyPixels(_ x: Tensor, _ dy: Tensor) -> Tensor {
    let matrix = Tensor(uninitialized: [output, kernelHeight * kernelWidth, input])
    let grain = max((1 << 20) / max(windowSize, 1), 512)
    for start in Swift.stride(from: 0, to: pixels, by: grain) {
      let block = start..<min(start + grain, pixels)
      let windows = unfold(x, block)
      MatrixProduct.parallel(
        output, windowSize, block.count, dy.pointer + start * output, lda: output,
        transposeA: true, windows.pointer, ldb: windowSize, adds: start > 0,
        matrix.storage.pointer, ldc: windowSize)
    }
    let area = kernelHeight * kernelWidth
    return Tensor([output, input, kernelHeight, kernelWidth]) { dw in
      transposeEach(output, rows: area, columns: input, matrix.pointer, into: dw)
    }
  }

  /// Output pixels a piece: enough to make up for reading the weights, in an even number of pieces.
  private var pixelsPerBlock: Int {
    let most = max((1 << 17) / max(windowSize, 1), 96)
    let blocks = ((pixels + most - 1) / most + 1) / 2 * 2
    return (pixels + blocks - 1) / blocks
  }

  /// `[O, C, kh, kw]` → `[O, kh, kw, C]`, the order in which windows are unfolded.
  private func unfoldedWeight(_ weight: Tensor) -> Tensor {
    Tensor([output, kernelHeight, kernelWidth, input]) { matrix in
      transposeEach(
        output, rows: input, columns: kernelHeight * kernelWidth, weight.pointer, into: matrix)
    }
  }

  /// The windows of some output pixels as rows; outside the picture they are zero.
  private func unfold(_ x: Tensor, _ block: Range<Int>) -> Storage {
    let windows = Storage(count: block.count * windowSize)
    let length = kernelWidth * input
    parallelRanges(block.count, grain: max(65_536 / max(windowSize, 1), 1)) { range in
      let pixels = block.lowerBound + range.lowerBound..<block.lowerBound + range.upperBound
      var to = windows.pointer + range.lowerBound * windowSize
      forEachWindowRow(pixels) { source, _, columns in
        let (before, inside) = (columns.lowerBound * input, columns.count * input)
        if let source, inside > 0 {
          if inside < length { to.update(repeating: 0, count: length) }
          (to + before).update(from: x.pointer + source * input, count: inside)
        } else {
          to.update(repeating: 0, count: length)
        }
        to += length
      }
    }
    return windows
  }

  /// The reverse of unfolding: adds windows to the pixels they came from, within `rows` only.
  private func fold(
    _ windows: UnsafePointer<Float>, _ block: Range<Int>, onto dx: UnsafeMutablePointer<Float>,
    _ rows: Range<Int>
  ) {
    var from = windows
    forEachWindowRow(block) { target, row, columns in
      if let target, rows.contains(row) {
        kernels.addScaled(
          from + columns.lowerBound * input, 1, dx + target * input, columns.count * input)
      }
      from += kernelWidth * input
    }
  }

  /// Visits each row of the windows of some output pixels: the first input pixel, counted from the
  /// first picture's first (nil outside), its row, and which kernel columns lie inside the picture.
  @inline(__always)
  private func forEachWindowRow(_ block: Range<Int>, _ body: (Int?, Int, Range<Int>) -> Void) {
    for pixel in block {
      let (picture, oy, ox) = (
        pixel / (outputHeight * outputWidth), pixel / outputWidth % outputHeight,
        pixel % outputWidth
      )
      let left = ox * stride - padding.left
      let first = min(max(0, -left), kernelWidth)
      let columns = first..<max(min(kernelWidth, width - left), first)
      for ky in 0..<kernelHeight {
        let row = oy * stride + ky - padding.top
        let inside = row >= 0 && row < height
        body(
          inside ? (picture * height + row) * width + left + first : nil, row, columns)
      }
    }
  }
}
