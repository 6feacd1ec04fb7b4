import Foundation
import Tensors

/// What a surface looks like: two colours, how they are laid out, and how they shine.
struct Material: Sendable {
  /// Linear sRGB, of the larger part.
  var base: Vector
  var accent: Vector
  var pattern: Pattern
  /// Blinn's exponent: 10 is matt, 300 polished.
  var shininess: Float
  /// How much of the surroundings is mirrored when looked at head on.
  var reflectance: Float
  /// Metals mirror in their own colour and scatter nothing.
  var isMetal = false

  /// The colour seen from afar, which the surface casts on its neighbours.
  var average: Vector { base.mixed(with: accent, pattern.accentShare) }

  func color(at p: Vector, normal: Vector, mapping: Shape.Mapping) -> Vector {
    base.mixed(with: accent, pattern.amount(at: p, normal: normal, mapping: mapping))
  }
}

extension Material {
  /// The material of one object; every hue is as likely as any other.
  ///
  /// Most objects have one hue, mostly vivid: the first thing that a model learns of its reference
  /// is the colour, and a test can tell one hue from another.
  static func random(using random: inout RandomStream) -> Material {
    if random.chance(0.04) { return metal(using: &random) }
    let hue = random.uniform(0, 2 * .pi)
    let base = Self.color(hue: hue, using: &random)
    let shines = random.chance(0.5)
    return Material(
      base: base, accent: accent(to: base, hue: hue, using: &random),
      pattern: .random(using: &random),
      shininess: shines ? random.uniform(80, 300) : random.uniform(12, 40),
      reflectance: shines ? 0.05 : 0.02)
  }

  /// Vivid, deep, pastel or nearly neutral.
  private static func color(hue: Float, using random: inout RandomStream) -> Vector {
    let warmth = cos(hue - 1.85)  // yellows are light, blues dark, when they are at their purest
    switch random.uniform() {
    case ..<0.76:
      return Color.oklch(
        random.uniform(0.6, 0.72) + 0.1 * warmth, random.uniform(0.15, 0.24), hue)
    case ..<0.89:
      return Color.oklch(
        random.uniform(0.4, 0.52) + 0.06 * warmth, random.uniform(0.11, 0.18), hue)
    case ..<0.97:
      return Color.oklch(random.uniform(0.8, 0.87), random.uniform(0.06, 0.11), hue)
    default:
      return Color.oklch(random.chance(0.6) ? 0.93 : 0.3, random.uniform(0, 0.02), hue)
    }
  }

  /// A lighter or darker shade, cream, or a colour from elsewhere on the wheel.
  private static func accent(
    to base: Vector, hue: Float, using random: inout RandomStream
  ) -> Vector {
    let isLight = base.dot([0.21, 0.72, 0.07]) > 0.4
    switch random.uniform() {
    case ..<0.65:
      return isLight
        ? base * random.uniform(0.25, 0.5)
        : base.mixed(with: .one, random.uniform(0.4, 0.7))
    case ..<0.85: return isLight ? base * 0.2 : Color.oklch(0.94, 0.03, 1.6)
    default:
      let turn = random.uniform(1.2, 2 * .pi - 1.2)
      return Color.oklch(isLight ? 0.5 : 0.82, random.uniform(0.1, 0.18), hue + turn)
    }
  }

  private static func metal(using random: inout RandomStream) -> Material {
    let tints: [Vector] = [[0.95, 0.68, 0.3], [0.9, 0.52, 0.38], [0.82, 0.83, 0.85]]
    let tint = tints[random.integer(0...2)]
    return Material(
      base: tint, accent: tint * 0.6, pattern: .plain, shininess: random.uniform(60, 200),
      reflectance: 0.8, isMetal: true)
  }
}
