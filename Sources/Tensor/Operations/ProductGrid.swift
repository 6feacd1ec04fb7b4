import Kernels
import Support

/// How a product `[m, n]` is cut into pieces for the pool: by its sizes alone, so that every number of threads
/// computes the same ones, and into enough for 64 threads where there is so much to do.
package struct ProductGrid {
  private let rows: Int, columns: Int, depth: Int
  private let rowsPerPiece: Int, columnsPerPiece: Int, depthPerPiece: Int

  /// Rows whose part of the first factor stays in the second-level cache.
  package static let mostRows = 192

  /// What may be cut, beyond columns to a panel's width.
  package struct Freedom {
    /// Most rows of a piece.
    package var most = mostRows
    /// Fewest: below, too much time goes into reading the other factor.
    package var fewest = 48
    /// Fewest numbers summed in a piece; nil where sums must not be cut.
    package var shallowest: Int?
    /// Columns of the narrowest piece, a divisor of a panel's.
    package var narrowest = Int(PANEL_COLUMNS) / 2

    package init() {}
  }

  /// Pieces that keep 64 threads busy, although the last ones end at different times.
  private static let mostWanted = 96

  /// - Parameter k: numbers summed for each result.
  package init(_ m: Int, _ n: Int, _ k: Int, _ freedom: Freedom = Freedom()) {
    (rows, columns, depth) = (m, n, k)
    let work = Self.work(m, n, k)
    let wanted = min(work, Self.mostWanted)
    var (height, width, parts) = (Self.pieces(m, freedom.most), Int(PANEL_COLUMNS), 1)
    var count: Int { height * Self.pieces(n, width) * parts }
    if let shallowest = freedom.shallowest, count < wanted {
      parts = max(min(k / shallowest, Self.pieces(wanted, count)), 1)
    }
    if count < wanted {
      let heights = height * Self.pieces(wanted, count)
      height = max(height, min(Self.pieces(m, freedom.fewest), heights))
    }
    if count < wanted { width = freedom.narrowest }
    // Several panels a piece where there is little to do.
    columnsPerPiece = width * max(count / work, 1)
    rowsPerPiece = Self.pieces(Self.pieces(m, height), 6) * 6  // in tiles of 6
    depthPerPiece = max(Self.pieces(k, parts), 1)
  }

  /// Some 10 µs of work each: a million operations, or reading a tenth of a megabyte.
  private static func work(_ m: Int, _ n: Int, _ k: Int) -> Int {
    let (m, n, k) = (Double(m), Double(n), Double(k))
    return max(Int(2 * m * n * k / 1e6 + 4 * (m * k + k * n + m * n) / 1e5), 1)
  }

  private static func pieces(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }

  var rowPieces: Int { Self.pieces(rows, rowsPerPiece) }
  var depthPieces: Int { max(Self.pieces(depth, depthPerPiece), 1) }

  /// A part of the results, and which of the numbers that are summed.
  package struct Piece: Sendable {
    package let rows: Range<Int>, columns: Range<Int>
    package let part: Int
    package let depth: Range<Int>
  }

  /// Runs `body` on every piece in parallel. Those that follow each other share the part of the larger
  /// factor, so that it comes from memory once.
  package func forEachPiece(
    file: StaticString = #fileID, line: Int = #line, _ body: (Piece) -> Void
  ) {
    let (rowPieces, columnPieces) = (rowPieces, Self.pieces(columns, columnsPerPiece))
    let (area, isTall) = (rowPieces * columnPieces, rows >= columns)
    parallelFor(area * depthPieces, file: file, line: line) { i in
      let place = i % area
      let row = (isTall ? place / columnPieces : place % rowPieces) * rowsPerPiece
      let column = (isTall ? place % columnPieces : place / rowPieces) * columnsPerPiece
      let start = i / area * depthPerPiece
      body(
        Piece(
          rows: row..<min(row + rowsPerPiece, rows),
          columns: column..<min(column + columnsPerPiece, columns), part: i / area,
          depth: start..<min(start + depthPerPiece, depth)))
    }
  }
}
