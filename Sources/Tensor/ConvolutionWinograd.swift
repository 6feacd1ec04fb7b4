/// Winograd's convolution F(4×4, 3×3): for 3×3 kernels and stride 1, a quarter of the products.
///
/// Input windows and weights are transformed to 36 matrices each, these are multiplied pairwise,
/// and the products transformed back (Sources/Kernels/families/winograd.c has the mathematics).
/// Either the tiles are cut into blocks, or, where weights outweigh the picture, the output channels
/// into slices whose weights are transformed on the way and never stored.
///
/// - Source: Lavin & Gray, arXiv:1509.09308.
extension Convolution {
  /// Whether it is faster than unfolding. It is not with hardly any tiles (then most of the work is
  /// to transform the weights), with mostly empty ones, or next to no channels.
  var winogradPays: Bool {
    tiles >= 4 && batch * outputHeight * outputWidth >= 6 * tiles && input >= 4
  }

  private var tileRows: Int { (outputHeight + 3) / 4 }
  private var tileColumns: Int { (outputWidth + 3) / 4 }
  private var tiles: Int { batch * tileRows * tileColumns }
  private var hasManyTiles: Bool { 2 * tiles >= output }

  /// The convolution.
  func winograd(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) -> Tensor {
    winograd(x, weight, bias, flipped: false)
  }

  /// The gradient with respect to the input: the convolution that carries `dy` back.
  func winogradInputGradient(_ weight: Tensor, _ dy: Tensor) -> Tensor {
    let back = Convolution(
      outputShape, [input, output, 3, 3], stride: 1,
      padding: Padding(
        top: 2 - padding.top, left: 2 - padding.left, bottom: 2 - padding.bottom,
        right: 2 - padding.right))
    return back.winograd(dy, weight, nil, flipped: true)
  }

  /// `flipped`: the weight is `[C, O, 3, 3]`, its kernels are to be turned by 180°.
  private func winograd(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, flipped: Bool
  ) -> Tensor {
    Tensor(outputShape) { y in
      if hasManyTiles {
        let u = transformed(weight, flipped, 0..<input, 0..<output)
        parallelRanges(tiles, grain: tilesPerBlock) { block in
          let m = WinogradMatrices(rows: block.count, columns: output)
          m.setProduct(transformed(x, block), u)
          write(m, block, 0..<output, bias, into: y)
        }
      } else {
        let v = transformed(x, 0..<tiles)
        parallelRanges(output, grain: slice(most: 80)) { slice in
          let m = WinogradMatrices(rows: tiles, columns: slice.count)
          for start in Swift.stride(from: 0, to: input, by: inputsPerSum) {
            let inputs = start..<min(start + inputsPerSum, input)
            m.setProduct(
              v, from: start, transformed(weight, flipped, inputs, slice),
              beta: start == 0 ? 0 : 1)
          }
          write(m, 0..<tiles, slice, bias, into: y)
        }
      }
    }
  }

  /// The gradient with respect to the weight `[O, C, 3, 3]`: the exact adjoint,
  /// `dW = Gᵀ dU G` with `dU = Σ (A dY Aᵀ)ᵀ (Bᵀ d B)` over the tiles.
  func winogradWeightGradient(_ x: Tensor, _ dy: Tensor) -> Tensor {
    Tensor([output, input, 3, 3]) { dw in
      if hasManyTiles {
        let du = WinogradMatrices(rows: output, columns: input)
        for start in Swift.stride(from: 0, to: tiles, by: Self.tilesPerSum) {
          let block = start..<min(start + Self.tilesPerSum, tiles)
          let (v, m) = (transformed(x, block), transformedGradient(dy, block, 0..<output))
          du.setProduct(m, v, transposeA: true, beta: start == 0 ? 0 : 1)
        }
        writeWeightGradient(du, 0..<output, dw)
      } else {
        let v = transformed(x, 0..<tiles)
        parallelRanges(output, grain: slice(most: min(max(tiles, 16), 80))) { slice in
          let du = WinogradMatrices(rows: slice.count, columns: input)
          du.setProduct(transformedGradient(dy, 0..<tiles, slice), v, transposeA: true)
          writeWeightGradient(du, slice, dw)
        }
      }
    }
  }

  // MARK: Blocks

  /// Up to this product of their sizes OpenBLAS multiplies matrices as they are (with AVX-512);
  /// larger ones it packs, which pays in large blocks only.
  private static let unpacked = 1_000_000

  /// Tiles that stay in the second-level cache (1 MB) while they are multiplied, or enough to make
  /// up for packing the weights; an even number of blocks, for two threads.
  private var tilesPerBlock: Int {
    let cached = (1 << 18) / (36 * (input + output))
    let most = cached >= 8 && cached * input * output <= Self.unpacked ? cached : 256
    let blocks = ((tiles + most - 1) / most + 1) / 2 * 2
    return max((tiles + blocks - 1) / blocks, min(8, tiles))
  }

  /// Tiles that a sum of outer products takes in at once.
  private static let tilesPerSum = 64

  /// Output channels a slice: at most so many, in an even number of slices.
  private func slice(most: Int) -> Int {
    let slices = ((output + most - 1) / most + 1) / 2 * 2
    return (output / slices + 7) / 8 * 8
  }

  /// Input channels whose weights are transformed at once: a slice of them fits the cache.
  private var inputsPerSum: Int {
    let sums = (input + 95) / 96
    return Self.wholeBlocks((input + sums - 1) / sums)
  }

  /// Input channels whose weights the kernel transforms best together.
  private static let inputsPerBlock = 16

