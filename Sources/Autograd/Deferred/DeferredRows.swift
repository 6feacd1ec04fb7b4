import Tensors

/// A value whose rows are made from others', such as a norm's.
struct DeferredRows: Deferred {
  typealias Fill = @Sendable (_ rows: Range<Int>, _ to: UnsafeMutablePointer<Float>) -> Void

  let shape: [Int]
  /// Does what comes before all rows, and returns what writes some, `[rows, last size]`.
  let prepare: @Sendable () -> Fill

  func tensor() -> Tensor {
    let fill = prepare()
    let columns = shape.last ?? 1
    return Tensor(shape) { y in
      let rows = shape.dropLast().reduce(1, *)
      parallelRanges(rows, grain: Tensor.rowGrain(columns)) {
        fill($0, y + $0.lowerBound * columns)
      }
    }
  }

  func rounded(pieces: Int, isBordered: Bool) -> BrainFloats {
    BrainFloats(
      BrainFloats.Shape(shape), pieces: pieces, isBordered: isBordered, fill: prepare())
  }

  /// The same rows under another shape.
  func reshaped(_ newShape: [Int]) -> DeferredRows { DeferredRows(shape: newShape, prepare: prepare) }
}
