import Support

/// Elements per piece of a parallel loop over memory: 5 to 12 µs, so that a picture's features at an eighth
/// of its size are pieces enough for 64 threads.
package let elementGrain = 1 << 13

/// The same where elements are only written or copied.
let movingGrain = 4 * elementGrain

extension Tensor {
  /// Rows per piece when a row has `columns` elements.
  package static func rowGrain(_ columns: Int) -> Int { max(elementGrain / max(columns, 1), 1) }

  /// Written in parallel: `fill` writes some rows, `[rows, last size]`.
  package init(
    _ shape: [Int], file: StaticString = #fileID, line: Int = #line,
    rows fill: (_ rows: Range<Int>, _ to: UnsafeMutablePointer<Float>) -> Void
  ) {
    let columns = shape.last ?? 1
    self.init(shape) { y in
      parallelRanges(
        shape.dropLast().reduce(1, *), grain: Self.rowGrain(columns), file: file, line: line
      ) {
        fill($0, y + $0.lowerBound * columns)
      }
    }
  }
}
