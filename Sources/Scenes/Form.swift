import Foundation

/// A surface, as the signed distance to it (a lower bound where the exact one is costly).
///
/// - Source: Hart, "Sphere tracing", The Visual Computer 1996, for what a bound must fulfil.
package enum Form: Sendable {
  case sphere
  case box(half: Vector, round: Float)
  case cylinder(radius: Float, half: Float, round: Float)
  case cone(bottom: Float, top: Float, half: Float)
  case ring(radius: Float, tube: Float)
  case capsule(radius: Float, half: Float)
  case egg
  case pyramid
  case mushroom(cap: Float)
  case vase(belly: Float)
  case bowl
  case pawn
  case pumpkin
  case star(half: Float)
  case heart(half: Float)
  case crescent(half: Float)
  case gem

  /// How far `p` is outside the surface; negative inside.
  package func distance(_ p: Vector) -> Float {
    switch self {
    case .sphere: p.length - 1
    case .box(let half, let round): Distance.box(p, half - Vector(repeating: round)) - round
    case .cylinder(let radius, let half, let round):
      Distance.box(p.turned, [radius - round, half - round]) - round
    case .cone(let bottom, let top, let half):
      Distance.cone(p.turned, bottom - 0.04, top, half - 0.04) - 0.04
    case .ring(let radius, let tube):
      SIMD2(p.turned.x - radius, p.y).length - tube
    case .capsule(let radius, let half):
      Vector(p.x, p.y - min(max(p.y, -half), half), p.z).length - radius
    case .egg: Distance.roundCone(p.turned + [0, 0.2], 0.72, 0.46, 0.74)
    case .pyramid: Self.pyramid(p)
    case .mushroom(let cap): min(Self.cap(p, cap), Self.stem(p))
    case .vase(let belly): Self.vase(p.turned, belly)
    case .bowl: Self.bowl(p.turned)
    case .pawn: Self.pawn(p.turned)
    case .pumpkin: min(Self.pumpkin(p), Self.stalk(p))
    case .star(let half): Self.star(p, half)
    case .heart(let half): Self.heart(p, half)
    case .crescent(let half): Self.crescent(p, half)
    case .gem: Self.gem(p)
    }
  }

  /// Whether the surface at `p` is of the second colour alone (a stem, a stalk).
  func isSecondPart(_ p: Vector) -> Bool {
    switch self {
    case .mushroom(let cap): Self.stem(p) < Self.cap(p, cap)
    case .pumpkin: Self.stalk(p) < Self.pumpkin(p)
    default: false
    }
  }
}

extension SIMD3<Float> {
  /// Distance from the vertical axis, and height: the half-plane of surfaces of revolution.
  fileprivate var turned: SIMD2<Float> { SIMD2((x * x + z * z).squareRoot(), y) }
}

extension Form {
  private static func pyramid(_ p: Vector) -> Float {
    let side = max(abs(p.x), abs(p.z)) * 0.875 + (p.y - 0.75) * 0.4845
    return max(side, -p.y - 0.55)
  }

  private static func cap(_ p: Vector, _ radius: Float) -> Float {
    let dome = Vector(p.x, (p.y - 0.08) * 1.15, p.z).length - radius
    return Distance.smoothMax(dome * 0.9, 0.12 - p.y, 0.1)
  }

  private static func stem(_ p: Vector) -> Float {
    let flat = Distance.roundCone(p.turned + [0, 0.66], 0.36, 0.2, 0.8)
    return Distance.smoothMax(flat, -0.9 - p.y, 0.05)
  }

  private static func vase(_ q: SIMD2<Float>, _ belly: Float) -> Float {
    let body = SIMD2(q.x, q.y + 0.22).length - belly
    let neck = Distance.box(q - [0, 0.3], [0.18, 0.5]) - 0.04
    let lip = SIMD2(q.x - 0.3, q.y - 0.84).length - 0.09
    let foot = Distance.box(q + [0, 0.8], [belly * 0.6, 0.02]) - 0.04
    let outside = Distance.smoothMin(Distance.smoothMin(body, neck, 0.3), lip, 0.12)
    let hollow = Distance.box(q - [0, 0.9], [0.18, 0.5])
    let whole = max(Distance.smoothMin(outside, foot, 0.12), -hollow)
    return max(whole, -0.86 - q.y)
  }

