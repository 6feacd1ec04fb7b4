import Foundation
import Tensors

/// How a surface's two colours are laid out.
enum Pattern: Sendable {
  case plain
  /// From the first colour at the bottom to the second at the top.
  case gradient
  case checker(cell: Float)
  /// Bands across the direction `angle` (0 upright, π/2 level).
  case stripes(cell: Float, angle: Float)
  case dots(cell: Float, radius: Float)
  /// Marble: bands bent by noise.
  case marble(scale: Float, offset: Float)

  static func random(using random: inout RandomStream) -> Pattern {
    switch random.uniform() {
    case ..<0.8: return .plain
    case ..<0.9: return .gradient
    case ..<0.92: return .checker(cell: random.uniform(0.35, 0.5))
    case ..<0.96:
      let angles: [Float] = [0, .pi / 2, .pi / 2, .pi / 4]
      return .stripes(cell: random.uniform(0.28, 0.5), angle: angles[random.integer(0...3)])
    case ..<0.99: return .dots(cell: random.uniform(0.42, 0.6), radius: random.uniform(0.24, 0.34))
    default: return .marble(scale: random.uniform(1.2, 2), offset: random.uniform(0, 50))
    }
  }

  /// The part of the surface that has the second colour.
  var accentShare: Float {
    switch self {
    case .plain: 0
    case .dots(_, let radius): .pi * radius * radius
    case .marble: 0.35
    case .gradient, .checker, .stripes: 0.5
    }
  }

  /// 0 where the first colour is seen, 1 where the second; `p` in the shape's own coordinates.
  func amount(at p: Vector, normal: Vector, mapping: Shape.Mapping) -> Float {
    switch self {
    case .plain: return 0
    case .gradient: return min(max(p.y * 0.6 + 0.5, 0), 1)
    case .marble(let scale, let offset):
      let bend = Noise.fractal(p * scale + Vector(repeating: offset))
      let band = 0.5 + 0.5 * sin(5 * (p.x + p.y + 0.5 * p.z) + 9 * bend)
      return band * band
    case .checker(let cell):
      let (u, v) = mapping.coordinates(p, normal, cell: cell, isEven: true)
      return (Int(u.rounded(.down)) + Int(v.rounded(.down))) & 1 == 0 ? 0 : 1
    case .stripes(let cell, let angle):
      let (u, v) = mapping.coordinates(p, normal, cell: cell, isEven: true)
      let across = abs(angle - .pi / 4) < 0.1 ? u + v : angle == 0 ? u : v
      return Int(across.rounded(.down)) & 1 == 0 ? 0 : 1
    case .dots(let cell, let radius):
      let (u, v) = mapping.coordinates(p, normal, cell: cell, isEven: false)
      let center = SIMD2(u - u.rounded(.down) - 0.5, v - v.rounded(.down) - 0.5)
      return center.length < radius ? 1 : 0
    }
  }
}

extension Shape.Mapping {
  /// Surface coordinates in cells. A whole (and, if asked for, even) number of them goes round.
  ///
  /// Dots are counted row by row, so that they keep their size towards a ball's poles.
  func coordinates(
    _ p: Vector, _ normal: Vector, cell: Float, isEven: Bool
  ) -> (u: Float, v: Float) {
    switch self {
    case .planar:
      let n = normal.absolute
      if n.y > max(n.x, n.z) { return (p.x / cell + 0.5, p.z / cell + 0.5) }
      return ((n.x > n.z ? p.z : p.x) / cell + 0.5, p.y / cell + 0.5)
    case .cylindrical:
      let v = p.y / cell + 0.5
      return (Self.turn(p, radius: 0.6, cell, isEven), v)
    case .spherical:
      let latitude = asin(min(max(p.y / p.length, -1), 1))
      let v = latitude / cell + 0.5
      let row = isEven ? 0 : (v.rounded(.down)) * cell
      return (Self.turn(p, radius: max(cos(row), 0.05), cell, isEven), v)
    }
  }

  private static func turn(_ p: Vector, radius: Float, _ cell: Float, _ isEven: Bool) -> Float {
    let around = 2 * Float.pi * radius / cell
    let count = isEven ? 2 * max((around / 2).rounded(), 1) : max(around.rounded(), 1)
    return (atan2(p.z, p.x) / (2 * .pi) + 0.5) * count
  }
}
