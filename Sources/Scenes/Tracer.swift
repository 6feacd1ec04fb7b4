/// What a ray meets first.
struct Hit {
  var distance: Float
  /// Index of the object; nil for the ground and what is behind it.
  var object: Int?
}

extension Scene {
  /// What is met first from the eye.
  func firstHit(_ direction: Vector) -> Hit {
    var hit = Hit(distance: stage.intersection(camera.eye, direction) ?? .infinity)
    for index in objects.indices {
      if let distance = objects[index].intersection(
        camera.eye, direction, limit: hit.distance)
      {
        hit = Hit(distance: distance, object: index)
      }
    }
    return hit
  }

  /// The same, telling `each` of every object on the way, hidden ones too.
  func firstHit(_ direction: Vector, each: (Int) -> Void) -> Hit {
    let ground = stage.intersection(camera.eye, direction) ?? .infinity
    var hit = Hit(distance: ground)
    for index in objects.indices {
      guard
        let distance = objects[index].intersection(camera.eye, direction, limit: ground)
      else { continue }
      each(index)
      if distance < hit.distance { hit = Hit(distance: distance, object: index) }
    }
    return hit
  }
}

extension SceneObject {
  /// A ray in the shape's own coordinates, between the points where it crosses the bounding ball.
  private struct LocalRay {
    let origin: Vector
    let direction: Vector
    let entry: Float
    let exit: Float
  }

  /// - Parameter widening: how much the bounding ball is grown, in the shape's own units.
  private func local(_ origin: Vector, _ direction: Vector, widening: Float = 0) -> LocalRay? {
    let from = (origin - center) / scale
    let along = from.dot(direction)
    let reach = shape.bound + widening
    let square = along * along - from.dot(from) + reach * reach
    guard square > 0 else { return nil }
    let half = square.squareRoot()
    guard half > along else { return nil }
    return LocalRay(
      origin: rotation.undo(from), direction: rotation.undo(direction),
      entry: max(-along - half, 0), exit: half - along)
  }

  /// Distance along the ray to the surface, if it is nearer than `limit`.
  func intersection(_ origin: Vector, _ direction: Vector, limit: Float) -> Float? {
    guard let ray = local(origin, direction), ray.entry * scale < limit else { return nil }
    var t = ray.entry
    for _ in 0..<64 {
      let clearance = shape.form.distance(ray.origin + ray.direction * t)
      if clearance < 0.0015 { return t * scale < limit ? t * scale : nil }
      t += clearance
      if t > ray.exit { return nil }
    }
    return t * scale < limit ? t * scale : nil
  }

  /// How much of a wide light comes past this object, 0…1.
  ///
  /// Watches how close the ray comes to the surface, compared with the distance gone.
  ///
  /// - Source: after Quilez, "Soft shadows in raymarched SDFs", 2010.
  func lightPassing(
    _ origin: Vector, _ direction: Vector, sharpness: Float
  ) -> Float {
    let away = (center - origin).length / scale
    guard let ray = local(origin, direction, widening: min(away / sharpness, 2)) else { return 1 }
    var t = max(ray.entry, 0.04)
    var least: Float = 1
    for _ in 0..<28 where t < ray.exit {
      let clearance = shape.form.distance(ray.origin + ray.direction * t)
      least = min(least, sharpness * clearance / t)
      if least < 0.01 { return 0 }
      t += min(max(clearance, 0.03), 0.35)
    }
    return least * least * (3 - 2 * least)
  }

  /// Signed distance in the scene; a lower bound outside the bounding ball.
  func clearance(_ p: Vector, within reach: Float) -> Float {
    let offset = p - center
    let fromBall = offset.length - radius
    if fromBall > reach { return fromBall }
    return shape.form.distance(rotation.undo(offset) / scale) * scale
  }

  /// The shape's own coordinates of a point, and the outward normals there and in the scene.
  func surface(at p: Vector) -> (local: Vector, localNormal: Vector, normal: Vector) {
    let q = rotation.undo(p - center) / scale
    let step: Float = 0.002
    let corners: [Vector] = [[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]]
    var sum = Vector.zero
    for corner in corners { sum += corner * shape.form.distance(q + corner * step) }
    let normal = sum.normalized
    return (q, normal, rotation.apply(normal))
  }
}

extension Stage {
  /// Distance along the ray to ground or wall; nil for the sky.
  func intersection(_ origin: Vector, _ direction: Vector) -> Float? {
    let ground = direction.y < -1e-4 ? -origin.y / direction.y : .infinity
    guard let wall = backdrop.wall else { return ground < 60 ? ground : nil }
    let edge = wall.depth - wall.curve
    if origin.z + direction.z * ground < edge { return ground }
    let upright = (wall.depth - origin.z) / direction.z
    if origin.y + direction.y * upright > wall.curve { return upright }
    // In the curve, a quarter of a lying cylinder seen from within.
    let from = SIMD2(origin.y - wall.curve, origin.z - edge)
    let towards = SIMD2(direction.y, direction.z)
    let a = towards.dot(towards)
    let b = from.dot(towards)
    let square = b * b - a * (from.dot(from) - wall.curve * wall.curve)
    return (-b + max(square, 0).squareRoot()) / a
  }

  /// The upward or viewer-facing normal of ground, curve or wall.
  func normal(at p: Vector) -> Vector {
    guard let wall = backdrop.wall else { return .up }
    let edge = wall.depth - wall.curve
    if p.z <= edge { return .up }
    if p.y >= wall.curve { return [0, 0, -1] }
    return Vector(0, wall.curve - p.y, edge - p.z).normalized
  }

  func color(at p: Vector) -> Vector {
    guard let wall = backdrop.wall else { return ground.color(at: p) }
    if wall.curve < 0.1 {
      return p.y > wall.curve * 0.5 && p.z > wall.depth - wall.curve
        ? wall.color : ground.color(at: p)
    }
    // A sweep is one material: unrolled, so that its pattern runs on up the wall.
    return ground.color(at: [p.x, 0, p.z + p.y])
  }
}
