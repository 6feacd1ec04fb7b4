import Support

/// Elements per piece of a parallel loop over memory: half a megabyte of input, 20 to 50 µs.
package let elementGrain = 1 << 15

extension Tensor {
  /// Rows per piece when a row has `columns` elements.
  package static func rowGrain(_ columns: Int) -> Int { max(elementGrain / max(columns, 1), 1) }

  /// Written in parallel: `fill` writes some rows, `[rows, last size]`.
  package init(
    _ shape: [Int], rows fill: (_ rows: Range<Int>, _ to: UnsafeMutablePointer<Float>) -> Void
  ) {
    let columns = shape.last ?? 1
    self.init(shape) { y in
      parallelRanges(shape.dropLast().reduce(1, *), grain: Self.rowGrain(columns)) {
        fill($0, y + $0.lowerBound * columns)
      }
    }
  }
}
