import Foundation

/// The light that reaches the eye from a point of the scene.
struct Shader {
  let scene: Scene
  private let groundGlow: Vector

  init(_ scene: Scene) {
    self.scene = scene
    let light = scene.stage.light
    groundGlow = scene.stage.ground.base * (light.color * light.direction.y * 0.55 + light.fill)
  }

  /// Linear light that the eye receives from a direction, given what is met there.
  func light(along direction: Vector, _ hit: Hit) -> Vector {
    let stage = scene.stage
    guard hit.distance < .infinity else { return stage.backdrop.sky(direction) }
    let p = scene.camera.eye + direction * hit.distance
    let seen = hit.object.map { object(at: p, direction, $0) } ?? ground(at: p)
    let clear = exp(-stage.backdrop.haze * max(hit.distance - 4, 0))
    return stage.backdrop.horizon.mixed(with: seen, clear)
  }

  private func ground(at p: Vector) -> Vector {
    let normal = scene.stage.normal(at: p)
    return scene.stage.color(at: p) * scattered(arriving(at: p, normal, nil), normal)
  }

  private func object(at p: Vector, _ direction: Vector, _ index: Int) -> Vector {
    let object = scene.objects[index]
    let (local, localNormal, normal) = object.surface(at: p)
    let material = object.material
    let color =
      object.shape.form.isSecondPart(local)
      ? material.accent
      : material.color(at: local, normal: localNormal, mapping: object.shape.mapping)
    let arriving = arriving(at: p, normal, index)
    let shine = highlight(material, normal, direction) * arriving.direct.squareRoot()
    let mirrored = surroundings(direction - normal * (2 * normal.dot(direction))) * arriving.open
    if material.isMetal { return color * (mirrored + shine * 2) }
    let grazing = pow(1 - max(-normal.dot(direction), 0), 5)
    let mirror = material.reflectance + (1 - material.reflectance) * grazing * 0.6
    return color * scattered(arriving, normal) * (1 - mirror) + mirrored * mirror + shine
  }

  /// What a mirror in the scene would show: the sky with a bright patch of light, or the ground.
  private func surroundings(_ direction: Vector) -> Vector {
    let stage = scene.stage
    let above = min(max(direction.y * 4 + 0.5, 0), 1)
    let patch = min(max((direction.dot(stage.light.direction) - 0.6) * 2.5, 0), 1)
    let sky = stage.backdrop.sky(direction) + stage.light.color * (patch * patch * 0.5)
    return groundGlow.mixed(with: sky, above)
  }

  /// The light's own reflection, were nothing in its way (Blinn 1977).
  private func highlight(_ material: Material, _ normal: Vector, _ direction: Vector) -> Vector {
    let light = scene.stage.light
    let half = (light.direction - direction).normalized
    let lobe = pow(max(normal.dot(half), 0), material.shininess)
    return light.color * min(lobe * (material.shininess + 8) * 0.0025, 1)
  }
}

// MARK: - Arriving light

extension Shader {
  private struct Arriving {
    /// Of the key light, 0…1: the cosine of its angle, and what others leave of it.
    var direct: Float
    /// Of the sky's light, 0…1.
    var open: Float
    /// What neighbours throw back of theirs.
    var bounced: Vector
  }

  private func scattered(_ arriving: Arriving, _ normal: Vector) -> Vector {
    let light = scene.stage.light
    let sky = light.fill.mixed(with: groundGlow * 0.6, 0.5 - 0.5 * normal.y)
    return light.color * arriving.direct + sky * arriving.open + arriving.bounced
  }

  /// - Parameter index: the object on which `p` lies, if any.
  private func arriving(at p: Vector, _ normal: Vector, _ index: Int?) -> Arriving {
    let facing = normal.dot(scene.stage.light.direction)
    let direct = facing > 0 ? facing * shadow(at: p, normal, index) : 0
    let (open, bounced) = occlusion(at: p, normal, index)
    return Arriving(direct: direct, open: open, bounced: bounced)
  }

  /// How much of the key light arrives, 0…1.
  private func shadow(at p: Vector, _ normal: Vector, _ index: Int?) -> Float {
    let light = scene.stage.light
    let origin = p + normal * 0.01
    var passing: Float = 1
    for (other, object) in scene.objects.enumerated() {
      if other == index && object.shape.isConvex { continue }
      let through = object.lightPassing(origin, light.direction, sharpness: light.sharpness)
      passing = min(passing, through)
      if passing <= 0 { return 0 }
    }
    return passing
  }

  /// Near surfaces are felt by their distance from two points above `p`, whole objects by the
  /// solid angle of their bounding balls.
  private func occlusion(
    at p: Vector, _ normal: Vector, _ index: Int?
  ) -> (open: Float, bounced: Vector) {
    let near = p + normal * 0.1
    let far = p + normal * 0.32
    var contact = index == nil ? (0.1, 0.32) : (min(near.y, 0.1), min(far.y, 0.32))
    var open: Float = 1
    var bounced = Vector.zero
    for (other, object) in scene.objects.enumerated() {
      let isSelf = other == index
      if isSelf && object.shape.isConvex { continue }
      contact.0 = min(contact.0, object.clearance(near, within: 0.1))
      contact.1 = min(contact.1, object.clearance(far, within: 0.32))
      if isSelf { continue }
      let towards = object.center - p
      let square = towards.dot(towards)
      let covered = object.radius * object.radius * 0.7 / square
      let facing = max(normal.dot(towards) / square.squareRoot() + 0.2, 0)
      let share = min(covered * facing, 0.8)
      open *= 1 - 0.75 * share
      bounced += object.material.average * (0.22 * share)
    }
    let closeness = 0.5 * (1 - max(contact.0, 0) / 0.1) + 0.45 * (1 - max(contact.1, 0) / 0.32)
    return (open * (1 - min(closeness, 0.85)), bounced)
  }
}
