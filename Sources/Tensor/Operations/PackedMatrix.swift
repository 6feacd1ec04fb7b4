import Kernels
import Support

/// The transposed weight of a linear map, laid out in panels of 64 outputs, the last of what is left,
/// for our own product.
///
/// A general product cuts its panels anew for every 192 rows; these are made once, and kept where they
/// are used again.
package struct PackedMatrix: Sendable {
  /// Numbers summed in each product, and products: the weight is `[columns, rows]`.
  package let rows: Int, columns: Int
  package let precision: ProductPrecision
  /// `[words, 64]` of each panel, narrower of the last
  private let panels: Storage
  /// Words of 32 bits in a row of the weight: brain floats are two to a word.
  private let words: Int

  /// Those that this CPU multiplies by tiles of registers.
  package static var precisions: [ProductPrecision] {
    bfloatKernels == nil ? [.fp32] : [.fp32, .bf16]
  }

  private static let width = Int(PANEL_COLUMNS)
  /// Words of each output that are packed at a time.
  private static let wordsPerPiece = 256
  /// Words summed at a time; as elsewhere, so that results are the same to the bit.
  private static let depth = MatrixProduct.depth

  /// Whether a weight of this shape can be packed: whole vectors, and full words, only.
  package static func fits(_ weight: [Int]) -> Bool {
    weight[0] > 0 && weight[0] == panelWidth(weight[0]) && weight[1] % 2 == 0
  }

  /// Whether packing pays for a single product of `rows` rows.
  static func pays(_ weight: [Int], rows: Int) -> Bool {
    fits(weight) && serves(.fp32) && rows >= 512
  }

  /// Whether weights are packed for products of that precision: OpenBLAS packs for itself.
  package static func serves(_ precision: ProductPrecision) -> Bool {
    precision != .fp32 || ProductEngine.current == .ours
  }

  /// - Parameter precision: one that is supported.
  /// - Shape: `weight [O, I]`, O a multiple of 16, I even.
  package init(_ weight: Tensor, _ precision: ProductPrecision = .fp32) {
    check(weight.rank == 2 && Self.fits(weight.shape), "packing a weight of \(weight.shape)")
    check(Self.precisions.contains(precision), "packing a weight as \(precision)")
    (columns, rows) = (weight.shape[0], weight.shape[1])
    self.precision = precision
    words = precision == .bf16 ? rows / 2 : rows
    panels = Storage(count: columns * words)
    let pairs = precision == .bf16 ? Self.pairs(weight.pointer, count: weight.count) : nil
    let source = pairs.map { UnsafePointer($0.pointer) } ?? weight.pointer
    let parts = (words + Self.wordsPerPiece - 1) / Self.wordsPerPiece
    parallelFor(panelCount * parts) { [self] i in
      let (panel, start) = (i / parts, i % parts * Self.wordsPerPiece)
      let width = width(ofPanel: panel)
      // Words of two brain floats are moved as they are.
      kernels.panel(
        source + panel * Self.width * words + start, words, 1,
        min(Self.wordsPerPiece, words - start), width,
        panels.pointer + panel * Self.width * words + start * width)
    }
  }

  private var panelCount: Int { (columns + Self.width - 1) / Self.width }

  private func width(ofPanel panel: Int) -> Int { min(Self.width, columns - panel * Self.width) }

  /// Numbers rounded to brain floats, two to a word.
  static func pairs(_ x: UnsafePointer<Float>, count: Int) -> Storage {
    let pairs = Storage(count: count / 2)
    pairs.pointer.withMemoryRebound(to: UInt16.self, capacity: count) { halves in
      parallelRanges(count, grain: 1 << 16) {
        kernels.toBFloat(x + $0.lowerBound, halves + $0.lowerBound, $0.count)
      }
    }
    return pairs
  }

  /// `y = x · self + bias`.
  ///
  /// - Shape: `x [count, rows]` → `y [count, columns]`.
  func product(
    _ x: UnsafePointer<Float>, count: Int, bias: UnsafePointer<Float>?,
    into y: UnsafeMutablePointer<Float>
  ) {
    let rounded = precision == .bf16 ? Self.pairs(x, count: count * rows) : nil
    // Brain floats' kernel takes whole panels.
    var freedom = ProductGrid.Freedom()
    if precision == .bf16 { freedom.narrowest = Self.width }
    let x = rounded.map { UnsafePointer($0.pointer) } ?? x
    ProductGrid(count, columns, rows, freedom).forEachPiece { piece in
      for start in stride(from: 0, to: words, by: Self.depth) {
        for column in stride(
          from: piece.columns.lowerBound, to: piece.columns.upperBound, by: Self.width)
        {
          tiles(
            x, piece.rows, start..<min(start + Self.depth, words),
            column..<min(column + Self.width, piece.columns.upperBound), bias, y)
        }
      }
    }
  }

  /// Adds some words' products to some rows of a panel's results, or of a part of it.
  private func tiles(
    _ x: UnsafePointer<Float>, _ range: Range<Int>, _ part: Range<Int>, _ outputs: Range<Int>,
    _ bias: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>
  ) {
    let (a, adds) = (x + range.lowerBound * words + part.lowerBound, part.lowerBound > 0)
    let (panel, column) = (outputs.lowerBound / Self.width, outputs.lowerBound % Self.width)
    let width = width(ofPanel: panel)
    let b = panels.pointer + panel * words * Self.width + part.lowerBound * width + column
    let start = adds ? nil : bias.map { $0 + outputs.lowerBound }
    let result = y + range.lowerBound * columns + outputs.lowerBound
    guard precision == .bf16, let bfloatKernels else {
      var product = PanelProduct(
        a: a, aStride: words, isTransposed: false, rows: range.count, count: part.count, b: b,
        bStride: width, columns: outputs.count, start: start, adds: adds, y: result,
        yStride: columns)
      product.run()
      return
    }
    a.withMemoryRebound(to: UInt32.self, capacity: range.count * words) { a in
      b.withMemoryRebound(to: UInt32.self, capacity: part.count * width) { b in
        var product = BFloatPanelProduct(
          a: a, aStride: words, isTransposed: false, rows: range.count, pairs: part.count, panel: b,
          panelStride: width, columns: width, start: start, adds: adds, y: result,
          yStride: columns)
        bfloatKernels.panelProduct(&product)
      }
    }
  }
}
