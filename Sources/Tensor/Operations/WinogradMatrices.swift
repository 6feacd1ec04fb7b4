import Kernels
import Support

/// 36 matrices of one size, one for each element of a transformed tile, as factors of products are
/// kept: cut into panels of columns, or whole.
struct WinogradMatrices {
  let storage: Storage
  let rows: Int, columns: Int
  let columnsPerPanel: Int, panelCount: Int
  /// Floats from one matrix of a panel to the next: not a power of two, so that a tile's 36 rows do
  /// not share one set of the cache.
  let stride: Int

  /// Uninitialised.
  init(rows: Int, columns: Int, columnsPerPanel: Int? = nil) {
    (self.rows, self.columns) = (rows, columns)
    let columnsPerPanel = min(columnsPerPanel ?? columns, columns)
    self.columnsPerPanel = columnsPerPanel
    panelCount = (columns + columnsPerPanel - 1) / columnsPerPanel
    stride = rows * panelWidth(columnsPerPanel) + 16
    storage = Storage(count: 36 * stride * panelCount)
  }

  func columns(ofPanel panel: Int) -> Range<Int> {
    panel * columnsPerPanel..<min((panel + 1) * columnsPerPanel, columns)
  }

  /// Floats from one row of a panel to the next.
  func width(ofPanel panel: Int) -> Int { panelWidth(columns(ofPanel: panel).count) }

  /// The first element of a panel's 36 matrices, or of one of them.
  func pointer(panel: Int = 0, element: Int = 0) -> UnsafeMutablePointer<Float> {
    storage.pointer + (panel * 36 + element) * stride
  }

  /// Columns of a panel that a transform handles at once: with all of a wide one, few tiles would be too
  /// few pieces for many threads.
  var columnsPerRun: Int { min(columnsPerPanel, 256) }
  var runCount: Int { panelCount * runsPerPanel }
  private var runsPerPanel: Int { (columnsPerPanel + columnsPerRun - 1) / columnsPerRun }

  func columns(ofRun run: Int) -> Range<Int> {
    let panel = columns(ofPanel: run / runsPerPanel)
    let start = panel.lowerBound + run % runsPerPanel * columnsPerRun
    return start..<min(start + columnsPerRun, panel.upperBound)
  }

  /// An element of the first matrix.
  func pointer(row: Int, column: Int) -> UnsafeMutablePointer<Float> {
    let panel = column / columnsPerPanel
    return pointer(panel: panel) + row * width(ofPanel: panel) + column % columnsPerPanel
  }

  /// The same place in a matrix whose words hold two brain floats each.
  func words(_ pointer: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: UInt32.self)
  }

  /// Each ← op(a) b, added to itself where it adds. `b` is cut into panels, of `a` one counts.
  ///
  /// - Parameters:
  ///   - panel: of `a`.
  ///   - rows: of `a` that count, or nil for all; where `a` is transposed, all.
  ///   - column: the first of `a` that counts; of brain floats, in words.
  ///   - columns: of `b` that count, or nil for all; of brain floats, whole panels.
  func setProduct(
    _ a: WinogradMatrices, panel panelOfA: Int = 0, rows range: Range<Int>? = nil,
    from column: Int = 0, _ b: WinogradMatrices, columns: Range<Int>? = nil,
    transposeA: Bool = false, adds: Bool = false, _ precision: ProductPrecision = .fp32
  ) {
    let (width, widthOfA) = (width(ofPanel: 0), a.width(ofPanel: panelOfA))
    let columns = columns ?? 0..<b.columns
    let panels =
      columns.lowerBound / b.columnsPerPanel..<(columns.upperBound - 1) / b.columnsPerPanel + 1
    parallelFor(36 * panels.count) { i in
      let (element, panel) = (i / panels.count, panels.lowerBound + i % panels.count)
      let widthOfB = b.width(ofPanel: panel)
      let some = b.columns(ofPanel: panel).clamped(to: columns)
      let left =
        a.pointer(panel: panelOfA, element: element) + (range?.lowerBound ?? 0) * widthOfA + column
      let right = b.pointer(panel: panel, element: element) + some.lowerBound % b.columnsPerPanel
      let target = pointer(element: element) + some.lowerBound - columns.lowerBound
      switch precision {
      case .bf16:
        var product = BFloatPanelProduct(
          a: a.words(left), aStride: widthOfA, isTransposed: false, rows: rows, pairs: b.rows,
          panel: b.words(right), panelStride: widthOfB, columns: widthOfB, start: nil, adds: adds,
          y: target, yStride: width)
        bfloatKernels?.panelProduct(&product)
      default:
        var product = PanelProduct(
          a: left, aStride: widthOfA, isTransposed: transposeA, rows: rows, count: b.rows,
          b: right, bStride: widthOfB, columns: panelWidth(some.count), start: nil, adds: adds,
          y: target, yStride: width)
        product.run()
      }
    }
  }
}
