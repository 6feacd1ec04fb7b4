import Kernels
import Support

/// A transposed second factor that several pieces of a product share: in panels of 64 columns, packed once;
/// for OpenBLAS, which packs for itself, as it is.
struct TurnedFactor {
  let source: UnsafePointer<Float>
  let stride: Int
  private let panels: Storage?
  private let count: Int, columns: Int
  private static let width = Int(PANEL_COLUMNS)
  /// Numbers of each column that are packed at a time.
  private static let depth = 256

  /// - Parameter b: must outlive this.
  /// - Shape: `b [columns, count]`, its rows `stride` apart.
  init(_ b: UnsafePointer<Float>, stride: Int, count: Int, columns: Int) {
    (source, self.stride, self.count, self.columns) = (b, stride, count, columns)
    guard ProductEngine.current == .ours else {
      panels = nil
      return
    }
    let panelCount = (columns + Self.width - 1) / Self.width
    let storage = Storage(count: panelCount * Self.width * count)
    let parts = (count + Self.depth - 1) / Self.depth
    parallelFor(panelCount * parts) { i in
      let (panel, start) = (i / parts, i % parts * Self.depth)
      let columns = min(Self.width, columns - panel * Self.width)
      kernels.panel(
        b + panel * Self.width * stride + start, stride, 1, min(Self.depth, count - start), columns,
        storage.pointer + panel * Self.width * count + start * panelWidth(columns))
    }
    panels = storage
  }

  /// Where the numbers of a column begin that are summed from `start` on, and how far the next ones are; nil
  /// where nothing is packed.
  func panel(column: Int, start: Int) -> (pointer: UnsafePointer<Float>, stride: Int)? {
    guard let panels else { return nil }
    let panel = column / Self.width
    let width = panelWidth(min(Self.width, columns - panel * Self.width))
    let first = panels.pointer + panel * Self.width * count + start * width
    return (UnsafePointer(first + column % Self.width), width)
  }
}
