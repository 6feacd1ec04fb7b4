import Foundation
import Pictures
import Tensors

extension PixelRectangle {
  /// A box's whole pixels in a picture of this size: fractions are cut off, as the official code
  /// does, and the box holds at least a pixel. nil if the box is empty, inverted, not a number or
  /// outside the picture.
  package init?(_ box: Box, inWidth width: Int, height: Int) {
    let inside = box.clipped(width: width, height: height)
    guard inside.area > 0, inside.area.isFinite else { return nil }
    let (left, top) = (Int(inside.x0), Int(inside.y0))
    self.init(left, top, max(Int(inside.x1), left + 1), max(Int(inside.y1), top + 1))
  }

  package func contains(_ other: PixelRectangle) -> Bool {
    x <= other.x && y <= other.y && right >= other.right && bottom >= other.bottom
  }

  package func union(_ other: PixelRectangle) -> PixelRectangle {
    PixelRectangle(
      min(x, other.x), min(y, other.y), max(right, other.right), max(bottom, other.bottom))
  }

  /// Each side pushed outwards by 0 to 40 % of the room between it and the picture's border.
  ///
  /// - Source: official code; the paper gives no figures.
  package func grown(
    inWidth width: Int, height: Int, using random: inout RandomStream
  ) -> PixelRectangle {
    func step(_ room: Int) -> Int { random.integer(0...Int(0.4 * Double(room))) }
    let left = x - step(x)
    let top = y - step(y)
    let right = self.right + step(width - self.right)
    return PixelRectangle(left, top, right, bottom + step(height - bottom))
  }

  /// The rectangle and up to `margin` pixels around it, inside a picture of this size.
  package func padded(by margin: Int, inWidth width: Int, height: Int) -> PixelRectangle {
    PixelRectangle(
      max(0, x - margin), max(0, y - margin), min(width, right + margin),
      min(height, bottom + margin))
  }

  /// The part of a picture that becomes the training example and holds `region`.
  ///
  /// A square as long as the picture's shorter side, placed at random around the region, then
  /// shrunk from all sides by 0 to 60 % of its smallest margin. A region too long for that square
  /// (or one that fits in a single place) leaves the whole picture, to be squashed; square
  /// pictures are taken whole too.
  ///
  /// - Source: official code; the paper gives no figures.
  package static func squareCrop(
    around region: PixelRectangle, inWidth width: Int, height: Int,
    using random: inout RandomStream
  ) -> PixelRectangle {
    let whole = PixelRectangle(0, 0, width, height)
    let side = min(width, height)
    let wide = width > height
    let (start, end, length) =
      wide ? (region.x, region.right, width) : (region.y, region.bottom, height)
    let first = max(0, end - side)
    let last = min(length, start + side) - side
    guard width != height, first < last else { return whole }

    let place = random.integer(first...last)
    let square =
      wide
      ? PixelRectangle(place, 0, place + side, side)
      : PixelRectangle(0, place, side, place + side)
    let margin = min(
      region.x - square.x, region.y - square.y, square.right - region.right,
      square.bottom - region.bottom)
    let zoom = random.integer(0...Int(0.6 * Double(margin)))
    return PixelRectangle(
      square.x + zoom, square.y + zoom, square.right - zoom, square.bottom - zoom)
  }
}
