import Kernels
import Support

/// Activations rounded to brain floats, as products by tiles read them: rows of whole blocks of 32
/// numbers; of a picture, with a border of zeros where a convolution looks beyond its edges.
///
/// The border is one pixel wide and shared: rows of a picture have one between them, and pictures a row.
package struct BrainFloats: Sendable {
  /// `[…, count]` as pictures; tokens are pictures of one row, a matrix is one such picture.
  package struct Shape: Sendable, Equatable {
    let pictures: Int, height: Int, width: Int, count: Int

    package init(_ shape: [Int]) {
      count = shape.last ?? 1
      pictures = shape.count > 2 ? shape[0] : 1
      height = shape.count > 3 ? shape[1] : 1
      width = shape.reduce(1, *) / max(pictures * height * count, 1)
    }

    var rows: Int { pictures * height * width }
  }

  package let shape: Shape
  package let isBordered: Bool
  /// Brain floats that stand for a number, `pieceStride` apart.
  package let pieces: Int
  let storage: Storage

  /// Rows that a tile may read beyond the last one.
  private static let spareRows = Int(TILE_ROWS)

  /// Uninitialised but for the border and what makes rows whole blocks.
  init(uninitialized shape: Shape, pieces: Int, isBordered: Bool) {
    (self.shape, self.pieces, self.isBordered) = (shape, pieces, isBordered)
    pixels =
      isBordered
      ? (shape.pictures * (shape.height + 1) + 1) * (shape.width + 1) + 1 : shape.rows
    pieceStride = pixels * tileBlocks(shape.count) * Int(TILE_BLOCK)
    let spare = Self.spareRows * tileBlocks(shape.count) * Int(TILE_BLOCK)
    storage = Storage(count: (pieces * pieceStride + spare + 1) / 2)
    if isBordered { clearBorder() }
  }

  /// Rows that lie in memory, the border's included.
  let pixels: Int
  /// Numbers from a row to the next, of the same picture's row.
  var rowStride: Int { tileBlocks(shape.count) * Int(TILE_BLOCK) }
  /// Numbers from a number's first piece to its second.
  let pieceStride: Int

  var pointer: UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(storage.pointer).assumingMemoryBound(to: UInt16.self)
  }

  /// Pixels from a picture's row to the next.
  var pitch: Int { isBordered ? shape.width + 1 : shape.width }

  /// The place of a pixel among the rows that lie in memory; it may be one beyond an edge.
  func pixel(_ picture: Int, _ y: Int, _ x: Int) -> Int {
    isBordered
      ? (picture * (shape.height + 1) + y + 1) * pitch + x + 1
      : (picture * shape.height + y) * pitch + x
  }

  private func clearBorder() {
    for piece in 0..<pieces {
      let start = pointer + piece * pieceStride
      for picture in 0...shape.pictures {  // the row above each, and the last one's below
        let above = start + pixel(picture, -1, -1) * rowStride
        above.update(repeating: 0, count: (pitch + 1) * rowStride)
        guard picture < shape.pictures else { break }
        for y in 0..<shape.height {
          (start + pixel(picture, y, shape.width) * rowStride)
            .update(repeating: 0, count: rowStride)
        }
      }
    }
  }

  /// Rows rounded on their way through the cache: `fill` writes some of them as fp32, `[rows, count]`;
  /// they belong to one row of a picture.
  package init(
    _ shape: Shape, pieces: Int, isBordered: Bool,
    fill: (_ rows: Range<Int>, _ to: UnsafeMutablePointer<Float>) -> Void
  ) {
    self.init(uninitialized: shape, pieces: pieces, isBordered: isBordered)
    let some = max(4096 / max(shape.count, 1), 1)
    forEachRun { [self] rows, place in
      let buffer = Storage(count: min(some, rows.count) * shape.count)
      for start in stride(from: rows.lowerBound, to: rows.upperBound, by: some) {
        let part = start..<min(start + some, rows.upperBound)
        fill(part, buffer.pointer)
        round(buffer.pointer, part.count, to: place + part.lowerBound - rows.lowerBound)
      }
    }
  }

  /// - Shape: `x […, count]`.
  package init(_ x: Tensor, pieces: Int, isBordered: Bool = false) {
    self.init(uninitialized: Shape(x.shape), pieces: pieces, isBordered: isBordered)
    forEachRun { [self] rows, place in
      round(x.pointer + rows.lowerBound * shape.count, rows.count, to: place)
    }
  }

  private func round(_ x: UnsafePointer<Float>, _ rows: Int, to place: Int) {
    tiles?.round(
      x, shape.count, rows, shape.count, Int32(pieces), pointer + place * rowStride, rowStride,
      pieceStride)
  }

  /// Visits, in parallel, rows that belong to one row of a picture, with their place in memory.
  private func forEachRun(_ body: (Range<Int>, Int) -> Void) {
    parallelRanges(shape.rows, grain: Tensor.rowGrain(shape.count)) { range in
      var start = range.lowerBound
      while start < range.upperBound {
        let (row, x) = (start / shape.width, start % shape.width)
        let end = min((row + 1) * shape.width, range.upperBound)
        body(start..<end, pixel(row / shape.height, row % shape.height, x))
        start = end
      }
    }
  }
}
