import Foundation
import Pictures
import Tensors

/// Where the picture is to be repainted, before it is drawn.
package enum MaskShape: Sendable, Equatable {
  case rectangle(PixelRectangle)
  /// A closed polygon with whole-pixel corners.
  case polygon([Point])
  /// A picture of the source's size; white is repainted.
  case picture(GrayImage)

  package struct Point: Sendable, Equatable {
    package var x: Int
    package var y: Int

    package init(x: Int, y: Int) {
      self.x = x
      self.y = y
    }
  }

  /// A free-form mask: a curve bulging from each edge of the object's box to the grown box, its
  /// points jittered.
  ///
  /// Each curve is a quadratic Bézier: end points are the box's corners, the control point is the
  /// middle of the grown box's edge. How many points, and how far they jump: see ``Variant``.
  /// - Parameter scale: of the jitter; 1 for photographs.
  /// - Source: paper §3.2, official code.
  package static func freeForm(
    _ box: PixelRectangle, grown: PixelRectangle, _ variant: Variant, scale: Float,
    using random: inout RandomStream
  ) -> MaskShape {
    let jitter = max(1, Int((5 * scale).rounded()))
    func moved(_ value: Double) -> Int {
      switch variant {
      case .official:
        return Int(value + Double(random.integer(-jitter...jitter)))
      case .paper:
        let length = Double(random.integer(1...jitter))
        return Int(value + (random.chance(0.5) ? length : -length))
      }
    }
    var points: [Point] = []
    for curve in edgeCurves(box, grown) {
      for (x, y) in curve.points(variant) {
        let x = moved(x)
        points.append(Point(x: x, y: moved(y)))
      }
    }
    return .polygon(points)
  }

  /// Top, right, bottom, left; clockwise.
  package static func edgeCurves(
    _ box: PixelRectangle, _ grown: PixelRectangle
  ) -> [QuadraticCurve] {
    let (x0, y0, x1, y1) =
      (Double(box.x), Double(box.y), Double(box.right), Double(box.bottom))
    let (middleX, middleY) = ((x0 + x1) / 2, (y0 + y1) / 2)
    return [
      QuadraticCurve((x0, y0), (middleX, Double(grown.y)), (x1, y0)),
      QuadraticCurve((x1, y0), (Double(grown.right), middleY), (x1, y1)),
      QuadraticCurve((x1, y1), (middleX, Double(grown.bottom)), (x0, y1)),
      QuadraticCurve((x0, y1), (Double(grown.x), middleY), (x0, y0)),
    ]
  }
}

/// A quadratic Bézier curve.
package struct QuadraticCurve {
  let start, control, end: (Double, Double)

  package init(_ start: (Double, Double), _ control: (Double, Double), _ end: (Double, Double)) {
    (self.start, self.control, self.end) = (start, control, end)
  }

  /// The operations, and so the rounding, are those of the `bezier` package (Volk and Schumaker's
  /// scheme): which of two mirrored points are equal depends on the last bit.
  package func point(at t: Double) -> (Double, Double) {
    let s = 1 - t
    func value(_ p: Double, _ q: Double, _ r: Double) -> Double {
      let sum = s * p + 2 * t * q
      return sum * s + t * t * r
    }
    return (value(start.0, control.0, end.0), value(start.1, control.1, end.1))
  }

  /// The mask's points on this edge.
  ///
  /// The official code drops a point one of whose coordinates an earlier one has: 10 to 17 of 18
  /// stay on a bulging edge, since its two halves are mirror images, and 2 to 5 on a straight one.
  package func points(_ variant: Variant) -> [(Double, Double)] {
    switch variant {
    case .paper:
      return (0..<20).map { point(at: (Double($0) + 0.5) / 20) }
    case .official:
      var kept: [(Double, Double)] = []
      for i in 1..<19 {
        let new = point(at: Double(i) * 0.05)
        if !kept.contains(where: { $0.0 == new.0 || $0.1 == new.1 }) { kept.append(new) }
      }
      return kept
    }
  }
}

extension MaskShape {
  /// The part of the mask inside `crop`, 255 to repaint, 0 to keep.
  package func drawn(in crop: PixelRectangle) -> GrayImage {
    switch self {
    case .picture(let picture):
      return picture.cropped(to: crop)
    case .rectangle(let rectangle):
      var canvas = MaskCanvas(crop)
      for y in rectangle.y..<rectangle.bottom {
        canvas.fill(row: y, from: rectangle.x, through: rectangle.right - 1)
      }
      return canvas.picture
    case .polygon(let points):
      var canvas = MaskCanvas(crop)
      canvas.fill(points)
      return canvas.picture
    }
  }
}

/// A mask being drawn, in the picture's coordinates, cut to a crop.
private struct MaskCanvas {
  let crop: PixelRectangle
  var pixels: [UInt8]

  init(_ crop: PixelRectangle) {
    self.crop = crop
    pixels = [UInt8](repeating: 0, count: crop.width * crop.height)
  }

  var picture: GrayImage { GrayImage(width: crop.width, height: crop.height, pixels: pixels) }

  mutating func fill(row y: Int, from first: Int, through last: Int) {
    let (first, last) = (max(first, crop.x), min(last, crop.right - 1))
    guard y >= crop.y, y < crop.bottom, first <= last else { return }
    let start = (y - crop.y) * crop.width - crop.x
    pixels.replaceSubrange(
      start + first...start + last, with: repeatElement(255, count: last - first + 1))
  }

  /// Even–odd fill with the outline included, as Pillow's `ImageDraw.polygon` (to a pixel of the
  /// outline, whose rounding differs between its versions).
  mutating func fill(_ points: [MaskShape.Point]) {
    let edges = zip(points, points.dropFirst() + points.prefix(1))
    let sloped = edges.filter { $0.y != $1.y }
    for (a, b) in edges where a.y == b.y {
      fill(row: a.y, from: min(a.x, b.x), through: max(a.x, b.x))
    }
    let rows = points.map(\.y)
    guard let top = rows.min(), let bottom = rows.max() else { return }
    for y in top...bottom {
      // Half-open edges, so that a corner where two of them meet counts once.
      let crossings = sloped.filter { min($0.y, $1.y) <= y && y < max($0.y, $1.y) }
        .map { a, b in
          Float(a.x) + Float(y - a.y) * Float(b.x - a.x) / Float(b.y - a.y)
        }
        .sorted()
      for i in stride(from: 0, to: crossings.count - 1, by: 2) {
        fill(
          row: y, from: Int((crossings[i] - 0.5).rounded(.up)),
          through: Int((crossings[i + 1] + 0.5).rounded(.down)))
      }
    }
  }
}
