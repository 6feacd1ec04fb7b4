import Pictures
import Tensors
import Testing

/// Pixels outside the mask are the source's; inside, the new picture fades in.
@Suite struct EditingPasteBackTests {
  @Test(arguments: [(37, 23), (64, 64), (1, 9), (101, 2)])
  func everyPixelOutsideTheMaskIsTheSources(_ width: Int, _ height: Int) {
    var random = RandomStream(seed: UInt64(width), purpose: "paste-back")
    let source = noise(width, height, &random)
    for _ in 0..<20 {
      var mask = GrayImage(width: width, height: height, fill: 0)
      for i in mask.pixels.indices {
        mask.pixels[i] = random.uniform() < 0.3 ? UInt8(100 + random.uniform() * 100) : 0
      }
      guard let bounds = mask.whiteBounds else { continue }
      let new = noise(bounds.width, bounds.height, &random)
      let result = source.pasting(new, over: bounds, mask: mask, feather: 4)
      #expect(result.width == width && result.height == height)
      for i in mask.pixels.indices where mask.pixels[i] < 128 {
        #expect(result.pixels[3 * i..<3 * i + 3] == source.pixels[3 * i..<3 * i + 3])
      }
    }
  }

  @Test func theNewPictureFadesInInsideTheBorder() {
    let row = pasted(mask: PixelRectangle(x: 4, y: 4, width: 30, height: 30), feather: 3)
    #expect(row[..<4].allSatisfy { $0 == 0 })
    #expect(row[4..<8] == [50, 100, 150, 200])  // quarters, the fourth pixel is all new
    #expect(row[8..<30].allSatisfy { $0 == 200 })
    #expect(row[30..<34] == [200, 150, 100, 50])
    #expect(row[34...].allSatisfy { $0 == 0 })
  }

  @Test func thinMasksAreNotFadedAway() {
    #expect(pasted(mask: PixelRectangle(x: 4, y: 18, width: 30, height: 2), feather: 16)[18] == 200)
    let row = pasted(mask: PixelRectangle(x: 10, y: 10, width: 19, height: 19), feather: 16)
    #expect(row[10] == 50 && row[19] == 200)  // ten deep: fades over three
  }

  @Test func thePicturesOwnEdgeIsNoBorder() {
    let row = pasted(mask: PixelRectangle(x: 0, y: 0, width: 38, height: 30), feather: 3)
    #expect(row.allSatisfy { $0 == 200 })
  }

  @Test func depthIsTheDistanceToTheNearestPixelThatStays() {
    var mask = GrayImage(width: 9, height: 9, fill: 255)
    mask.pixels[4 * 9 + 4] = 0
    let depth = mask.depthInside()
    #expect(depth[4 * 9 + 4] == 0)
    #expect(depth[4 * 9 + 7] == 3)
    #expect(abs(depth[6 * 9 + 6] - 2 * Float(2).squareRoot()) < 1e-5)
    // Chamfer: a step of (2, 1) is one diagonal and one straight step.
    #expect(abs(depth[5 * 9 + 6] - (1 + Float(2).squareRoot())) < 1e-5)
  }

  /// Row 18 of a black picture of 38×38 after grey of 200 was pasted over the mask.
  private func pasted(mask rectangle: PixelRectangle, feather: Float) -> [UInt8] {
    let source = Image(width: 38, height: 38)
    var mask = GrayImage(width: 38, height: 38, fill: 0)
    mask.draw(
      GrayImage(width: rectangle.width, height: rectangle.height, fill: 255), x: rectangle.x,
      y: rectangle.y)
    let new = Image(width: rectangle.width, height: rectangle.height, fill: (200, 200, 200))
    let result = source.pasting(new, over: rectangle, mask: mask, feather: feather)
    return (0..<38).map { result.pixels[3 * (18 * 38 + $0)] }
  }

  private func noise(_ width: Int, _ height: Int, _ random: inout RandomStream) -> Image {
    let pixels = (0..<width * height * 3).map { _ in UInt8(random.uniform() * 255) }
    return Image(width: width, height: height, pixels: pixels)
  }
}
