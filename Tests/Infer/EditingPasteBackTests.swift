import Inference
import Pictures
import Tensors
import Testing

/// Pixels outside the mask are the source's; inside are the network's, which meet them at the border.
@Suite struct EditingPasteBackTests {
  @Test(
    arguments: [(37, 23), (64, 64), (1, 9), (101, 2)],
    [PasteBack(), PasteBack(feather: 4), PasteBack(seamReach: 8)])
  func everyPixelOutsideTheMaskIsTheSources(_ size: (Int, Int), _ how: PasteBack) {
    let (width, height) = size
    var random = RandomStream(seed: UInt64(width), purpose: "paste-back")
    let source = noise(width, height, &random)
    for _ in 0..<20 {
      var mask = GrayImage(width: width, height: height, fill: 0)
      for i in mask.pixels.indices {
        mask.pixels[i] = random.uniform() < 0.3 ? UInt8(100 + random.uniform() * 100) : 0
      }
      guard let bounds = mask.whiteBounds else { continue }
      let new = noise(bounds.width, bounds.height, &random)
      let result = source.pasting(new, over: bounds, mask: mask, how)
      #expect(result.width == width && result.height == height)
      for i in mask.pixels.indices where mask.pixels[i] < 128 {
        #expect(result.pixels[3 * i..<3 * i + 3] == source.pixels[3 * i..<3 * i + 3])
      }
    }
  }

  @Test func nothingIsLeftOfWhatWasInTheMask() {
    let row = pasted(mask: PixelRectangle(x: 4, y: 4, width: 30, height: 30), old: 255)
    #expect(row[..<4].allSatisfy { $0 == 0 })
    #expect(row[4] == 100 && row[33] == 100)  // antialiased: half black, as outside
    #expect(row[5..<33].allSatisfy { $0 == 200 })
    #expect(row[34...].allSatisfy { $0 == 0 })
  }

  @Test func withAFeatherTheOldPictureFadesOutInsideTheBorder() {
    let row = pasted(
      mask: PixelRectangle(x: 4, y: 4, width: 30, height: 30), PasteBack(feather: 3))
    #expect(row[..<4].allSatisfy { $0 == 0 })
    #expect(row[4..<8] == [50, 100, 150, 200])  // quarters, the fourth pixel is all new
    #expect(row[8..<30].allSatisfy { $0 == 200 })
    #expect(row[30..<34] == [200, 150, 100, 50])
    #expect(row[34...].allSatisfy { $0 == 0 })
  }

  @Test func thinMasksAreNotFadedAway() {
    for feather: Float in [0, 1, 16] {
      let line = PixelRectangle(x: 4, y: 18, width: 30, height: 2)
      #expect(pasted(mask: line, PasteBack(feather: feather))[18] == 200)
    }
    let row = pasted(
      mask: PixelRectangle(x: 10, y: 10, width: 19, height: 19), PasteBack(feather: 16))
    #expect(row[10] == 50 && row[19] == 200)  // ten deep: fades over three
  }

  @Test func aThinPartOfAThickMaskIsNotFadedAway() {
    let thick = PixelRectangle(x: 2, y: 10, width: 16, height: 16)
    let line = PixelRectangle(x: 18, y: 18, width: 16, height: 1)
    for feather: Float in [0, 1, 4] {
      let row = pasted(mask: thick, and: line, PasteBack(feather: feather))
      #expect(row[31..<34].allSatisfy { $0 == 200 }, "\(feather)")
      #expect(row[2] < 200)
    }
  }