  private static func wholeBlocks(_ inputs: Int) -> Int {
    (inputs + inputsPerBlock - 1) / inputsPerBlock * inputsPerBlock
  }

  // MARK: Transforms

  /// `Bᵀ d B`, as 36 matrices `[tiles, C]`.
  private func transformed(_ x: Tensor, _ block: Range<Int>) -> WinogradMatrices {
    let v = WinogradMatrices(rows: block.count, columns: input)
    forEachTile(block) { row, picture, oy, ox in
      let (top, left) = (oy - padding.top, ox - padding.left)
      // The corner may lie outside the picture; the kernel reads only what is inside.
      kernels.winogradInput(
        x.pointer + ((picture * height + top) * width + left) * input, width * input, input, input,
        max(0, -top), min(6, height - top), max(0, -left), min(6, width - left),
        v.pointer + row * input, v.stride)
    }
    return v
  }

  /// `G g Gᵀ` of some output channels, as 36 matrices `[C, outputs]`.
  private func transformed(
    _ weight: Tensor, _ flipped: Bool, _ inputs: Range<Int>, _ outputs: Range<Int>
  ) -> WinogradMatrices {
    let u = WinogradMatrices(rows: inputs.count, columns: outputs.count)
    let (inputStride, outputStride) = flipped ? (9 * output, 9) : (9, 9 * input)
    let first = inputs.lowerBound * inputStride + outputs.lowerBound * outputStride
    let blocks = Self.wholeBlocks(inputs.count) / Self.inputsPerBlock
    let grain = max(8192 / (Self.inputsPerBlock * outputs.count), 1)
    parallelRanges(blocks, grain: grain) { blocks in
      let start = blocks.lowerBound * Self.inputsPerBlock
      let end = min(blocks.upperBound * Self.inputsPerBlock, inputs.count)
      kernels.winogradWeight(
        weight.pointer + first + start * inputStride, inputStride, outputStride, end - start,
        outputs.count, flipped ? 1 : 0, u.pointer + start * outputs.count, u.stride)
    }
    return u
  }

  /// Writes the outputs, `Aᵀ m A + bias`, of some tiles and channels.
  private func write(
    _ m: WinogradMatrices, _ block: Range<Int>, _ outputs: Range<Int>,
    _ bias: Tensor?, into y: UnsafeMutablePointer<Float>
  ) {
    forEachTile(block) { row, picture, oy, ox in
      let pixel = (picture * outputHeight + oy) * outputWidth + ox
      kernels.winogradOutput(
        m.pointer + row * outputs.count, m.stride, outputs.count,
        bias.map { $0.pointer + outputs.lowerBound }, y + pixel * output + outputs.lowerBound,
        outputWidth * output, output, min(4, outputHeight - oy), min(4, outputWidth - ox))
    }
  }

  /// `A dY Aᵀ` of some output channels, as 36 matrices `[tiles, outputs]`.
  private func transformedGradient(
    _ dy: Tensor, _ block: Range<Int>, _ outputs: Range<Int>
  ) -> WinogradMatrices {
    let m = WinogradMatrices(rows: block.count, columns: outputs.count)
    forEachTile(block) { row, picture, oy, ox in
      let pixel = (picture * outputHeight + oy) * outputWidth + ox
      kernels.winogradOutputGradient(
        dy.pointer + pixel * output + outputs.lowerBound, outputWidth * output, output,
        outputs.count, min(4, outputHeight - oy), min(4, outputWidth - ox),
        m.pointer + row * outputs.count, m.stride)
    }
    return m
  }

  /// `Gᵀ dU G` of some output channels.
  private func writeWeightGradient(
    _ du: WinogradMatrices, _ outputs: Range<Int>, _ dw: UnsafeMutablePointer<Float>
  ) {
    parallelRanges(outputs.count, grain: max(8192 / input, 1)) { rows in
      for row in rows {
        kernels.winogradWeightGradient(
          du.pointer + row * input, du.stride, input,
          dw + (outputs.lowerBound + row) * input * 9)
      }
    }
  }

  /// Visits tiles by their row in the block, picture, and first output pixel.
  private func forEachTile(_ block: Range<Int>, _ body: (Int, Int, Int, Int) -> Void) {
    parallelRanges(block.count, grain: 16) { rows in
      for row in rows {
        let tile = block.lowerBound + row
        body(
          row, tile / (tileRows * tileColumns), tile / tileColumns % tileRows * 4,
          tile % tileColumns * 4)
      }
    }
  }
}

/// 36 matrices of one size, one for each element of a transformed tile.
private struct WinogradMatrices {
  let storage: Storage
  let rows: Int, columns: Int
  /// Floats from one matrix to the next: not a power of two, so that a tile's 36 rows do not share
  /// one set of the cache.
  let stride: Int

  /// Uninitialised.
  init(rows: Int, columns: Int) {
    (self.rows, self.columns) = (rows, columns)
    stride = (rows * columns + 15) / 16 * 16 + 16
    storage = Storage(count: 36 * stride)
  }

  var pointer: UnsafeMutablePointer<Float> { storage.pointer }

  /// Each ← op(a) b + β · itself, where `a` starts at one of its columns.
  func setProduct(
    _ a: WinogradMatrices, from column: Int = 0, _ b: WinogradMatrices, transposeA: Bool = false,
    beta: Float = 0
  ) {
    parallelFor(36) { k in
      MatrixProduct.block(
        rows, columns, b.rows, a.pointer + k * a.stride + column, lda: a.columns,
        transposeA: transposeA,
        b.pointer + k * b.stride, ldb: b.columns, beta: beta, pointer + k * stride, ldc: columns)
    }
  }
}
