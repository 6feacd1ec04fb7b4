import Foundation
import Pictures
import Testing

/// Whether a mask is a file's grey levels or its alpha.
@Suite struct MaskReadingTests {
  private func row(_ pixels: [UInt8]) -> GrayImage {
    GrayImage(width: pixels.count, height: 1, pixels: pixels)
  }

  private func check(
    _ gray: [UInt8], _ alpha: [UInt8]?, _ expected: [UInt8], _ basis: DecodedMask.Basis,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let mask = DecodedMask(gray: row(gray), alpha: alpha.map(row))
    #expect(mask.pixels.pixels == expected, sourceLocation: location)
    #expect(mask.basis == basis, sourceLocation: location)
  }

  /// A file of black and white in which one black pixel is transparent.
  @Test func oneTransparentPixelChangesNothing() throws {
    let file = try #require(Data(base64Encoded: Self.oneTransparentPixel))
    let opaque = try #require(Data(base64Encoded: Self.opaque))
    let mask = try ImageFile.readGray(file, name: "a")
    #expect(mask == (try ImageFile.readGray(opaque, name: "b")))
    #expect(try ImageFile.readMask(file, name: "a").basis == .visibleGray)
  }

  /// A mask with wide soft borders has as many tones as a photograph.
  @Test func aFewStrayPixelsOfAlphaChangeNothingInASoftMask() {
    let levels = (0..<4096).map { UInt8(min(255, 5 * abs($0 % 64 - 32))) }
    let soft = GrayImage(width: 64, height: 64, pixels: levels)
    var alpha = GrayImage(width: 64, height: 64, fill: 255)
    for place in [0, 1, 2049] { alpha.pixels[place] = 0 }
    let mask = DecodedMask(gray: soft, alpha: alpha)
    #expect(mask.basis == .visibleGray)
    #expect(mask.pixels.pixels.enumerated().count { $1 != levels[$0] } == 3)
  }

  @Test func alphaOnOneSideOfTheThresholdSaysNothing() {
    check([0, 255, 255, 0], nil, [0, 255, 255, 0], .gray)
    check([0, 255, 255, 0], [254, 254, 254, 254], [0, 255, 255, 0], .gray)
    check([0, 255, 255, 0], [255, 254, 200, 255], [0, 255, 255, 0], .gray)
    check([0, 255, 255, 0], [0, 0, 0, 0], [0, 255, 255, 0], .gray)
    // A faint brush on nothing.
    check([0, 0, 0, 0], [0, 90, 90, 0], [0, 90, 90, 0], .alpha)
  }

  @Test func coloursOnOneSideOfTheThresholdSayNothing() {
    for level: UInt8 in [0, 100, 255] {
      check([level, level, 0, 255], [255, 255, 0, 0], [255, 255, 0, 0], .alpha)
    }
  }

  @Test func transparencyIsBlackInABlackAndWhiteMask() {
    check([0, 255, 255, 0], [255, 255, 0, 255], [0, 255, 0, 0], .visibleGray)
  }

  @Test func aPicturesTransparencyIsTheMask() {
    check([40, 90, 150, 200], [0, 255, 255, 0], [0, 255, 255, 0], .alphaOfPicture)
  }

