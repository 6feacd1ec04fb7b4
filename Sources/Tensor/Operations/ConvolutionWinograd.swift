import Kernels
import Support

/// Winograd's convolution F(4×4, 3×3): for 3×3 kernels and stride 1, a quarter of the products.
///
/// Input windows and weights are transformed to 36 matrices each, these are multiplied pairwise,
/// and the products transformed back (Sources/Kernels/families/winograd.c has the mathematics).
/// Where there are many tiles, all weights are transformed first; then each piece of the work takes a
/// block of tiles, or, where these would be too few for many threads, a block of tiles and some outputs.
/// Where weights outweigh the picture, each takes some outputs, whose weights are transformed on the way
/// and never stored.
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
  ///
  /// - Parameter precision: of the transformed factors.
  func winograd(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ precision: ProductPrecision
  ) -> Tensor {
    winograd(x, weight, bias, flipped: false, precision)
  }

  /// The gradient with respect to the input: the convolution that carries `dy` back.
  func winogradInputGradient(
    _ weight: Tensor, _ dy: Tensor, _ precision: ProductPrecision
  ) -> Tensor {
    let back = Convolution(
      outputShape, [input, output, 3, 3], stride: 1,
      padding: Padding(
        top: 2 - padding.top, left: 2 - padding.left, bottom: 2 - padding.bottom,
        right: 2 - padding.right))
    return back.winograd(dy, weight, nil, flipped: true, precision)
  }

  /// `flipped`: the weight is `[C, O, 3, 3]`, its kernels are to be turned by 180°.
  private func winograd(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, flipped: Bool, _ precision: ProductPrecision
  ) -> Tensor {
    Tensor(outputShape) { y in
      if !hasManyTiles {
        convolveByOutputs(x, weight, bias, flipped: flipped, precision, into: y)
      } else if blocksSuffice {
        convolveByBlocks(x, weight, bias, flipped: flipped, precision, into: y)
      } else {
        convolveByBoth(x, weight, bias, flipped: flipped, precision, into: y)
      }
    }
  }

  /// Each piece transforms its tiles, so that they are still in the cache when they are multiplied.
  private func convolveByBlocks(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, flipped: Bool, _ precision: ProductPrecision,
    into y: UnsafeMutablePointer<Float>
  ) {
    let u = transformed(weight, flipped, 0..<input, 0..<output, precision)
    parallelRanges(tiles, grain: tilesPerBlock) { block in
      let v = transformed(x, block, precision)
      for panel in 0..<u.panelCount {
        let outputs = u.columns(ofPanel: panel)
        let m = WinogradMatrices(rows: block.count, columns: outputs.count)
        m.setProduct(v, u, columns: outputs, precision)
        write(m, block, outputs, bias, into: y)
      }
    }
  }

  /// All tiles are transformed first.
  private func convolveByBoth(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, flipped: Bool, _ precision: ProductPrecision,
    into y: UnsafeMutablePointer<Float>
  ) {
    let u = transformed(weight, flipped, 0..<input, 0..<output, precision)
    let v = transformed(x, 0..<tiles, precision)
    // Half a panel's outputs read all tiles twice as often: only where there are few of both.
    let panel = Int(PANEL_COLUMNS)
    let pieces = tiles / Self.mostTilesPerBlock * (output + panel - 1) / panel
    var freedom = ProductGrid.Freedom()
    freedom.most = 2 * Self.mostTilesPerBlock
    if precision == .bf16 || pieces >= 40 { freedom.narrowest = panel }
    ProductGrid(tiles, output, 36 * input, freedom).forEachPiece { piece in
      let (block, outputs) = (piece.rows, piece.columns)
      let m = WinogradMatrices(rows: block.count, columns: outputs.count)
      m.setProduct(v, rows: block, u, columns: outputs, precision)
      write(m, block, outputs, bias, into: y)
    }
  }

  /// Each piece transforms the weights of its outputs. Where these are few pieces, each does it for half of
  /// the tiles or of the inputs.
  private func convolveByOutputs(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, flipped: Bool, _ precision: ProductPrecision,
    into y: UnsafeMutablePointer<Float>
  ) {
    let v = transformed(x, 0..<tiles, precision)
    let (halves, pixels) = (halves, batch * outputHeight * outputWidth)
    // What the second half of the inputs adds.
    let rest = Storage(count: halves == .inputs ? pixels * output : 0)
    parallelFor(slices * (halves == .none ? 1 : 2)) { i in
      let (half, slice) = halves == .none ? (0, i) : (i % 2, i / 2)
      let block = halves == .tiles ? Self.half(half, of: tiles) : 0..<tiles
      let inputs =
        halves == .inputs ? Self.half(half, of: input, Self.inputsPerBlock) : 0..<input
      let start = slice * outputsPerSlice
      let outputs = start..<min(start + outputsPerSlice, output)
      let m = WinogradMatrices(rows: block.count, columns: outputs.count)
      for start in Swift.stride(from: inputs.lowerBound, to: inputs.upperBound, by: inputsPerSum) {
        let some = start..<min(start + inputsPerSum, inputs.upperBound)
        m.setProduct(
          v, rows: block, from: precision == .bf16 ? start / 2 : start,
          transformed(weight, flipped, some, outputs, precision), adds: start > inputs.lowerBound,
          precision)
      }
      let isRest = inputs.lowerBound > 0
      write(m, block, outputs, isRest ? nil : bias, into: isRest ? rest.pointer : y)
    }
    guard halves == .inputs else { return }
    MatrixProduct.sum(rest.pointer, count: 1, pixels, output, adds: true, y, ldc: output)
  }

  /// The gradient with respect to the weight `[O, C, 3, 3]`: the exact adjoint,
  /// `dW = Gᵀ dU G` with `dU = Σ (A dY Aᵀ)ᵀ (Bᵀ d B)` over the tiles.
  func winogradWeightGradient(_ x: Tensor, _ dy: Tensor) -> Tensor {
    Tensor([output, input, 3, 3]) { dw in
      if hasManyTiles {
        let du = WinogradMatrices(rows: output, columns: input)
        for start in Swift.stride(from: 0, to: tiles, by: Self.tilesPerSum) {
          let block = start..<min(start + Self.tilesPerSum, tiles)
          let v = transformed(x, block, .fp32, columnsPerPanel: Int(PANEL_COLUMNS))
          let m = transformedGradient(dy, block)
          du.setProduct(m, v, transposeA: true, adds: start > 0)
        }
        writeWeightGradient(du, 0..<output, 0..<input, dw)
      } else {
        let v = transformed(x, 0..<tiles, .fp32, columnsPerPanel: Int(PANEL_COLUMNS))
        let m = transformedGradient(dy, 0..<tiles, columnsPerPanel: Self.outputsPerGradient)
        parallelFor(m.panelCount * v.panelCount) { i in
          let (slice, panel) = (i / v.panelCount, i % v.panelCount)
          let (outputs, inputs) = (m.columns(ofPanel: slice), v.columns(ofPanel: panel))
          let du = WinogradMatrices(rows: outputs.count, columns: inputs.count)
          du.setProduct(m, panel: slice, v, columns: inputs, transposeA: true)
          writeWeightGradient(du, outputs, inputs, dw)
        }
      }
    }
  }

  // MARK: Blocks

  /// Few enough for the cache, enough to make up for reading the weights.
  private static let mostTilesPerBlock = 48

  /// Whether blocks of tiles are pieces enough: for 64 threads, or for some where with few outputs it takes
  /// too long to write all transformed tiles to memory.
  private var blocksSuffice: Bool {
    tiles >= (output < 192 ? 20 : 64) * Self.mostTilesPerBlock
  }

  /// Tiles that are transformed and multiplied at once, in an even number of blocks, for two threads.
  private var tilesPerBlock: Int {
    let most = Self.mostTilesPerBlock
    let blocks = (tiles + 2 * most - 1) / (2 * most) * 2
    return (tiles + blocks - 1) / blocks
  }

  /// Tiles that a sum of outer products takes in at once.
  private static let tilesPerSum = 128

  /// Output channels a slice: half a panel, or a whole one where these are slices enough.
  private var outputsPerSlice: Int {
    let panel = Int(PANEL_COLUMNS)
    return output >= 64 * panel ? panel : panel / 2
  }

  private var slices: Int { (output + outputsPerSlice - 1) / outputsPerSlice }

  /// Output channels of which the weights' gradients are summed at once: whole tiles of 6 rows.
  private static let outputsPerGradient = 48

  /// What pieces of ``convolveByOutputs`` have half of.
  private enum Halves { case none, tiles, inputs }

  /// To transform weights again takes a twentieth of the time of their products with 96 tiles; to add up
  /// two parts of the inputs, less where tiles are fewer, until the weights' transform is most of the work.
  private var halves: Halves {
    if slices >= 40 || tiles < Self.mostTilesPerBlock { return .none }
    if tiles >= 2 * Self.mostTilesPerBlock { return .tiles }
    return input >= 160 ? .inputs : .none
  }

  /// The first or the second half of `0..<count`, the first in whole blocks.
  private static func half(_ half: Int, of count: Int, _ block: Int = 1) -> Range<Int> {
    let middle = min((count + 2 * block - 1) / (2 * block) * block, count)
    return half == 0 ? 0..<middle : middle..<count
  }

  /// Input channels whose weights are transformed at once: a slice of them fits the cache.
  private var inputsPerSum: Int {
    let count = halves == .inputs ? (input + 1) / 2 : input
    let sums = (count + 127) / 128
    return Self.wholeBlocks((count + sums - 1) / sums)
  }

  /// Input channels whose weights the kernel transforms best together.
  private static let inputsPerBlock = 16

  private static func wholeBlocks(_ inputs: Int) -> Int {
    (inputs + inputsPerBlock - 1) / inputsPerBlock * inputsPerBlock
  }

  // MARK: Transforms

  /// `Bᵀ d B`, as 36 matrices `[tiles, C]`; of brain floats, two neighbours share a word.
  private func transformed(
    _ x: Tensor, _ block: Range<Int>, _ precision: ProductPrecision, columnsPerPanel: Int? = nil
  ) -> WinogradMatrices {
    let columns = precision == .bf16 ? (input + 1) / 2 : input
    let v = WinogradMatrices(rows: block.count, columns: columns, columnsPerPanel: columnsPerPanel)
    forEachTile(block, of: v) { place, columns, picture, oy, ox in
      let (top, left) = (oy - padding.top, ox - padding.left)
      let channels =
        precision == .bf16
        ? 2 * columns.lowerBound..<min(2 * columns.upperBound, input) : columns
      // The corner may lie outside the picture; the kernel reads only what is inside.
      let corner =
        x.pointer + ((picture * height + top) * width + left) * input + channels.lowerBound
      let (rows, columns) = (
        max(0, -top)..<min(6, height - top), max(0, -left)..<min(6, width - left)
      )
      var window = WinogradWindow(
        corner: corner, rowStride: width * input, pixelStride: input, channels: channels.count,
        top: rows.lowerBound, bottom: rows.upperBound, left: columns.lowerBound,
        right: columns.upperBound)
      switch precision {
      case .bf16: bfloatKernels?.winogradInput(&window, v.words(place), v.stride)
      default: kernels.winogradInput(&window, place, v.stride)
      }
    }
    return v
  }

  /// `G g Gᵀ` of some output channels, as 36 matrices `[C, outputs]`; of brain floats, two rows share a
  /// row of words.
  private func transformed(
    _ weight: Tensor, _ flipped: Bool, _ inputs: Range<Int>, _ outputs: Range<Int>,
    _ precision: ProductPrecision
  ) -> WinogradMatrices {
    let numbers = precision == .bf16 ? 2 : 1  // in a word
    let u = WinogradMatrices(
      rows: (inputs.count + numbers - 1) / numbers, columns: outputs.count,
      columnsPerPanel: Int(PANEL_COLUMNS))
    let (inputStride, outputStride) = flipped ? (9 * output, 9) : (9, 9 * input)
    let blocks = Self.wholeBlocks(inputs.count) / Self.inputsPerBlock
    parallelFor(blocks * u.panelCount) { i in
      let (block, panel) = (i / u.panelCount, i % u.panelCount)
      let (start, columns) = (block * Self.inputsPerBlock, u.columns(ofPanel: panel))
      let first =
        weight.pointer + (inputs.lowerBound + start) * inputStride
        + (outputs.lowerBound + columns.lowerBound) * outputStride
      let rows = min(Self.inputsPerBlock, inputs.count - start)
      let target = u.pointer(panel: panel) + start / numbers * u.width(ofPanel: panel)
      switch precision {
      case .bf16:
        bfloatKernels?.winogradWeight(
          first, inputStride, outputStride, rows, columns.count, flipped ? 1 : 0,
          u.words(target), u.stride)
      default:
        kernels.winogradWeight(
          first, inputStride, outputStride, rows, columns.count, flipped ? 1 : 0, target, u.stride)
      }
    }
    return u
  }

  /// Writes the outputs, `Aᵀ m A + bias`, of some tiles and channels.
  private func write(
    _ m: WinogradMatrices, _ block: Range<Int>, _ outputs: Range<Int>,
    _ bias: Tensor?, into y: UnsafeMutablePointer<Float>
  ) {
    forEachTile(block, of: m) { place, columns, picture, oy, ox in
      let pixel = (picture * outputHeight + oy) * outputWidth + ox
      let channel = outputs.lowerBound + columns.lowerBound
      var tile = WinogradOutput(
        m: place, plane: m.stride, channels: columns.count, bias: bias.map { $0.pointer + channel },
        y: y + pixel * output + channel, rowStride: outputWidth * output, pixelStride: output,
        rows: min(4, outputHeight - oy), columns: min(4, outputWidth - ox))
      kernels.winogradOutput(&tile)
    }
  }

  /// `A dY Aᵀ`, as 36 matrices `[tiles, O]`.
  private func transformedGradient(
    _ dy: Tensor, _ block: Range<Int>, columnsPerPanel: Int? = nil
  ) -> WinogradMatrices {
    let m = WinogradMatrices(rows: block.count, columns: output, columnsPerPanel: columnsPerPanel)
    forEachTile(block, of: m) { place, columns, picture, oy, ox in
      let pixel = (picture * outputHeight + oy) * outputWidth + ox
      kernels.winogradOutputGradient(
        dy.pointer + pixel * output + columns.lowerBound, outputWidth * output, output,
        columns.count, min(4, outputHeight - oy), min(4, outputWidth - ox), place, m.stride)
    }
    return m
  }

  /// `Gᵀ dU G` of some output and input channels.
  private func writeWeightGradient(
    _ du: WinogradMatrices, _ outputs: Range<Int>, _ inputs: Range<Int>,
    _ dw: UnsafeMutablePointer<Float>
  ) {
    parallelRanges(outputs.count, grain: max(2048 / inputs.count, 1)) { rows in
      for row in rows {
        kernels.winogradWeightGradient(
          du.pointer() + row * du.width(ofPanel: 0), du.stride, inputs.count,
          dw + ((outputs.lowerBound + row) * input + inputs.lowerBound) * 9)
      }
    }
  }

  /// Visits a block's tiles, and of each some columns at a time: by the place of these columns in the
  /// tile's row of the first matrix, the columns, the picture, and the first output pixel.
  private func forEachTile(
    _ block: Range<Int>, of matrices: WinogradMatrices,
    _ body: (UnsafeMutablePointer<Float>, Range<Int>, Int, Int, Int) -> Void
  ) {
    let runs = matrices.runCount
    parallelRanges(block.count * runs, grain: max(256 / matrices.columnsPerRun, 1)) { visits in
      for visit in visits {
        let (row, columns) = (visit / runs, matrices.columns(ofRun: visit % runs))
        let tile = block.lowerBound + row
        body(
          matrices.pointer(row: row, column: columns.lowerBound), columns,
          tile / (tileRows * tileColumns), tile / tileColumns % tileRows * 4,
          tile % tileColumns * 4)
      }
    }
  }
}
