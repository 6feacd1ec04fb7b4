import Foundation
import Tensors

/// What an object of a scene is: the class label of its box.
public enum ShapeClass: String, CaseIterable, Codable, Sendable {
  case sphere, box, cylinder, cone, ring, capsule, egg, pyramid
  case mushroom, vase, bowl, pawn, pumpkin, star, heart, gem
  /// Drawn only where it is asked for: a class that the shipped model has never seen.
  case crescent

  /// What scenes are drawn of.
  public static let standard = allCases.filter { $0 != .crescent }

  /// The label as OpenImages writes it: a made-up machine identifier.
  public var label: String { "/m/pbe_\(rawValue)" }
  public var displayName: String { rawValue.capitalized }
}

/// The geometry of one object in its own coordinates, about as large as the unit ball.
package struct Shape: Sendable {
  package let form: Form
  /// How the object rests on the ground: its own coordinates to upright ones.
  package let pose: Rotation
  /// Height of the origin above the ground when it rests in its pose.
  package let rest: Float
  /// Radius of a ball about the origin that holds the whole shape.
  package let bound: Float

  /// Where surface patterns take their two coordinates from.
  enum Mapping { case spherical, cylindrical, planar }

  var mapping: Mapping {
    switch form {
    case .sphere, .egg, .pumpkin, .mushroom, .ring: .spherical
    case .cylinder, .cone, .capsule, .vase, .bowl, .pawn: .cylindrical
    case .box, .pyramid, .star, .heart, .gem, .crescent: .planar
    }
  }

  /// A convex surface cannot shade itself; others must be asked.
  var isConvex: Bool {
    switch form {
    case .sphere, .box, .cylinder, .cone, .capsule, .egg, .pyramid, .gem: true
    case .ring, .mushroom, .vase, .bowl, .pawn, .pumpkin, .star, .heart, .crescent: false
    }
  }
}

extension Shape {
  /// An individual of a class: proportions and pose differ.
  package init(_ kind: ShapeClass, using random: inout RandomStream) {
    switch kind {
    case .sphere: self.init(.sphere, rest: 1, bound: 1)
    case .box: self = .box(using: &random)
    case .cylinder: self = .cylinder(using: &random)
    case .cone:
      let (bottom, top) = (random.uniform(0.55, 0.75), random.uniform(0.04, 0.3))
      let form = Form.cone(bottom: bottom, top: top, half: 0.78)
      self.init(form, rest: 0.78, bound: 1.12)
    case .ring: self = .ring(using: &random)
    case .capsule: self = .capsule(using: &random)
    case .egg: self.init(.egg, rest: 0.92, bound: 1)
    case .pyramid: self.init(.pyramid, rest: 0.55, bound: 1.17)
    case .mushroom:
      self.init(.mushroom(cap: random.uniform(0.72, 0.85)), rest: 0.9, bound: 1.05)
    case .vase: self.init(.vase(belly: random.uniform(0.5, 0.66)), rest: 0.86, bound: 1.08)
    case .bowl: self.init(.bowl, rest: 0.5, bound: 1.08)
    case .pawn: self.init(.pawn, rest: 0.95, bound: 1.13)
    case .pumpkin: self.init(.pumpkin, rest: 0.68, bound: 1.06)
    case .star: self.init(.star(half: random.uniform(0.16, 0.3)), rest: 0.8, bound: 1.06)
    case .heart: self.init(.heart(half: random.uniform(0.2, 0.32)), rest: 0.84, bound: 1.13)
    case .gem: self.init(.gem, rest: 0.57, bound: 1, pose: .roll(Form.gemRoll))
    case .crescent:
      self.init(.crescent(half: random.uniform(0.18, 0.3)), rest: 0.9, bound: 0.96)
    }
  }

  private init(_ form: Form, rest: Float, bound: Float, pose: Rotation = .identity) {
    self.init(form: form, pose: pose, rest: rest, bound: bound)
  }

  private static func box(using random: inout RandomStream) -> Shape {
    let half: Vector =
      random.chance(0.5)
      ? Vector(repeating: 0.66)
      : [random.uniform(0.5, 0.72), random.uniform(0.35, 0.8), random.uniform(0.5, 0.72)]
    let form = Form.box(half: half, round: random.uniform(0.03, 0.16))
    return Shape(form, rest: half.y, bound: half.length)
  }

  private static func cylinder(using random: inout RandomStream) -> Shape {
    let (radius, half) = (random.uniform(0.45, 0.68), random.uniform(0.4, 0.78))
    let form = Form.cylinder(radius: radius, half: half, round: random.uniform(0.03, 0.1))
    let lies = random.chance(0.2)
    return Shape(
      form, rest: lies ? radius : half, bound: SIMD2(radius, half).length,
      pose: lies ? .roll(.pi / 2) : .identity)
  }

  private static func ring(using random: inout RandomStream) -> Shape {
    let tube = random.uniform(0.2, 0.32)
    let stands = random.chance(0.5)
    return Shape(
      .ring(radius: 1 - tube, tube: tube), rest: stands ? 1 : tube, bound: 1,
      pose: stands ? .pitch(.pi / 2) : .identity)
  }

  private static func capsule(using random: inout RandomStream) -> Shape {
    let (radius, half) = (random.uniform(0.36, 0.5), random.uniform(0.35, 0.5))
    let lies = random.chance(0.4)
    return Shape(
      .capsule(radius: radius, half: half), rest: lies ? radius : half + radius,
      bound: half + radius, pose: lies ? .roll(.pi / 2) : .identity)
  }
}
