import Foundation
import Tensors

/// A still life: some objects on lit ground, which depends on its stream of random numbers alone.
public struct Scene: Sendable {
  let stage: Stage
  let camera: Camera
  /// From near to far.
  let objects: [SceneObject]

  /// - Parameters:
  ///   - stream: names the scene; another index or purpose is another scene.
  ///   - classes: of its objects.
  public init(stream: RandomStream, classes: [ShapeClass] = ShapeClass.standard) {
    var random = stream
    stage = Stage(using: &random)
    camera = Camera(
      eye: [0, random.uniform(1.7, 3.4), -5.2], target: [0, random.uniform(0.55, 0.7), 0],
      spread: random.uniform(0.19, 0.24))
    let arranged = Self.arrange(classes, seenBy: camera, using: &random)
    let eye = camera.eye
    objects = arranged.sorted { ($0.center - eye).length < ($1.center - eye).length }
  }

  /// Places large objects first, then smaller ones where there is room.
  private static func arrange(
    _ classes: [ShapeClass], seenBy camera: Camera, using random: inout RandomStream
  ) -> [SceneObject] {
    let count = random.integer(2...3)
    var placed: [SceneObject] = []
    for index in 0..<count {
      let kind = classes[random.integer(0...classes.count - 1)]
      let scale =
        index == 0 ? random.uniform(0.72, 1) : random.uniform(0.5, index < 3 ? 0.86 : 0.68)
      let object = SceneObject(kind, scale: scale, using: &random)
      for _ in 0..<24 {
        let reach: Float = index == 0 ? 0.7 : 1.8
        let place = Vector(
          random.uniform(-reach, reach), 0, random.uniform(-0.8 * reach, 1.2 * reach))
        let candidate = object.placed(at: place)
        if candidate.fits(among: placed, seenBy: camera) {
          placed.append(candidate)
          break
        }
      }
    }
    return placed
  }
}

/// One object: its shape, where it stands and what it is made of.
struct SceneObject: Sendable {
  let kind: ShapeClass
  let shape: Shape
  let material: Material
  let rotation: Rotation
  let scale: Float
  private(set) var center: Vector

  /// Radius of the ball about `center` that holds the object.
  var radius: Float { shape.bound * scale }

  init(_ kind: ShapeClass, scale: Float, using random: inout RandomStream) {
    self.kind = kind
    self.scale = scale
    shape = Shape(kind, using: &random)
    material = .random(using: &random)
    // Flat figures show their face; the others stand any way round.
    let turn: Float = [.star, .heart, .crescent].contains(kind) ? 0.7 : .pi
    rotation = Rotation.yaw(random.uniform(-turn, turn)).after(shape.pose)
    center = [0, shape.rest * scale, 0]
  }

  func placed(at place: Vector) -> SceneObject {
    var copy = self
    copy.center = place + [0, shape.rest * scale, 0]
    return copy
  }

  /// Whether the object is in the picture, touches no other, and hides none nearly whole.
  func fits(among others: [SceneObject], seenBy camera: Camera) -> Bool {
    guard let here = camera.project(center) else { return false }
    let size = radius * here.scale
    let margin = 0.55 * size
    guard here.x > margin, here.x < 1 - margin, here.y > margin, here.y < 1 - margin,
      size < 0.46
    else { return false }
    return others.allSatisfy { other in
      guard let there = camera.project(other.center) else { return false }
      let apart = Vector(center.x - other.center.x, 0, center.z - other.center.z).length
      let seenApart = SIMD2(here.x - there.x, here.y - there.y).length
      let sizes = size + other.radius * there.scale
      return apart > (radius + other.radius) * 0.86 && seenApart > sizes * 0.5
    }
  }
}
