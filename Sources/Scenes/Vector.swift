import Foundation

/// A point, direction or linear colour of the scenes.
package typealias Vector = SIMD3<Float>

extension SIMD3<Float> {
  static let up = SIMD3<Float>(0, 1, 0)

  func dot(_ other: Self) -> Float { x * other.x + y * other.y + z * other.z }

  func cross(_ other: Self) -> Self {
    Self(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
  }

  var length: Float { dot(self).squareRoot() }
  var normalized: Self { self / length }
  var absolute: Self { Self(abs(x), abs(y), abs(z)) }

  func mixed(with other: Self, _ amount: Float) -> Self { self + (other - self) * amount }
}

extension SIMD2<Float> {
  func dot(_ other: Self) -> Float { x * other.x + y * other.y }
  var length: Float { dot(self).squareRoot() }
}

/// A rotation, by the images of the three axes.
package struct Rotation: Sendable {
  var x = Vector(1, 0, 0)
  var y = Vector(0, 1, 0)
  var z = Vector(0, 0, 1)

  static let identity = Rotation()

  /// Turns about the vertical axis.
  static func yaw(_ angle: Float) -> Rotation {
    Rotation(x: [cos(angle), 0, -sin(angle)], z: [sin(angle), 0, cos(angle)])
  }

  /// Tips over about the axis that points at the viewer.
  static func roll(_ angle: Float) -> Rotation {
    Rotation(x: [cos(angle), sin(angle), 0], y: [-sin(angle), cos(angle), 0])
  }

  /// Tips over about the axis that points to the right.
  static func pitch(_ angle: Float) -> Rotation {
    Rotation(y: [0, cos(angle), sin(angle)], z: [0, -sin(angle), cos(angle)])
  }

  package func apply(_ v: Vector) -> Vector { x * v.x + y * v.y + z * v.z }
  package func undo(_ v: Vector) -> Vector { Vector(x.dot(v), y.dot(v), z.dot(v)) }

  /// This rotation after `first`.
  func after(_ first: Rotation) -> Rotation {
    Rotation(x: apply(first.x), y: apply(first.y), z: apply(first.z))
  }
}
