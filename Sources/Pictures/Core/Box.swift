/// A box in pixel coordinates of a picture as displayed, end-exclusive; may lie between pixels.
public struct Box: Sendable, Equatable, Codable, BitwiseCopyable {
  public var x0: Float
  public var y0: Float
  public var x1: Float
  public var y1: Float

  public init(_ x0: Float, _ y0: Float, _ x1: Float, _ y1: Float) {
    self.x0 = x0
    self.y0 = y0
    self.x1 = x1
    self.y1 = y1
  }

  public var width: Float { x1 - x0 }
  public var height: Float { y1 - y0 }
  /// Zero for an empty or inverted box.
  public var area: Float { max(0, width) * max(0, height) }

  /// The part of the box inside a picture of this size; empty (area 0) if there is none.
  public func clipped(width: Int, height: Int) -> Box {
    let right = Float(width)
    let bottom = Float(height)
    return Box(
      min(max(x0, 0), right), min(max(y0, 0), bottom),
      min(max(x1, 0), right), min(max(y1, 0), bottom))
  }
}

/// Whole pixels of a picture: `width × height` from the top left corner (`x`, `y`).
public struct PixelRectangle: Sendable, Equatable, Codable {
  public var x: Int
  public var y: Int
  public var width: Int
  public var height: Int

  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  public var box: Box { Box(Float(x), Float(y), Float(x + width), Float(y + height)) }

  /// One past the last column.
  package var right: Int { x + width }
  /// One past the last row.
  package var bottom: Int { y + height }

  package init(_ left: Int, _ top: Int, _ right: Int, _ bottom: Int) {
    self.init(x: left, y: top, width: right - left, height: bottom - top)
  }
}