  private static func bowl(_ q: SIMD2<Float>) -> Float {
    let wall = abs(SIMD2(q.x, q.y - 0.42).length - 0.85) - 0.055
    let rim = SIMD2(q.x - 0.848, q.y - 0.42).length - 0.075
    let half = max(wall, q.y - 0.42)
    let foot = Distance.box(q + [0, 0.45], [0.38, 0.04]) - 0.01
    return min(min(half, rim), foot)
  }

  private static func pawn(_ q: SIMD2<Float>) -> Float {
    let head = SIMD2(q.x, q.y - 0.62).length - 0.36
    let body = Distance.cone(q + [0, 0.28], 0.42, 0.16, 0.56)
    let collar = Distance.box(q - [0, 0.26], [0.3, 0.01]) - 0.045
    let base = Distance.box(q + [0, 0.83], [0.5, 0.06]) - 0.06
    let trunk = Distance.smoothMin(body, base, 0.14)
    return Distance.smoothMin(min(head, collar), trunk, 0.06)
  }

  private static func pumpkin(_ p: Vector) -> Float {
    let lobes = 0.055 * abs(sin(4 * atan2(p.z, p.x)))
    let q = SIMD2(p.turned.x, p.y * 1.28)
    let radius = q.length
    let dent = 0.16 * max(0, 1 - q.x * 2.2)
    return (radius - 0.92 - lobes * min(1, q.x * 2) + dent) * 0.7
  }

  private static func stalk(_ p: Vector) -> Float {
    Distance.cone(p.turned - [0, 0.68], 0.13, 0.08, 0.2) - 0.02
  }

  /// Five points, folded onto half of one.
  private static func star(_ p: Vector, _ half: Float) -> Float {
    var q = SIMD2(abs(p.x), p.y)
    for side in stride(from: Float(0.809017), through: -0.809017, by: -1.618034) {
      let mirror = SIMD2(side, -0.587785)
      q -= mirror * (2 * max(0, mirror.dot(q)))
    }
    let tip = SIMD2(abs(q.x), q.y - 0.92)
    let edge = SIMD2<Float>(0.27, -0.548)  // from the tip to the inner corner, at half the radius
    let along = min(max(tip.dot(edge) / edge.dot(edge), 0), 1)
    let isInside = tip.x * edge.y > tip.y * edge.x
    let outline = (tip - edge * along).length * (isInside ? -1 : 1)
    return Distance.extruded(outline, p.z, half - 0.06) - 0.06
  }

  /// A square on its corner and a half-disc on each upper side.
  private static func heart(_ p: Vector, _ half: Float) -> Float {
    let size: Float = 1.42  // the square's diagonal
    let q = SIMD2(abs(p.x), p.y + 0.76)
    let corner = SIMD2(q.x + q.y - size / 2, q.y - q.x - size / 2) * 0.70711
    let square = Distance.box(corner, SIMD2(size, size) * 0.35355)
    let disc = (q - SIMD2(0.25, 0.75) * size).length - size * 0.35355
    return Distance.extruded(min(square, disc), p.z, half - 0.08) - 0.08
  }

  /// A disc without another that lies beside its middle.
  private static func crescent(_ p: Vector, _ half: Float) -> Float {
    let q = SIMD2(p.x, p.y)
    let outline = max(q.length - 0.83, 0.7 - (q - [0.42, 0.16]).length)
    return Distance.extruded(outline, p.z, half - 0.07) - 0.07
  }

  /// A brilliant: eight-fold table, crown, girdle and pavilion.
  private static func gem(_ p: Vector) -> Float {
    var q = SIMD2(max(abs(p.x), abs(p.z)), min(abs(p.x), abs(p.z)))
    q = q.y > q.x * 0.41421 ? SIMD2(q.x + q.y, q.x - q.y) * 0.70711 : q
    let crown = q.x * 0.5736 + p.y * 0.8192 - 0.62
    let pavilion = q.x * 0.7833 - p.y * 0.6216 - 0.57
    return max(max(crown, pavilion), max(q.x - 0.84, p.y - 0.36))
  }

  /// The roll that lays a gem on one of its lower facets.
  static let gemRoll: Float = -0.9
}
