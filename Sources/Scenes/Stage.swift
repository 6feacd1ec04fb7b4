import Foundation
import Tensors

/// Where the objects stand: ground, what is behind it, and the light.
///
/// The ground is the plane y = 0; the viewer looks along +z.
struct Stage: Sendable {
  let ground: Ground
  let backdrop: Backdrop
  let light: Light

  init(using random: inout RandomStream) {
    let hue = random.uniform(0, 2 * .pi)
    let mood = Mood(using: &random)
    ground = Ground(hue: hue, mood: mood, using: &random)
    backdrop = Backdrop(hue: hue, mood: mood, ground: ground.base, using: &random)
    light = Light(behindAllowed: backdrop.wall == nil, using: &random)
  }

  /// How bright the place is.
  enum Mood {
    case bright, soft, dark

    init(using random: inout RandomStream) {
      switch random.uniform() {
      case ..<0.55: self = .bright
      case ..<0.92: self = .soft
      default: self = .dark
      }
    }

    func lightness(using random: inout RandomStream) -> Float {
      switch self {
      case .bright: random.uniform(0.78, 0.92)
      case .soft: random.uniform(0.58, 0.76)
      case .dark: random.uniform(0.4, 0.54)
      }
    }
  }
}

/// The floor's colours and their layout.
struct Ground: Sendable {
  let base: Vector
  let accent: Vector
  let layout: Layout

  enum Layout: Sendable {
    case plain
    case tiles(size: Float, turn: Rotation)
    case planks(width: Float, turn: Rotation)
    case speckles(scale: Float)
  }

  init(hue: Float, mood: Stage.Mood, using random: inout RandomStream) {
    let lightness = mood.lightness(using: &random)
    base = Color.oklch(lightness, random.uniform(0.01, 0.06), hue)
    let contrast = random.uniform(0.08, 0.2) * (mood == .dark ? 1 : -1)
    accent = Color.oklch(lightness + contrast, random.uniform(0.01, 0.06), hue)
    let turn = Rotation.yaw(random.uniform(0, 2 * .pi))
    switch random.uniform() {
    case ..<0.76: layout = .plain
    case ..<0.86: layout = .tiles(size: random.uniform(0.7, 1.2), turn: turn)
    case ..<0.94: layout = .planks(width: random.uniform(0.5, 0.8), turn: turn)
    default: layout = .speckles(scale: random.uniform(2, 5))
    }
  }

  func color(at p: Vector) -> Vector {
    base.mixed(with: accent, amount(at: p))
  }

  private func amount(at p: Vector) -> Float {
    switch layout {
    case .plain: return 0.1 * Noise.value(p * 1.5)
    case .tiles(let size, let turn):
      let q = turn.undo(p) / size
      return (Int(q.x.rounded(.down)) + Int(q.z.rounded(.down))) & 1 == 0 ? 0 : 1
    case .planks(let width, let turn):
      let q = turn.undo(p) / width
      let plank = q.x.rounded(.down)
      let tone = Noise.value([plank * 7.3, 0, 0.5])
      let joint: Float = q.x - plank < 0.05 ? 0.6 : 0
      let grain = Noise.value([q.x * 9, plank, q.z * 0.9])
      return min(0.6 * tone + joint + 0.3 * grain, 1)
    case .speckles(let scale): return Noise.fractal(p * scale)
    }
  }
}

/// What is behind the ground: a wall, a studio's sweep, or the open sky.
struct Backdrop: Sendable {
  let wall: Wall?
  let horizon: Vector
  let zenith: Vector
  /// Share of the horizon's colour that a unit of distance adds.
  let haze: Float

  struct Wall: Sendable {
    let depth: Float
    /// Radius of the curve in which the ground becomes the wall.
    let curve: Float
    let color: Vector
  }

  init(hue: Float, mood: Stage.Mood, ground: Vector, using random: inout RandomStream) {
    let other = hue + random.uniform(-1, 1) + (random.chance(0.4) ? .pi : 0)
    let lightness = mood.lightness(using: &random)
    horizon = Color.oklch(min(lightness + 0.06, 0.95), random.uniform(0.01, 0.08), other)
    zenith = Color.oklch(lightness - 0.1, random.uniform(0.03, 0.08), other)
    switch random.uniform() {
    case ..<0.35:
      wall = Wall(
        depth: random.uniform(2.2, 4.5), curve: 0.02,
        color: Color.oklch(lightness, random.uniform(0.01, 0.07), other))
      haze = 0
    case ..<0.7:
      wall = Wall(depth: random.uniform(4, 6), curve: random.uniform(1.5, 3), color: ground)
      haze = 0.01
    default:
      wall = nil
      haze = random.uniform(0.03, 0.06)
    }
  }

  /// The light that comes from a direction in which nothing stands.
  func sky(_ direction: Vector) -> Vector {
    horizon.mixed(with: zenith, min(max(direction.y * 1.6, 0), 1).squareRoot())
  }
}

/// A soft key light, and the sky's fill.
struct Light: Sendable {
  /// Towards the light.
  let direction: Vector
  let color: Vector
  let fill: Vector
  /// Cotangent of the light's half width: small for wide, soft lights.
  let sharpness: Float

  init(behindAllowed: Bool, using random: inout RandomStream) {
    // 0 is behind the viewer, ±π/2 the sides, π behind the objects.
    let side: Float = random.chance(0.5) ? 1 : -1
    let azimuth = side * random.uniform(0.35, behindAllowed ? 2.3 : 1.4)
    let elevation = random.uniform(0.5, 1.1)
    direction = Vector(
      sin(azimuth) * cos(elevation), sin(elevation), -cos(azimuth) * cos(elevation))
    let warmth = random.uniform(-0.06, 0.12)
    let ambient = random.uniform(0.26, 0.38)
    // Level ground gets about as much light whatever the angle: low lights are stronger.
    let strength = (1.1 - ambient) / max(direction.y, 0.6) * random.uniform(0.92, 1.08)
    color = Vector(1 + warmth, 1, 1 - 1.3 * warmth) * strength
    fill = Vector(1 - 0.5 * warmth, 1, 1 + warmth) * ambient
    sharpness = random.uniform(5, 16)
  }
}

/// A pinhole camera.
struct Camera: Sendable {
  let eye: Vector
  let right: Vector
  let up: Vector
  let forward: Vector
  /// Tangent of half the angle of view.
  let spread: Float

  init(eye: Vector, target: Vector, spread: Float) {
    self.eye = eye
    forward = (target - eye).normalized
    right = Vector.up.cross(forward).normalized
    up = forward.cross(right)
    self.spread = spread
  }

  /// The direction through a place of the picture, (0, 0) top left to (1, 1) bottom right.
  func direction(_ x: Float, _ y: Float) -> Vector {
    let across = (2 * x - 1) * spread
    let above = (1 - 2 * y) * spread
    return (forward + right * across + up * above).normalized
  }

  /// Where a point is seen, and the size there of a unit length; nil behind the viewer.
  func project(_ p: Vector) -> (x: Float, y: Float, scale: Float)? {
    let q = p - eye
    let depth = q.dot(forward)
    guard depth > 0.1 else { return nil }
    let scale = 0.5 / (spread * depth)
    return (0.5 + q.dot(right) * scale, 0.5 - q.dot(up) * scale, scale)
  }
}
