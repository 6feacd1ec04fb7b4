/// Smooth random fields in space, for marble and floors.
enum Noise {
  /// Three octaves of value noise, about 0…1.
  static func fractal(_ p: Vector) -> Float {
    0.55 * value(p) + 0.3 * value(p * 2.03) + 0.15 * value(p * 4.01)
  }

  /// Random values on the integer lattice, smoothly interpolated; 0…1.
  static func value(_ p: Vector) -> Float {
    let cell = p.rounded(.down)
    let f = p - cell
    let s = f * f * (3 - 2 * f)
    let x = Int32(cell.x)
    let y = Int32(cell.y)
    let z = Int32(cell.z)
    func edge(_ y: Int32, _ z: Int32) -> Float {
      let a = lattice(x, y, z)
      return a + (lattice(x &+ 1, y, z) - a) * s.x
    }
    func side(_ z: Int32) -> Float {
      let a = edge(y, z)
      return a + (edge(y &+ 1, z) - a) * s.y
    }
    let near = side(z)
    return near + (side(z &+ 1) - near) * s.z
  }

  private static func lattice(_ x: Int32, _ y: Int32, _ z: Int32) -> Float {
    var h = UInt32(bitPattern: x) &* 0x8DA6_B343
    h ^= UInt32(bitPattern: y) &* 0xD816_3841
    h ^= UInt32(bitPattern: z) &* 0xCB1A_B31F
    h = (h ^ (h >> 15)) &* 0x2C1B_3C6D
    h = (h ^ (h >> 12)) &* 0x297A_2D39
    return Float((h ^ (h >> 15)) >> 8) * 0x1p-24
  }
}
