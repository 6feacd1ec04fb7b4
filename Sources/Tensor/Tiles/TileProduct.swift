import Kernels
import Support

/// A product by tiles, cut into pieces for the pool: rows of activations, in tiles of 16, and strips of a
/// weight. The cut depends on the shapes alone, and no sum on the cut.
package struct TileProduct {
  /// What is applied to the sums, before anything is added.
  package enum Activation: Sendable {
    case identity, gelu, quickGelu, geglu

    fileprivate var kernel: TileActivation {
      switch self {
      case .identity: TILE_IDENTITY
      case .gelu: TILE_GELU
      case .quickGelu: TILE_QUICK_GELU
      case .geglu: TILE_GEGLU
      }
    }
  }

  /// The first factor, tile by tile; offsets and strides are of numbers.
  struct Rows {
    /// The first number; `owner` keeps it.
    let start: UnsafePointer<UInt16>
    /// Each tile's first row, and the numbers from a row to the next.
    let tiles: [Int], stride: Int
    /// Each tap's shift.
    var segments = [0]
    /// Blocks of 32 numbers in a segment.
    let blocks: Int
    /// From a number's first piece to its second.
    var piece = 0
    let owner: Storage
  }

  /// Some tiles that are worked on together: how many rows they have, and what the sums start from.
  struct Part {
    let tiles: Range<Int>
    let rows: Int
    /// A number for each column, in the order of the strips.
    let start: Storage?
  }

  let rows: Rows
  let weight: TileWeight
  let parts: [Part]
  /// Each tile's first number in the result, and numbers from a row to the next.
  let resultTiles: [Int], resultStride: Int
  var activation = Activation.identity

  /// Columns that are written.
  var columns: Int { activation == .geglu ? weight.columns / 2 : weight.columns }

  /// Results that outgrow the caches are written past them, from so many bytes on.
  private static let streamedBytes = 48 << 20

  /// `y = activation(rows · weight + start) (+ plus)`.
  func run(into y: UnsafeMutablePointer<Float>, plus: UnsafePointer<Float>?) {
    let bytes = parts.reduce(0) { $0 + $1.rows } * resultStride * 4
    let isAligned = columns % Int(TILE_BLOCK) == 0 && Int(bitPattern: y) % 64 == 0
    run { tiles in
      TileResult(
        y: y, rounded: nil, piece: 0, pieces: 0, tiles: tiles, row: resultStride, start: nil,
        plus: plus, activation: activation.kernel,
        streams: bytes >= Self.streamedBytes && isAligned ? 1 : 0)
    }
  }

  /// The same, rounded; `rounded` lies in rows.
  func run(into rounded: BrainFloats) {
    run { tiles in
      TileResult(
        y: nil, rounded: rounded.pointer, piece: rounded.pieceStride,
        pieces: Int32(rounded.pieces), tiles: tiles, row: resultStride, start: nil, plus: nil,
        activation: activation.kernel, streams: 0)
    }
  }

  private func run(_ makeResult: (UnsafePointer<Int>) -> TileResult) {
    let groups = (weight.stripCount + stripsPerPiece - 1) / stripsPerPiece
    let tilesInBytes = rows.tiles.map { 2 * $0 }
    let segments = rows.segments.map { 2 * $0 }
    tilesInBytes.withUnsafeBufferPointer { factorTiles in
      segments.withUnsafeBufferPointer { segments in
        resultTiles.withUnsafeBufferPointer { resultTiles in
          guard let a = factorTiles.baseAddress, let segments = segments.baseAddress,
            let y = resultTiles.baseAddress
          else { return }
          let factor = TileFactor(
            start: rows.start, tiles: a, row: 2 * rows.stride, segments: segments,
            segmentCount: self.rows.segments.count, blocks: rows.blocks,
            piece: 2 * rows.piece)
          let result = makeResult(y)
          // Pieces that share rows follow each other: rows may be in a cache still.
          parallelFor(parts.count * groups) { i in
            piece(parts[i / groups], strips: i % groups * stripsPerPiece, factor, result)
          }
        }
      }
    }
  }

  private func piece(
    _ part: Part, strips first: Int, _ factor: TileFactor, _ result: TileResult
  ) {
    let count = min(stripsPerPiece, weight.stripCount - first)
    let width = activation == .geglu ? Int(TILE_BLOCK) / 2 : Int(TILE_BLOCK)
    let column = first * width
    // Rounded rows are whole blocks.
    let end = result.rounded == nil ? columns : weight.stripCount * width
    var (factor, result) = (factor, result)
    factor.tiles += part.tiles.lowerBound
    result.tiles += part.tiles.lowerBound
    result.y = result.y.map { $0 + column }
    result.rounded = result.rounded.map { $0 + column }
    result.plus = result.plus.map { $0 + column }
    result.start = part.start.map { UnsafePointer($0.pointer + first * Int(TILE_BLOCK)) }
    let scratch = Storage(count: tileProductScratch(part.rows))
    tiles?.product(
      &factor, part.rows, weight.pointer(strip: first), min(count * width, end - column),
      Int32(weight.pieces), &result, scratch.pointer)
  }

  /// Enough pieces for many threads, each large enough to make up for reading its rows again.
  private var stripsPerPiece: Int {
    let rowCount = parts.reduce(0) { $0 + $1.rows }
    let flops =
      2.0 * Double(rowCount) * Double(weight.count * weight.taps) * Double(weight.columns)
    let wanted = min(max(Int(flops * Double(weight.pieces) / 40e6), 1), 128)
    let groups = min((wanted + parts.count - 1) / parts.count, (weight.stripCount + 1) / 2)
    let even = parts.count % 2 == 1 && groups > 1 ? (groups + 1) / 2 * 2 : groups
    return (weight.stripCount + even - 1) / even
  }
}

