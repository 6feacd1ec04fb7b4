import Foundation
import Pictures

/// A picture of a scene and what is to be seen in it.
public struct RenderedScene: Sendable {
  public let image: Image
  public let objects: [VisibleObject]
  /// For each pixel the object at its centre, as an index into the scene's objects; −1 for none.
  package let owners: [Int8]
}

/// An object as it is seen in a picture.
public struct VisibleObject: Sendable, Equatable {
  /// Its index among the scene's objects, in ``RenderedScene/owners``.
  package let index: Int
  public let kind: ShapeClass
  /// The tightest rectangle that holds every visible pixel.
  public let box: PixelRectangle
  /// Visible pixels, as a share of those there would be without the other objects.
  public let visibleFraction: Float
  /// The visible pixels furthest left, up, right and down.
  package let extremes: [SIMD2<Int>]
}

extension Scene {
  /// Draws the scene: a ray through each pixel's centre, and more where neighbours differ.
  ///
  /// - Parameter size: width and height in pixels.
  public func render(size: Int) -> RenderedScene {
    let view = View(of: self, size: size)
    return RenderedScene(
      image: view.image(), objects: view.visibleObjects(), owners: view.owners)
  }

  /// The objects of ``render(size:)`` at a fraction of its cost.
  public func visibleObjects(size: Int) -> [VisibleObject] { outlines(size: size).objects }

  /// The same with the object that each pixel shows, as in ``RenderedScene/owners``.
  func outlines(size: Int) -> (objects: [VisibleObject], owners: [Int8]) {
    let view = View(of: self, size: size)
    return (view.visibleObjects(), view.owners)
  }
}

/// A scene seen through a grid of pixels.
private struct View {
  let scene: Scene
  let size: Int
  private let hits: [Hit]
  let owners: [Int8]
  /// For each object the pixels it would cover without the others.
  private let covered: [Int]

  init(of scene: Scene, size: Int) {
    self.scene = scene
    self.size = size
    var covered = [Int](repeating: 0, count: scene.objects.count)
    hits = (0..<size * size).map { pixel in
      let direction = Self.direction(scene, size, pixel, [0.5, 0.5])
      return scene.firstHit(direction) { covered[$0] += 1 }
    }
    owners = hits.map { $0.object.map(Int8.init) ?? -1 }
    self.covered = covered
  }

  /// - Parameter place: within the pixel, from (0, 0) to (1, 1).
  private static func direction(
    _ scene: Scene, _ size: Int, _ pixel: Int, _ place: SIMD2<Float>
  ) -> Vector {
    let (y, x) = pixel.quotientAndRemainder(dividingBy: size)
    return scene.camera.direction(
      (Float(x) + place.x) / Float(size), (Float(y) + place.y) / Float(size))
  }

  func visibleObjects() -> [VisibleObject] {
    var pixels = [[SIMD2<Int>]](repeating: [], count: scene.objects.count)
    for (pixel, owner) in owners.enumerated() where owner >= 0 {
      pixels[Int(owner)].append([pixel % size, pixel / size])
    }
    return pixels.enumerated().compactMap { index, pixels in
      guard let left = pixels.min(by: { $0.x < $1.x }), let top = pixels.first,
        let right = pixels.max(by: { $0.x < $1.x }), let bottom = pixels.last
      else { return nil }
      return VisibleObject(
        index: index, kind: scene.objects[index].kind,
        box: PixelRectangle(
          x: left.x, y: top.y, width: right.x - left.x + 1, height: bottom.y - top.y + 1),
        visibleFraction: Float(pixels.count) / Float(covered[index]),
        extremes: [left, top, right, bottom])
    }
  }

  // MARK: Picture

  /// A rook's pattern: eight places in a pixel, no two in a row or column; every other one first.
  private static let places: [SIMD2<Float>] = [0, 2, 4, 6, 1, 3, 5, 7].map { i in
    SIMD2(Float(i) + 0.5, Float([2, 5, 0, 7, 4, 1, 6, 3][i]) + 0.5) / 8
  }

  func image() -> Image {
    let shader = Shader(scene)
    let centers = hits.enumerated().map { pixel, hit in
      let direction = Self.direction(scene, size, pixel, [0.5, 0.5])
      return Color.display(shader.light(along: direction, hit))
    }
    var image = Image(width: size, height: size)
    for pixel in centers.indices {
      let isEdge = isEdge(pixel, centers)
      let color = isEdge ? refined(pixel, centers[pixel], shader) : centers[pixel]
      let levels = (color * 255).rounded(.toNearestOrEven)
      for channel in 0..<3 {
        image.pixels[pixel * 3 + channel] = UInt8(min(max(levels[channel], 0), 255))
      }
    }
    return image
  }

  /// The mean of several places in a pixel; four will do where they agree.
  private func refined(_ pixel: Int, _ center: Vector, _ shader: Shader) -> Vector {
    var sum = center
    var spread: Float = 0
    for (count, place) in Self.places.enumerated() {
      if count == 4 && spread < 0.06 { return sum / 5 }
      let direction = Self.direction(scene, size, pixel, place)
      let color = Color.display(shader.light(along: direction, scene.firstHit(direction)))
      sum += color
      spread = max(spread, (color - center).absolute.max())
    }
    return sum / Float(Self.places.count + 1)
  }

  /// Whether a neighbour differs enough that the pixel's centre can't stand for all of it.
  private func isEdge(_ pixel: Int, _ colors: [Vector]) -> Bool {
    let (y, x) = pixel.quotientAndRemainder(dividingBy: size)
    func differs(_ other: Int) -> Bool {
      owners[pixel] != owners[other]
        || (colors[pixel] - colors[other]).absolute.max() > 0.05
    }
    return x > 0 && differs(pixel - 1) || x + 1 < size && differs(pixel + 1)
      || y > 0 && differs(pixel - size) || y + 1 < size && differs(pixel + size)
  }
}
