import Inference
import Pictures
import Tensors
import Testing

/// Where in a picture the network works.
@Suite struct EditingRegionTests {
  @Test func theRegionHoldsTheMaskAndIsASizeThatTheNetworkTakes() throws {
    var random = RandomStream(seed: 7, purpose: "regions")
    for _ in 0..<2000 {
      let picture = PictureSize(width: random.integer(1...900), height: random.integer(1...900))
      let mask = random.rectangle(in: picture)
      let region = try region(mask, in: picture)
      let part = region.rectangle
      #expect(part.x >= 0 && part.x <= mask.x && part.y >= 0 && part.y <= mask.y)
      #expect(part.x + part.width >= mask.x + mask.width && part.x + part.width <= picture.width)
      #expect(
        part.y + part.height >= mask.y + mask.height && part.y + part.height <= picture.height)
      #expect(region.size.width % 64 == 0 && region.size.height % 64 == 0)
      #expect((64...2048).contains(region.size.width) && (64...2048).contains(region.size.height))
    }
  }

  @Test func isASquareAsLargeAsTheModelsPictureAroundAMaskOfItsScale() throws {
    let region = try region(PixelRectangle(x: 700, y: 500, width: 200, height: 100), in: large)
    #expect(region.rectangle == PixelRectangle(x: 544, y: 294, width: 512, height: 512))
    #expect(region.size == PictureSize(width: 512, height: 512))
  }

  @Test func seesTwiceAsFarAsALargeMaskReaches() throws {
    let region = try region(PixelRectangle(x: 600, y: 400, width: 500, height: 300), in: large)
    #expect(region.rectangle == PixelRectangle(x: 350, y: 50, width: 1000, height: 1000))
    #expect(region.size == PictureSize(width: 512, height: 512))
  }

  @Test func enlargesWhatWouldBeTooSmallToDraw() throws {
    let region = try region(PixelRectangle(x: 600, y: 400, width: 20, height: 20), in: large)
    #expect(region.rectangle == PixelRectangle(x: 550, y: 350, width: 120, height: 120))
    #expect(region.size == PictureSize(width: 512, height: 512))
  }

  @Test func staysWithinThePictureAndGrowsWithAWideMask() throws {
    let corner = try region(PixelRectangle(x: 0, y: 900, width: 200, height: 300), in: large)
    #expect(corner.rectangle == PixelRectangle(x: 0, y: 600, width: 600, height: 600))
    let banner = try region(
      PixelRectangle(x: 0, y: 10, width: 1600, height: 50),
      in: PictureSize(width: 1600, height: 400))
    #expect(banner.rectangle == PixelRectangle(x: 0, y: 0, width: 1600, height: 400))
    #expect(banner.size == PictureSize(width: 1024, height: 256))
  }

  @Test func eachAxisIsTwiceTheMaskWhereThePictureHasIt() throws {
    // A mask as high as a strip: the square of the strip's height would be all hole.
    let strip = try region(
      PixelRectangle(x: 300, y: 0, width: 300, height: 100),
      in: PictureSize(width: 1000, height: 100))
    #expect(strip.rectangle == PixelRectangle(x: 150, y: 0, width: 600, height: 100))
    #expect(strip.size == PictureSize(width: 1280, height: 192))
    // A portrait with the clothes to be changed: its top and bottom are seen.
    let portrait = try region(
      PixelRectangle(x: 190, y: 300, width: 700, height: 1500),
      in: PictureSize(width: 1080, height: 1920))
    #expect(portrait.rectangle == PixelRectangle(x: 0, y: 0, width: 1080, height: 1920))
    #expect(portrait.size == PictureSize(width: 384, height: 704))
    let column = try region(
      PixelRectangle(x: 0, y: 100, width: 100, height: 400),
      in: PictureSize(width: 100, height: 3000))
    #expect(column.rectangle == PixelRectangle(x: 0, y: 0, width: 100, height: 800))
    let wide = try region(PixelRectangle(x: 500, y: 400, width: 700, height: 300), in: large)
    #expect(wide.rectangle == PixelRectangle(x: 150, y: 0, width: 1400, height: 1200))
  }

  @Test func holdsTwiceTheMaskAlongEachAxisOrAllOfThePicture() throws {
    var random = RandomStream(seed: 8, purpose: "regions")
    for _ in 0..<2000 {
      let picture = PictureSize(width: random.integer(1...2000), height: random.integer(1...2000))
      let mask = random.rectangle(in: picture)
      for size: EditSettings.WorkSize in [.model, .picture] {
        let region = try region(mask, in: picture, size: size)
        #expect(region.rectangle.width >= min(2 * mask.width, picture.width))
        #expect(region.rectangle.height >= min(2 * mask.height, picture.height))
      }
    }
  }

  @Test func aChosenPartHasSidesThatTheNetworkTakesWithoutResizing() throws {
    func unresized(_ mask: PixelRectangle, _ width: Int, _ height: Int) throws -> WorkRegion {
      try region(mask, in: PictureSize(width: width, height: height), size: .picture)
    }
    // 1000 becomes 1024, of which the picture has room.
    let large = try unresized(PixelRectangle(x: 600, y: 400, width: 500, height: 300), 1600, 1200)
    #expect(large.rectangle == PixelRectangle(x: 338, y: 38, width: 1024, height: 1024))
    #expect(large.size == PictureSize(width: 1024, height: 1024) && large.content == large.size)
    // All 300 cannot be taken; 256 are more than twice the mask.
    let small = try unresized(PixelRectangle(x: 200, y: 0, width: 100, height: 50), 300, 300)
    #expect(small.rectangle == PixelRectangle(x: 44, y: 0, width: 256, height: 256))
    #expect(small.size == PictureSize(width: 256, height: 256) && small.content == small.size)
    // 1024 of 1080 columns would be less than twice the mask: the hole goes on beyond the edge.
    let portrait = try unresized(
      PixelRectangle(x: 190, y: 300, width: 700, height: 1500), 1080, 1920)
    #expect(portrait.rectangle == PixelRectangle(x: 0, y: 0, width: 1080, height: 1920))
    #expect(portrait.size == PictureSize(width: 1088, height: 1920))
    #expect(portrait.content == PictureSize(width: 1080, height: 1920))
    // The whole picture is the user's choice, not the program's.
    #expect(throws: EditError.self) {
      try region(
        PixelRectangle(x: 0, y: 0, width: 9, height: 9), in: PictureSize(width: 300, height: 300),
        crop: .none, size: .picture)
    }
  }

  @Test func beyondThePicturesEdgeIsHole() throws {
    let region = try WorkRegion(
      picture: PictureSize(width: 7, height: 4),
      bounds: PixelRectangle(x: 1, y: 1, width: 4, height: 1), crop: .auto, size: .picture,
      modelSize: 8, multiple: 4)
    #expect(region.rectangle == PixelRectangle(x: 0, y: 0, width: 7, height: 4))
    #expect(region.size == PictureSize(width: 8, height: 4))
    var mask = GrayImage(width: 7, height: 4, fill: 0)
    mask.draw(GrayImage(width: 4, height: 1, fill: 255), x: 1, y: 1)
    let hole = region.hole(of: mask)
    #expect(hole.pixels[8..<16] == [0, 255, 255, 255, 255, 0, 0, 255])
    #expect(hole.pixels[16..<24] == [0, 0, 0, 0, 0, 0, 0, 255])
    let picture = Image(width: 7, height: 4, fill: (9, 8, 7))
    #expect(region.content(of: region.part(of: picture)) == picture)
  }

  @Test func withoutCropIsTheWholePictureInItsProportions() throws {
    let mask = PixelRectangle(x: 5, y: 5, width: 10, height: 10)
    let whole = try region(mask, in: large, crop: .none)
    #expect(whole.rectangle == PixelRectangle(x: 0, y: 0, width: 1600, height: 1200))
    #expect(whole.size == PictureSize(width: 576, height: 448))
    let asked = try region(
      mask, in: large, crop: .none, size: .exactly(PictureSize(width: 512, height: 512)))
    #expect(asked.size == PictureSize(width: 512, height: 512))
  }

  private let large = PictureSize(width: 1600, height: 1200)

  private func region(
    _ mask: PixelRectangle, in picture: PictureSize, crop: EditSettings.Crop = .auto,
    size: EditSettings.WorkSize = .model
  ) throws -> WorkRegion {
    try WorkRegion(
      picture: picture, bounds: mask, crop: crop, size: size, modelSize: 512,
      multiple: 64)
  }
}

extension RandomStream {
  fileprivate mutating func rectangle(in picture: PictureSize) -> PixelRectangle {
    let width = integer(1...picture.width)
    let height = integer(1...picture.height)
    return PixelRectangle(
      x: integer(0...picture.width - width), y: integer(0...picture.height - height), width: width,
      height: height)
  }
}
