import Scenes
import Tensors
import Testing

@Suite struct SceneTests {
  private func scene(_ index: UInt64, purpose: String = "test") -> Scene {
    Scene(stream: RandomStream(seed: 7, purpose: purpose, index: index))
  }

  @Test func dependsOnItsStreamAlone() {
    let first = scene(3).render(size: 24)
    #expect(scene(3).render(size: 24).image == first.image)
    #expect(scene(4).render(size: 24).image != first.image)
    #expect(scene(3, purpose: "another").render(size: 24).image != first.image)
  }

  @Test func boxesAreTightAroundTheVisiblePixels() {
    for index in 0..<12 as Range<UInt64> {
      let rendered = scene(index).render(size: 40)
      for object in rendered.objects {
        let pixels = rendered.owners.indices.filter { Int(rendered.owners[$0]) == object.index }
        let (xs, ys) = (pixels.map { $0 % 40 }, pixels.map { $0 / 40 })
        #expect(object.box.x == xs.min() && object.box.x + object.box.width - 1 == xs.max())
        #expect(object.box.y == ys.min() && object.box.y + object.box.height - 1 == ys.max())
      }
      let owners = Set(rendered.owners.filter { $0 >= 0 }.map(Int.init))
      #expect(owners == Set(rendered.objects.map(\.index)))
    }
  }

  @Test func findsTheSameObjectsWithoutDrawing() {
    #expect(scene(5).visibleObjects(size: 32) == scene(5).render(size: 32).objects)
  }

  @Test func objectsHideEachOtherPartly() {
    let fractions = (0..<40).flatMap {
      scene($0).visibleObjects(size: 32).map(\.visibleFraction)
    }
    #expect(fractions.allSatisfy { $0 > 0 && $0 <= 1 })
    let hidden = fractions.count { $0 < 0.95 }
    #expect(hidden > fractions.count / 8 && hidden < fractions.count / 2)
  }

  /// OpenImages' boxes under 2 % or over 80 % of the picture are not trained on.
  @Test func nearlyEveryPictureHasAnObjectOfUsefulSize() {
    let useful = (0..<100).count { index in
      scene(index).visibleObjects(size: 32).contains { object in
        let share = Float(object.box.width * object.box.height) / (32 * 32)
        return object.visibleFraction > 0.5 && (0.1...0.6).contains(share)
      }
    }
    #expect(useful >= 95)
  }

  @Test func showsEveryClass() {
    let seen = Set((0..<60).flatMap { scene($0).visibleObjects(size: 16).map(\.kind) })
    #expect(seen == Set(ShapeClass.standard))
  }

  /// Similarity to a reference is judged by colour, so colours must differ.
  @Test func objectsOfAllHuesOccur() {
    var sextants = [Int](repeating: 0, count: 6)
    for index in 0..<80 as Range<UInt64> {
      let rendered = scene(index).render(size: 24)
      for object in rendered.objects {
        let x = object.box.x + object.box.width / 2
        let y = object.box.y + object.box.height / 2
        let place = (y * 24 + x) * 3
        let pixel = rendered.image.pixels[place..<place + 3].map(Int.init)
        guard let hue = hue(pixel[0], pixel[1], pixel[2]) else { continue }
        sextants[Int(hue) % 6] += 1
      }
    }
    let total = sextants.reduce(0, +)
    #expect(sextants.allSatisfy { $0 * 20 > total }, "\(sextants)")
  }

  /// 0…6 round the colour wheel, from between magenta and red on; nil for greys.
  private func hue(_ red: Int, _ green: Int, _ blue: Int) -> Float? {
    let most = max(red, green, blue)
    let range = Float(most - min(red, green, blue))
    guard range > 40 else { return nil }
    if most == red { return (Float(green - blue) / range + 6.5).truncatingRemainder(dividingBy: 6) }
    if most == green { return Float(blue - red) / range + 2.5 }
    return Float(red - green) / range + 4.5
  }
}
