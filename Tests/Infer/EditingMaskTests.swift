import Foundation
import Inference
import Pictures
import TestSupport
import Testing

/// Which pixels an edit may touch, and how the network sees them.
@Suite struct EditingMaskTests {
  let picture = Image(width: 10, height: 6)

  @Test func greyIsEditedFromOneHundredTwentyEightOn() throws {
    var drawn = GrayImage(width: 10, height: 6, fill: 127)
    drawn.pixels[13] = 128
    drawn.pixels[25] = 255
    let mask = try RepaintMask(drawn, name: "m", for: picture)
    #expect(mask.pixels.pixels.indices.filter { mask.pixels.pixels[$0] == 255 } == [13, 25])
    #expect(mask.bounds == PixelRectangle(x: 3, y: 1, width: 3, height: 2))
    #expect(mask.share == 2.0 / 60)
    let rest = try RepaintMask(drawn, name: "m", inverted: true, for: picture)
    #expect(rest.pixels.pixels.count { $0 == 255 } == 58)
  }

  @Test func aBoxEndsBeforeItsLastCoordinates() throws {
    let mask = try RepaintMask(box: Box(2, 1, 5, 3), for: picture)
    #expect(mask.bounds == PixelRectangle(x: 2, y: 1, width: 3, height: 2))
    #expect(mask.share == 6.0 / 60)
  }

  @Test func refusesWhatCannotBeEditedAndNamesTheFix() {
    func message(_ body: () throws -> RepaintMask) -> String {
      #expect(throws: EditError.self) { try body() }?.description ?? ""
    }
    func filled(_ value: UInt8, width: Int = 10) -> GrayImage {
      GrayImage(width: width, height: 6, fill: value)
    }
    #expect(message { try RepaintMask(filled(127), name: "m", for: picture) }.contains("empty"))
    #expect(
      message { try RepaintMask(filled(128), name: "m", for: picture) }
        .contains("its smallest value is 128, and white means edit"))
    let size = message { try RepaintMask(filled(0, width: 9), name: "m.png", for: picture) }
    #expect(size.contains("m.png: the mask is 9×6 pixels") && size.contains("10×6"))
    #expect(
      message { try RepaintMask(box: Box(2, 1, 11, 3), for: picture) }
        .contains("box 2,1,11,3 reaches beyond the picture, which is 10×6"))
    #expect(
      message { try RepaintMask(box: Box(2.1, 1, 2.2, 3), for: picture) }.contains("empty"))
  }

  /// One pixel in the corner is what such a box would be; nobody means that.
  @Test func fractionsOfThePictureAreNotTakenForPixels() throws {
    let error = #expect(throws: EditError.self) {
      try RepaintMask(box: Box(0.1, 0, 0.5, 1), for: picture)
    }
    #expect(
      error?.description
        == "the box 0.1,0,0.5,1 looks like fractions of the picture's sides, expected pixels: 1,0,5,6"
    )
    #expect(try RepaintMask(box: Box(0, 0, 1, 1), for: picture).share == 1.0 / 60)
  }

  /// Turning round a mask that has one side only gives another such, so this is never the advice.
  @Test(
    arguments: [
      (0, 1, false, "it may be made of 0 and 1: multiply its values by 255"),
      (0, 1, true, "it may be made of 0 and 1: multiply its values by 255"),
      (0, 127, false, "its largest value is 127; make white (255) what is to be edited"),
      (0, 127, true, "its largest value is 127; make white (255) what is to stay"),
      (0, 0, false, "its largest value is 0 (of 16-bit values the upper byte counts)"),
      (200, 255, false, "its smallest value is 200, and white means edit"),
      (
        200, 255, true,
        "its smallest value is 200, and `invert-mask` means to edit what is below 128"
      ),
    ] as [(UInt8, UInt8, Bool, String)])
  func saysWhatAMaskOfOneSideHolds(
    _ dark: UInt8, _ light: UInt8, _ isInverted: Bool, _ hint: String
  ) throws {
    var drawn = GrayImage(width: 10, height: 6, fill: dark)
    drawn.pixels[13] = light
    let error = #expect(throws: EditError.self) {
      try RepaintMask(drawn, name: "m", inverted: isInverted, for: picture)
    }
    #expect(try #require(error).description.contains(hint), "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("png-rgba8.png", "whatever its grey level"), ("png-grey8.png", nil),
    ("png-rgba8-opaque.png", nil),
  ])
  func sayWhatTheyWereTakenFromWhereAFileHoldsTwo(_ name: String, _ expected: String?) throws {
    let file = Golden.file("../images/\(name)").standardized.path
    let mask = try RepaintMask(file: file, for: ImageFile.read(file).image)
    let text = EditNote(mask)?.description
    #expect((text == nil) == (expected == nil))
    if let text, let expected { #expect(text.contains(expected) && text.contains(file)) }
  }

  @Test func sayThatTheyWereErased() throws {
    // White with a hole of 3×4 pixels, as `Tests/Pictures/MaskReadingTests.swift` has it.
    let hole = try #require(
      Data(
        base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAQAAABuBnYAAAAAJUlEQVR4nGP8/58B"
          + "BTAxoAEWKM3IwMDAwPAfiwrCAjAz/uNUAQCDxgQRJY8BAQAAAABJRU5ErkJggg=="))
    let folder = try TemporaryFolder()
    try hole.write(to: folder.file("hole.png"))
    let mask = try RepaintMask(file: folder.path("hole.png"), for: Image(width: 8, height: 8))
    #expect(mask.bounds == PixelRectangle(x: 3, y: 2, width: 3, height: 4))
    #expect(EditNote(mask)?.description.contains("the mask is what was erased") == true)
  }

  @Test(arguments: [(5, 3), (7, 4), (10, 6), (3, 2), (1, 1), (23, 17)])
  func everyMaskedPixelLiesInTheNetworksHole(_ width: Int, _ height: Int) {
    for pixel in 0..<60 {
      var mask = GrayImage(width: 10, height: 6, fill: 0)
      mask.pixels[pixel] = 255
      let hole = mask.covering(width: width, height: height)
      let (left, right) = (pixel % 10 * width, (pixel % 10 + 1) * width)
      let (top, bottom) = (pixel / 10 * height, (pixel / 10 + 1) * height)
      for y in 0..<height {
        for x in 0..<width {
          // In units of a tenth and a sixth of the hole's pixels, so that all is whole.
          let overlaps =
            x * 10 < right && (x + 1) * 10 > left && y * 6 < bottom && (y + 1) * 6 > top
          #expect((hole.pixels[y * width + x] == 255) == overlaps)
        }
      }
    }
  }
}
