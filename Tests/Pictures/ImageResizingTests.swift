import Pictures
import Testing

@Suite struct ImageResizingTests {
  static let sizes = [(13, 9), (48, 40), (31, 10), (9, 23), (64, 5)]
  static let cases = sizes.flatMap { size in ResizeFilter.allCases.map { (size, $0) } }

  @Test(arguments: cases)
  func eightBitPicturesAreThoseOfPillowAndOpenCV(
    _ size: (width: Int, height: Int), _ filter: ResizeFilter
  ) throws {
    let result = try ImageFixtures.source()
      .resized(width: size.width, height: size.height, filter: filter)
    let name = "resize-\(size.width)x\(size.height)-\(filter).rgb"
    let difference = largestDifference(result.pixels, try ImageFixtures.bytes(name))
    #expect(difference <= (filter == .openCVBilinear ? 1 : 0))
  }

  @Test(arguments: cases)
  func floatsAreThoseOfPillowAndOpenCV(
    _ size: (width: Int, height: Int), _ filter: ResizeFilter
  ) throws {
    let source = try ImageFixtures.source()
    let red = stride(from: 0, to: source.pixels.count, by: 3).map { Float(source.pixels[$0]) / 255 }
    let result = FloatImage(width: source.width, height: source.height, pixels: red)
      .resized(width: size.width, height: size.height, filter: filter)
    let name = "resize-\(size.width)x\(size.height)-\(filter).f32"
    #expect(largestDifference(result.pixels, try ImageFixtures.floats(name)) < 1e-6)
  }

  @Test(arguments: ResizeFilter.allCases)
  func channelsAreIndependent(_ filter: ResizeFilter) throws {
    let source = try ImageFixtures.source()
    let green = stride(from: 1, to: source.pixels.count, by: 3).map { source.pixels[$0] }
    let alone = GrayImage(width: source.width, height: source.height, pixels: green)
      .resized(width: 20, height: 30, filter: filter)
    let together = source.resized(width: 20, height: 30, filter: filter)
    #expect(
      alone.pixels == stride(from: 1, to: together.pixels.count, by: 3).map { together.pixels[$0] })
  }

  @Test func labIsThatOfScikitImage() throws {
    let lab = try ImageFixtures.source().lab()
    #expect(largestDifference(lab.pixels, try ImageFixtures.floats("resize-31x23.lab")) < 1e-2)
  }
}

@Suite struct RearrangingTests {
  /// 3 × 2 pixels: 1 2 3 / 4 5 6.
  private let gray = GrayImage(width: 3, height: 2, pixels: [1, 2, 3, 4, 5, 6])

  @Test func croppingKeepsTheRectangle() {
    let crop = gray.cropped(to: PixelRectangle(x: 1, y: 0, width: 2, height: 2))
    #expect(crop == GrayImage(width: 2, height: 2, pixels: [2, 3, 5, 6]))
  }

  @Test func flippingMirrors() {
    #expect(gray.flippedHorizontally().pixels == [3, 2, 1, 6, 5, 4])
    #expect(gray.flippedVertically().pixels == [4, 5, 6, 1, 2, 3])
    let image = Image(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
    #expect(image.flippedHorizontally().pixels == [4, 5, 6, 1, 2, 3])
    let floats = FloatImage(width: 2, height: 1, pixels: [0.5, -1])
    #expect(floats.flippedHorizontally().pixels == [-1, 0.5])
  }

  @Test func paddingSurrounds() {
    #expect(
      gray.padded(left: 1, top: 0, right: 0, bottom: 1, value: [9]).pixels
        == [9, 1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9])
    #expect(gray.paddedToSquare(value: [0]).pixels == [1, 2, 3, 4, 5, 6, 0, 0, 0])
  }

  @Test func boxesAreClippedToThePicture() {
    let box = Box(-2, 3, 12, 8)
    #expect(box.clipped(width: 10, height: 6) == Box(0, 3, 10, 6))
    #expect(box.clipped(width: 10, height: 2).area == 0)
    #expect(Box(5, 5, 3, 9).area == 0)
  }
}
