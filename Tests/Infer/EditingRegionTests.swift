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
      let width = random.integer(1...picture.width)
      let height = random.integer(1...picture.height)
      let mask = PixelRectangle(
        x: random.integer(0...picture.width - width),
        y: random.integer(0...picture.height - height), width: width,
        height: height)
      let region = try region(mask, in: picture)
      let part = region.rectangle
      #expect(part.x >= 0 && part.x <= mask.x && part.y >= 0 && part.y <= mask.y)
      #expect(part.x + part.width >= mask.x + width && part.x + part.width <= picture.width)
      #expect(part.y + part.height >= mask.y + height && part.y + part.height <= picture.height)
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