  @Test func coloursMeetAtTheBorderAndAreTheNetworksDeepInside() {
    // The network drew everything 20 levels too light.
    let square = PixelRectangle(x: 4, y: 4, width: 30, height: 30)
    let (width, height) = (38, 38)
    var mask = GrayImage(width: width, height: height, fill: 0)
    mask.draw(GrayImage(width: 30, height: 30, fill: 255), x: square.x, y: square.y)
    let source = Image(width: width, height: height, fill: (100, 60, 0))
    let drawn = Image(width: width, height: height, fill: (120, 40, 0))
    let whole = PixelRectangle(x: 0, y: 0, width: width, height: height)
    let result = source.pasting(drawn, over: whole, mask: mask, PasteBack(seamReach: 5))
    func colour(_ x: Int) -> [UInt8] {
      let first = 3 * (18 * width + x)
      return Array(result.pixels[first..<first + 3])
    }
    #expect(colour(4) == [100, 60, 0])
    #expect(colour(5) == [104, 56, 0])  // 20 · exp(−1/5) = 16
    #expect(colour(18) == [119, 41, 0])  // 20 · exp(−14/5) = 1
    let unmatched = source.pasting(drawn, over: whole, mask: mask, PasteBack())
    #expect(unmatched.pixels[3 * (18 * width + 5)] == 120)
  }

  @Test func eachSideOfTheMaskMeetsItsOwnSurroundings() {
    let (width, height) = (40, 40)
    var (mask, source) = (
      GrayImage(width: width, height: height, fill: 0), Image(width: width, height: height)
    )
    mask.draw(GrayImage(width: 20, height: 20, fill: 255), x: 10, y: 10)
    source.draw(Image(width: 20, height: 40, fill: (80, 80, 80)), x: 0, y: 0)
    source.draw(Image(width: 20, height: 40, fill: (160, 160, 160)), x: 20, y: 0)
    let drawn = Image(width: width, height: height, fill: (120, 120, 120))
    let whole = PixelRectangle(x: 0, y: 0, width: width, height: height)
    let result = source.pasting(drawn, over: whole, mask: mask, PasteBack(seamReach: 1000))
    let row = (0..<width).map { Int(result.pixels[3 * (20 * width + $0)]) }
    #expect(abs(row[10] - 80) <= 8 && abs(row[29] - 160) <= 8, "\(row)")
    #expect(row[10..<18].allSatisfy { $0 < 120 } && row[22..<30].allSatisfy { $0 > 120 }, "\(row)")
  }

  /// The rectangle ends where the mask does, so that nothing tells what the network does to colours.
  @Test func withoutSurroundingsColoursStay() {
    let square = PixelRectangle(x: 4, y: 4, width: 30, height: 30)
    let row = pasted(mask: square, PasteBack(seamReach: 8))
    #expect(row[5..<33].allSatisfy { $0 == 200 })
  }

  @Test func thePicturesOwnEdgeIsNoBorder() {
    let row = pasted(
      mask: PixelRectangle(x: 0, y: 0, width: 38, height: 30), PasteBack(feather: 3))
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

  /// Row 18 of a picture of 38×38, black and in the mask `old`, after grey of 200 was pasted over
  /// the mask.
  private func pasted(
    mask first: PixelRectangle, and second: PixelRectangle? = nil, _ how: PasteBack = PasteBack(),
    old: UInt8 = 0
  ) -> [UInt8] {
    var (source, mask) = (
      Image(width: 38, height: 38), GrayImage(width: 38, height: 38, fill: 0)
    )
    for part in [first, second].compactMap(\.self) {
      mask.draw(GrayImage(width: part.width, height: part.height, fill: 255), x: part.x, y: part.y)
      source.draw(
        Image(width: part.width, height: part.height, fill: (old, old, old)), x: part.x, y: part.y)
    }
    let bounds = mask.whiteBounds ?? first
    let new = Image(width: bounds.width, height: bounds.height, fill: (200, 200, 200))
    let result = source.pasting(new, over: bounds, mask: mask, how)
    return (0..<38).map { result.pixels[3 * (18 * 38 + $0)] }
  }

  private func noise(_ width: Int, _ height: Int, _ random: inout RandomStream) -> Image {
    let pixels = (0..<width * height * 3).map { _ in UInt8(random.uniform() * 255) }
    return Image(width: width, height: height, pixels: pixels)
  }
}