extension BrainFloats {
  /// `activation(self · weightᵀ + bias) (+ plus)`.
  ///
  /// - Shape: → `shape`, of as many rows.
  package func linear(
    _ weight: TileWeight, _ bias: Tensor?, _ activation: TileProduct.Activation = .identity,
    plus: Tensor? = nil, shape: [Int]
  ) -> Tensor {
    let product = product(weight, bias, activation, resultStride: shape.last ?? 1)
    return Tensor(shape) { product.run(into: $0, plus: plus?.pointer) }
  }

  /// The same, rounded.
  package func linearRounded(
    _ weight: TileWeight, _ bias: Tensor?, _ activation: TileProduct.Activation = .identity,
    shape: [Int], pieces: Int
  ) -> BrainFloats {
    let result = BrainFloats(uninitialized: Shape(shape), pieces: pieces, isBordered: false)
    product(weight, bias, activation, resultStride: result.rowStride).run(into: result)
    return result
  }

  private static let rowsPerPart = 256

  /// `activation(self · weightᵀ + bias)`, the linear map of each row.
  func product(
    _ weight: TileWeight, _ bias: Tensor?, _ activation: TileProduct.Activation, resultStride: Int
  ) -> TileProduct {
    check(
      weight.count == shape.count && !isBordered, "tiles of \(shape), weight of \(weight.count)")
    let tileRows = Int(TILE_ROWS)
    let tileCount = (shape.rows + tileRows - 1) / tileRows
    let partCount = max((shape.rows + Self.rowsPerPart - 1) / Self.rowsPerPart, 1)
    // Whole blocks of two tiles, of equal size.
    let tilesPerPart = ((tileCount + partCount - 1) / partCount + 1) / 2 * 2
    let start = bias.map { weight.arranged($0) }
    let parts = stride(from: 0, to: tileCount, by: tilesPerPart).map { first in
      let range = first..<min(first + tilesPerPart, tileCount)
      return TileProduct.Part(
        tiles: range, rows: min(range.upperBound * tileRows, shape.rows) - first * tileRows,
        start: start)
    }
    return TileProduct(
      rows: TileProduct.Rows(
        start: pointer, tiles: (0..<tileCount).map { $0 * tileRows * rowStride },
        stride: rowStride, blocks: tileBlocks(shape.count), piece: pieceStride, owner: storage),
      weight: weight, parts: parts,
      resultTiles: (0..<tileCount).map { $0 * tileRows * resultStride },
      resultStride: resultStride, activation: activation)
  }
}
