import Kernels
import Support

/// Gradients of products by tiles: of brain floats, as the products are.
extension BrainFloats {
  /// The gradient of a linear map's weight, `selfᵀ · x`, where this is the gradient of its output.
  ///
  /// - Shape: rows of O and of I → `[O, I]`.
  package func weightGradient(_ x: BrainFloats) -> Tensor {
    sumOfOuterProducts(x, shifts: [0], shape: [shape.count, x.shape.count])
  }

  /// `Σ_p self[p] ⊗ x[p + shift]` over all rows p that lie in memory, for each shift.
  ///
  /// Only the turned rows are shifted: `x` is packed once. What tiles read of them then begins at any
  /// number, which costs a second line of the cache for each row.
  ///
  /// - Shape: → `[O, shifts · I]` under any shape.
  func sumOfOuterProducts(_ x: BrainFloats, shifts: [Int], shape: [Int]) -> Tensor {
    check(pixels == x.pixels && pieces == 1 && x.pieces == 1, "outer products of unlike rows")
    let strips = TileWeight(rows: x)
    let turned = TurnedRows(self, margin: shifts.map(abs).max() ?? 0)
    let (outputs, inputs, tileRows) = (self.shape.count, x.shape.count, Int(TILE_ROWS))
    let tilesPerShift = (outputs + tileRows - 1) / tileRows
    let stride = shifts.count * inputs
    var (factorTiles, resultTiles, parts): ([Int], [Int], [TileProduct.Part]) = ([], [], [])
    for (index, shift) in shifts.enumerated() {
      for tile in 0..<tilesPerShift {
        factorTiles.append(turned.first - shift + tile * tileRows * turned.stride)
        resultTiles.append(tile * tileRows * stride + index * inputs)
      }
      let most = Int(TILE_PRODUCT_ROWS) / tileRows
      for tile in Swift.stride(from: 0, to: tilesPerShift, by: most) {
        let end = min(tile + most, tilesPerShift)
        parts.append(
          TileProduct.Part(
            tiles: index * tilesPerShift + tile..<index * tilesPerShift + end,
            rows: min(end * tileRows, outputs) - tile * tileRows, start: nil))
      }
    }
    let product = TileProduct(
      rows: TileProduct.Rows(
        start: turned.pointer, tiles: factorTiles, stride: turned.stride,
        blocks: tileBlocks(pixels), owner: turned.storage),
      weight: strips, parts: parts, resultTiles: resultTiles, resultStride: stride)
    return Tensor(shape) { product.run(into: $0, plus: nil) }
  }
}

/// Rows as columns: `[count, rows]`, with zeros before and after each, so that they can be shifted.
private struct TurnedRows {
  let storage: Storage
  /// Numbers from a column to the next, and before the first row's number.
  let stride: Int, first: Int

  /// Rows that are turned at once.
  private static let rowsPerPiece = 512

  init(_ x: BrainFloats, margin: Int) {
    let whole = tileBlocks(x.pixels) * Int(TILE_BLOCK)
    // Columns don't begin in the same set of the cache.
    let edge = tileBlocks(margin) * Int(TILE_BLOCK)
    let length = whole + 2 * edge
    let stride = length % 1024 == 0 ? length + Int(TILE_BLOCK) : length
    let columns = x.shape.count
    // A tile may read rows beyond the last column.
    let storage = Storage(count: (columns + Int(TILE_ROWS)) * stride / 2)
    (self.storage, self.stride, first) = (storage, stride, edge)
    let start = UnsafeMutableRawPointer(storage.pointer).assumingMemoryBound(to: UInt16.self)
    parallelRanges(x.pixels, grain: Self.rowsPerPiece) { rows in
      tiles?.turnRows(
        x.pointer + rows.lowerBound * x.rowStride, x.rowStride, rows.count, columns,
        start + edge + rows.lowerBound, stride)
    }
    for column in 0..<columns {
      (start + column * stride).update(repeating: 0, count: edge)
      (start + column * stride + edge + whole).update(repeating: 0, count: stride - edge - whole)
    }
  }

  var pointer: UnsafePointer<UInt16> {
    UnsafePointer(UnsafeMutableRawPointer(storage.pointer).assumingMemoryBound(to: UInt16.self))
  }
}

extension Convolution {
  /// Whether tiles make its gradients, too: those of strided convolutions stay fp32.
  package var tilesMakeGradients: Bool {
    let sides = [padding.top, padding.left, padding.bottom, padding.right]
    return isPointwise
      || (stride == 1 && kernelHeight == 3 && kernelWidth == 3 && sides.allSatisfy { $0 == 1 })
  }

  /// The gradient with respect to the input, of ``tilesMakeGradients`` only.
  ///
  /// - Parameter dy: bordered, unless the kernel is one pixel.
  package func tiledInputGradient(_ weight: Tensor, _ dy: BrainFloats) -> Tensor {
    if isPointwise {
      let matrix = weight.reshaped([output, input])
      return dy.linear(
        TileWeight(matrix, pieces: 1, isTransposed: true), nil, shape: inputShape)
    }
    let back = Convolution(outputShape, [input, output, 3, 3], stride: 1, padding: padding)
    return back.tiled(dy, TileWeight(turnedKernel: weight), bias: nil)
  }

  /// The gradient with respect to the weight, of ``tilesMakeGradients`` only.
  ///
  /// - Parameters:
  ///   - x: bordered, and so is `dy`, unless the kernel is one pixel.
  package func tiledWeightGradient(_ x: BrainFloats, _ dy: BrainFloats) -> Tensor {
    if isPointwise {
      return dy.weightGradient(x).reshaped([output, input, 1, 1])
    }
    let taps = kernelHeight * kernelWidth
    let byTaps = dy.sumOfOuterProducts(
      x,
      shifts: (0..<taps).map {
        ($0 / kernelWidth - padding.top) * x.pitch + $0 % kernelWidth - padding.left
      }, shape: [output, taps, input])
    return Tensor([output, input, kernelHeight, kernelWidth]) { dw in
      transposeEach(output, rows: taps, columns: input, byTaps.pointer, into: dw)
    }
  }
}