  /// Four kinds of files in which people mean the same four pixels in the middle.
  @Test(arguments: [255, 0, nil] as [UInt8?])
  func whatWasErasedFromAnOpaquePictureIsTheMask(_ level: UInt8?) {
    let middle = [5, 6, 9, 10]
    func square(_ values: (Int) -> UInt8) -> GrayImage {
      GrayImage(width: 4, height: 4, pixels: (0..<16).map(values))
    }
    let wanted = square { middle.contains($0) ? 255 : 0 }
    let gray = square { level ?? UInt8(40 + 11 * $0) }  // plain, or a picture of its own
    let erased = DecodedMask(gray: gray, alpha: square { middle.contains($0) ? 0 : 255 })
    #expect(erased.pixels == wanted && erased.basis == .erased)
    let kept = DecodedMask(gray: gray, alpha: wanted)
    #expect(kept.pixels == wanted)
    #expect(kept.basis == (level == nil ? .alphaOfPicture : .alpha))
    // A hole that reaches the picture's edge, and an object that does.
    let open = [6, 7, 10, 11]
    let atTheEdge = square { open.contains($0) ? 255 : 0 }
    #expect(
      DecodedMask(gray: gray, alpha: square { 255 - atTheEdge.pixels[$0] }).pixels == atTheEdge)
    #expect(DecodedMask(gray: gray, alpha: atTheEdge).pixels == atTheEdge)
  }

  @Test func aStrongColourIsToldWhereNothingIsLight() throws {
    func mask(_ colour: (UInt8, UInt8, UInt8)) throws -> DecodedMask {
      var picture = Image(width: 3, height: 1)
      picture.draw(Image(width: 1, height: 1, fill: colour), x: 1, y: 0)
      return try ImageFile.readMask(picture.pngData(), name: "m")
    }
    #expect(try mask((255, 0, 0)).strongColour == [255, 0, 0])
    #expect(try mask((128, 0, 0)).strongColour == [128, 0, 0])
    #expect(try mask((1, 1, 1)).strongColour == nil)
    #expect(try mask((0, 255, 0)).strongColour == nil)  // light enough to be a mask
  }

  /// Masks of the same pixels, written by Pillow: grey alone, with black or with white as the
  /// transparent colour (tRNS), and white with a hole.
  @Test(arguments: [blackIsTransparent, whiteIsTransparent, whiteWithAHole])
  func aTransparentColourDoesNotTurnAMaskRound(_ text: String) throws {
    let file = try #require(Data(base64Encoded: text))
    let plain = try #require(Data(base64Encoded: Self.withoutTransparency))
    #expect(try ImageFile.readGray(file, name: "a") == ImageFile.readGray(plain, name: "b"))
  }

  private static let withoutTransparency =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAG0lEQVR4nGNgQAeMDAwM/xkYGBmYYCKYDEwAADNT"
    + "AQi7IxchAAAAAElFTkSuQmCC"

  private static let blackIsTransparent =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAAnRSTlMAAHaTzTgAAAAbSURBVHicY2BAB4wMDAz/"
    + "GRgYGZhgIpgMTAAAM1MBCLsjFyEAAAAASUVORK5CYII="

  private static let whiteIsTransparent =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAAnRSTlMA/1uRIrUAAAAbSURBVHicY2BAB4wMDAz/"
    + "GRgYGZhgIpgMTAAAM1MBCLsjFyEAAAAASUVORK5CYII="

  private static let whiteWithAHole =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAQAAABuBnYAAAAAJUlEQVR4nGP8/58BBTAxoAEWKM3IwMDAwPAfiwrC"
    + "AjAz/uNUAQCDxgQRJY8BAQAAAABJRU5ErkJggg=="

  private static let oneTransparentPixel =
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAYAAACqaXHeAAAAsUlEQVR4nO3bMQpDMQzAUKf0/ldOh09v"
    + "UHgUS5OnoIhMhpx5uLOU1yy+/MwTYDUF0AKaAmgBTQG0gKYAWkBTAC2gKYAW0BRAC2gKoAU07+9w7/8s"
    + "hs45Pztr/QsogBbQFEALaAqgBTQF0AKaAmgBTQG0gKYAWkBTAC2gKYAW0BRAC2gKoAU0BdACmgJoAU0B"
    + "tICmAFpAUwAtoCmAFtAUQAtozvRvcDcF0AKaAmgBzfoAHwrbBn4UIPVmAAAAAElFTkSuQmCC"

  private static let opaque =
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAANklEQVRYR+3MIQ4AIRDAwIH///nOb4LA"
    + "ko6sKEnyjMU329magT3DrQYNaEADGtCABjSgQZ7xA27JAUwFKutnAAAAAElFTkSuQmCC"
}
