import Kernels
import Support

/// Convolutions by tiles: nine products of shifted views of a padded picture, say, without unfolding it.
/// Winograd's transforms would cost more than the arithmetic that they save (docs/performance.md).
///
/// A tile is 16 output pixels of a row. Where a row is no multiple of them, its last tile overlaps the
/// one before; where it is shorter than a tile, windows are copied side by side.
extension Convolution {
  /// Whether tiles convolve this: padding of at most a pixel, and few enough zeros in blocks of channels.
  package var tilesPay: Bool {
    let sides = [padding.top, padding.left, padding.bottom, padding.right]
    let taps = kernelHeight * kernelWidth
    return sides.allSatisfy { 0...1 ~= $0 } && (taps <= 9 || input % Int(TILE_BLOCK) == 0)
  }

  private static let tileRows = Int(TILE_ROWS)
  private var pixels: Int { batch * outputHeight * outputWidth }
  private var tilesPerRow: Int { (outputWidth + Self.tileRows - 1) / Self.tileRows }
  private var rowsAreTiles: Bool { outputWidth >= Self.tileRows }

  /// The convolution.
  ///
  /// - Parameters:
  ///   - x: bordered, unless the kernel is one pixel.
  ///   - bias: `[O]`.
  ///   - shift: added to every pixel of a picture, `[N, O]`.
  ///   - plus: added at last, of the result's shape.
  package func tiled(
    _ x: BrainFloats, _ weight: TileWeight, bias: Tensor?, shift: Tensor? = nil,
    plus: Tensor? = nil
  ) -> Tensor {
    if !isPointwise, rowsAreTiles {
      let product = shifted(x, weight, bias, shift)
      return Tensor(outputShape) { y in product.run(into: y, plus: plus?.pointer) }
    }
    let product =
      isPointwise
      ? x.product(weight, bias, .identity, resultStride: output) : windowed(x, weight, bias)
    let result = Tensor(outputShape) { y in product.run(into: y, plus: plus?.pointer) }
    return shift.map { result.adding($0.reshaped([batch, 1, 1, output])) } ?? result
  }

  /// Each tile's corner in the bordered picture, and the taps' shifts.
  private func shifted(
    _ x: BrainFloats, _ weight: TileWeight, _ bias: Tensor?, _ shift: Tensor?
  ) -> TileProduct {
    var (factorTiles, resultTiles): ([Int], [Int]) = ([], [])
    factorTiles.reserveCapacity(batch * outputHeight * tilesPerRow)
    resultTiles.reserveCapacity(batch * outputHeight * tilesPerRow)
    for picture in 0..<batch {
      for y in 0..<outputHeight {
        for tile in 0..<tilesPerRow {
          let column = min(tile * Self.tileRows, outputWidth - Self.tileRows)
          factorTiles.append(corner(x, picture, y, column) * x.rowStride)
          resultTiles.append(
            ((picture * outputHeight + y) * outputWidth + column) * output)
        }
      }
    }
    return TileProduct(
      rows: TileProduct.Rows(
        start: x.pointer, tiles: factorTiles, stride: stride * x.rowStride,
        segments: (0..<kernelHeight * kernelWidth).map {
          ($0 / kernelWidth * x.pitch + $0 % kernelWidth) * x.rowStride
        }, blocks: tileBlocks(input), piece: x.pieceStride, owner: x.storage),
      weight: weight, parts: parts(weight, bias, shift), resultTiles: resultTiles,
      resultStride: output)
  }

  /// The pixel under the kernel's first tap.
  private func corner(_ x: BrainFloats, _ picture: Int, _ y: Int, _ column: Int) -> Int {
    x.pixel(picture, y * stride - padding.top, column * stride - padding.left)
  }

  /// Rows of a picture, together at most 512 pixels, and what their sums start from.
  private func parts(
    _ weight: TileWeight, _ bias: Tensor?, _ shift: Tensor?
  ) -> [TileProduct.Part] {
    let most = max(Int(TILE_PRODUCT_ROWS) / (tilesPerRow * Self.tileRows), 1)
    let partsPerPicture = (outputHeight + most - 1) / most
    let height = (outputHeight + partsPerPicture - 1) / partsPerPicture
    let common = shift == nil ? bias.map { weight.arranged($0) } : nil
    return (0..<batch).flatMap { picture in
      let start = shift.map { shift in
        let row = shift.reshaped([batch, output]).slice(picture..<picture + 1, axis: 0)
        return weight.arranged(bias.map { row.adding($0) } ?? row)
      }
      return Swift.stride(from: 0, to: outputHeight, by: height).map { y in
        let first = picture * outputHeight + y
        let count = min(height, outputHeight - y)
        return TileProduct.Part(
          tiles: first * tilesPerRow..<(first + count) * tilesPerRow,
          rows: count * tilesPerRow * Self.tileRows, start: start ?? common)
      }
    }
  }

  /// Windows copied side by side, each tap in whole blocks, as the weight has them.
  private func windowed(_ x: BrainFloats, _ weight: TileWeight, _ bias: Tensor?) -> TileProduct {
    let taps = kernelHeight * kernelWidth
    let windows = BrainFloats(
      uninitialized: BrainFloats.Shape([pixels, taps * x.rowStride]), pieces: x.pieces,
      isBordered: false)
    let length = kernelWidth * x.rowStride
    parallelRanges(pixels, grain: max(65_536 / (taps * x.rowStride), 1)) { range in
      for pixel in range {
        let (row, column) = (pixel / outputWidth, pixel % outputWidth)
        let first = corner(x, row / outputHeight, row % outputHeight, column)
        for piece in 0..<x.pieces {
          let to = windows.pointer + piece * windows.pieceStride + pixel * windows.rowStride
          let from = x.pointer + piece * x.pieceStride
          for y in 0..<kernelHeight {
            (to + y * length).update(
              from: from + (first + y * x.pitch) * x.rowStride, count: length)
          }
        }
      }
    }
    return windows.product(
      weight.asMatrix, bias, .identity, resultStride: output)
  }
}
