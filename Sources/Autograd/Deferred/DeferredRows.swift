import Tensors

/// A value whose rows are made from another's, such as a norm's.
struct DeferredRows: Deferred {
  let shape: [Int]
  /// A layer norm leaves its rows' statistics.
  var savesWhenMade: Bool { true }
  /// Writes some rows, `[rows, last size]`.
  let fill: @Sendable (_ rows: Range<Int>, _ to: UnsafeMutablePointer<Float>) -> Void

  func tensor() -> Tensor { Tensor(shape, rows: fill) }

  func rounded(pieces: Int, isBordered: Bool) -> BrainFloats {
    BrainFloats(BrainFloats.Shape(shape), pieces: pieces, isBordered: isBordered, fill: fill)
  }

  /// The same rows under another shape.
  func reshaped(_ newShape: [Int]) -> DeferredRows { DeferredRows(shape: newShape, fill: fill) }
}

extension Forms {
  /// Rows, deferred where products by tiles read them.
  static func rows(_ rows: DeferredRows) -> Forms {
    Variable.defersRows ? Forms(rows) : Forms(rows.tensor())
  }
}
