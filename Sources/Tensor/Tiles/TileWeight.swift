import Kernels
import Support

/// A weight as products by tiles read it: strips of 32 outputs, two bytes for each piece of a number.
package struct TileWeight: Sendable {
  /// Outputs, and the numbers summed for each: those of a convolution tap by tap.
  let columns: Int, count: Int, taps: Int
  package let pieces: Int
  /// Whether a strip holds 16 values and their 16 gates, for GEGLU; `columns` counts both.
  package let isGated: Bool
  private let strips: Storage

  private static let half = Int(TILE_ROWS)

  /// The weight of a linear map or a convolution.
  ///
  /// - Shape: `weight [O, I]` or `[O, I, kh, kw]`.
  package init(of weight: Tensor, pieces: Int, isGated: Bool = false) {
    if weight.rank == 4 {
      self.init(kernel: weight, pieces: pieces)
    } else {
      self.init(weight, pieces: pieces, isGated: isGated)
    }
  }

  /// - Shape: `weight [O, I]`, or `[I, O]` where it is transposed.
  package init(_ weight: Tensor, pieces: Int, isTransposed: Bool = false, isGated: Bool = false) {
    check(weight.rank == 2, "strips of a weight of \(weight.shape)")
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    self.init(
      columns: isTransposed ? inputs : outputs, count: isTransposed ? outputs : inputs, taps: 1,
      pieces, isGated: isGated)
    forEachHalf { [self] first, outputs, target in
      let start = weight.pointer + (isTransposed ? first : first * inputs)
      tiles?.halfStrip(
        start, inputs, isTransposed ? 0 : 1, count, outputs, Int32(pieces), target)
    }
  }

  /// - Shape: `kernel [O, I, kh, kw]`.
  package init(kernel: Tensor, pieces: Int) {
    let (inputs, taps) = (kernel.shape[1], kernel.shape[2] * kernel.shape[3])
    self.init(columns: kernel.shape[0], count: inputs, taps: taps, pieces, isGated: false)
    forEachHalf { [self] first, outputs, target in
      let size = inputs * taps
      let reordered = Storage(count: outputs * size)  // [outputs, taps, inputs]
      transposeEach(
        outputs, rows: inputs, columns: taps, kernel.pointer + first * size,
        into: reordered.pointer)
      for tap in 0..<taps {
        tiles?.halfStrip(
          reordered.pointer + tap * inputs, size, 1, count, outputs, Int32(pieces),
          target + tap * tapStride)
      }
    }
  }

  /// The rows as the second factor of a product that sums over them, the border's included.
  init(rows: BrainFloats) {
    self.init(columns: rows.shape.count, count: rows.pixels, taps: 1, 1, isGated: false)
    forEachHalf { first, columns, target in
      tiles?.halfStripOfRows(rows.pointer + first, rows.rowStride, rows.pixels, columns, target)
    }
  }

  /// The kernel that carries a convolution's gradient back: turned by 180°, inputs and outputs swapped.
  ///
  /// - Shape: `kernel [O, I, kh, kw]`.
  package init(turnedKernel kernel: Tensor) {
    let (outputs, inputs) = (kernel.shape[0], kernel.shape[1])
    let taps = kernel.shape[2] * kernel.shape[3]
    self.init(columns: inputs, count: outputs, taps: taps, 1, isGated: false)
    let reordered = Storage(count: kernel.count)  // [O, taps, I]
    transposeEach(outputs, rows: inputs, columns: taps, kernel.pointer, into: reordered.pointer)
    forEachHalf { [self] first, columns, target in
      for tap in 0..<taps {
        tiles?.halfStrip(
          reordered.pointer + (taps - 1 - tap) * inputs + first, taps * inputs, 0, count, columns,
          1,
          target + tap * tapStride)
      }
    }
  }

  private init(
    columns: Int, count: Int, taps: Int, _ pieces: Int, isGated: Bool, strips: Storage? = nil
  ) {
    (self.columns, self.count, self.taps, self.pieces) = (columns, count, taps, pieces)
    self.isGated = isGated
    stripCount = isGated ? 2 * tileBlocks(columns / 2) : tileBlocks(columns)
    let numbers =
      stripCount * taps * tileBlocks(count) * pieces * Int(TILE_BLOCK * TILE_BLOCK)
    self.strips = strips ?? Storage(count: numbers / 2)
  }

  /// The same strips for rows in which all taps lie side by side, each in whole blocks.
  var asMatrix: TileWeight {
    TileWeight(
      columns: columns, count: taps * tileBlocks(count) * Int(TILE_BLOCK), taps: 1, pieces,
      isGated: isGated, strips: strips)
  }

  /// Of a gated weight an even number, so that results are whole blocks.
  let stripCount: Int

  /// Numbers of a strip that belong to a tap.
  private var tapStride: Int { tileBlocks(count) * pieces * Int(TILE_BLOCK * TILE_BLOCK) }

  func pointer(strip: Int) -> UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(strips.pointer).assumingMemoryBound(to: UInt16.self)
      + strip * taps * tapStride
  }

  /// Visits halves of strips: first output, their number (at most 16), where they go.
  private func forEachHalf(_ body: (Int, Int, UnsafeMutablePointer<UInt16>) -> Void) {
    parallelFor(2 * stripCount) { i in
      let (strip, side) = (i / 2, i % 2)
      let end = isGated && side == 0 ? columns / 2 : columns
      let first = isGated ? strip * Self.half + side * (columns / 2) : i * Self.half
      body(
        min(first, end), min(max(end - first, 0), Self.half),
        pointer(strip: strip) + side * Self.half * Int(TILE_BLOCK))
    }
  }

  /// A row of numbers in the order of the strips' columns, zero beyond them.
  func arranged(_ row: Tensor) -> Storage {
    let row = row.values
    let result = Storage(count: stripCount * Int(TILE_BLOCK))
    result.pointer.update(repeating: 0, count: stripCount * Int(TILE_BLOCK))
    guard isGated else {
      for c in 0..<columns { result.pointer[c] = row[c] }
      return result
    }
    for c in 0..<columns / 2 {
      let at = c / Self.half * Int(TILE_BLOCK) + c % Self.half
      result.pointer[at] = row[c]
      result.pointer[at + Self.half] = row[columns / 2 + c]
    }
    return result
  }
}
