/// Signed distances of simple figures, and the ways to join them.
///
/// In the half-plane of a surface of revolution `x` is the distance from its axis.
enum Distance {
  /// A box about the origin.
  static func box(_ p: Vector, _ half: Vector) -> Float {
    let q = p.absolute - half
    let outside = Vector(max(q.x, 0), max(q.y, 0), max(q.z, 0)).length
    return outside + min(max(q.x, max(q.y, q.z)), 0)
  }

  /// A rectangle about the origin; turned about the axis, a cylinder.
  static func box(_ p: SIMD2<Float>, _ half: SIMD2<Float>) -> Float {
    let q = SIMD2(abs(p.x) - half.x, abs(p.y) - half.y)
    return SIMD2(max(q.x, 0), max(q.y, 0)).length + min(max(q.x, q.y), 0)
  }

  /// A truncated cone from `-half` to `half`.
  static func cone(_ q: SIMD2<Float>, _ bottom: Float, _ top: Float, _ half: Float) -> Float {
    let radius = q.y < 0 ? bottom : top
    let cap = SIMD2(max(q.x - radius, 0), abs(q.y) - half)
    let side = SIMD2(bottom - top, -2 * half)
    let fromTop = q - SIMD2(top, half)
    let along = min(max(fromTop.dot(side) / side.dot(side), 0), 1)
    let slope = fromTop - side * along
    let isInside = slope.x < 0 && cap.y < 0
    let nearest = min(cap.dot(cap), slope.dot(slope)).squareRoot()
    return isInside ? -nearest : nearest
  }

  /// The hull of two balls, of radius `bottom` at the origin and `top` at `height`.
  static func roundCone(
    _ q: SIMD2<Float>, _ bottom: Float, _ top: Float, _ height: Float
  ) -> Float {
    let slope = (bottom - top) / height
    let normal = SIMD2((1 - slope * slope).squareRoot(), slope)
    let along = q.y * normal.x - q.x * normal.y
    if along < 0 { return q.length - bottom }
    if along > normal.x * height { return SIMD2(q.x, q.y - height).length - top }
    return q.dot(normal) - bottom
  }

  /// A flat outline made thick: `half` to either side.
  static func extruded(_ outline: Float, _ z: Float, _ half: Float) -> Float {
    let depth = abs(z) - half
    return SIMD2(max(outline, 0), max(depth, 0)).length + min(max(outline, depth), 0)
  }

  /// The union of two figures with a fillet about `width` wide (quadratic polynomial).
  static func smoothMin(_ a: Float, _ b: Float, _ width: Float) -> Float {
    let overlap = max(width - abs(a - b), 0)
    return min(a, b) - overlap * overlap / (4 * width)
  }

  /// The intersection of two figures with a rounded edge.
  static func smoothMax(_ a: Float, _ b: Float, _ width: Float) -> Float {
    -smoothMin(-a, -b, width)
  }
}
