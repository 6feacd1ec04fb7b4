import Foundation
import Pictures
import Testing

/// Transparent pictures as those see them that know no transparency.
@Suite struct CompositingTests {
  /// Expected values are those of Pillow's `alpha_composite`.
  @Test func partlyOpaqueColoursAreThoseOfPillow() {
    let cases: [(color: [UInt8], opacity: UInt8, expected: [UInt8])] = [
      ([200, 10, 30], 100, [153, 75, 75]), ([0, 255, 7], 1, [123, 118, 104]),
      ([255, 0, 255], 254, [254, 0, 254]), ([90, 90, 90], 128, [106, 103, 97]),
    ]
    for (color, opacity, expected) in cases {
      let picture = Image(width: 1, height: 1, pixels: color)
        .composited(on: .reference, opacity: GrayImage(width: 1, height: 1, fill: opacity))
      #expect(picture.pixels == expected)
    }
  }

  /// Alpha channels, transparent grey levels, colours and entries of palettes, of 8 and 16 bits.
  @Test(arguments: ImageFixtures.pictures.filter { ImageFixtures.exists("\($0).alpha") })
  func everyKindOfTransparencyHidesItsColours(_ name: String) throws {
    let decoded = try ImageFile.read(ImageFixtures.path(name))
    let alpha = try #require(decoded.alpha)
    for (i, opacity) in alpha.pixels.enumerated() where opacity == 0 || opacity == 255 {
      let seen = Array(decoded.image.pixels[3 * i..<3 * i + 3])
      let colors = Array(decoded.colors.pixels[3 * i..<3 * i + 3])
      #expect(seen == (opacity == 0 ? [128, 128, 128] : colors))
    }
  }

  /// Of a file with transparency every sample comes back, those behind it included.
  @Test(arguments: ["png-rgba8.png", "png-rgb8-key.png", "png-palette4-transparent.png"])
  func hiddenColoursAreWrittenAgain(_ name: String) throws {
    let stored = try ImageFile.read(ImageFixtures.path(name)).stored
    let again = try ImageFile.read(stored.pngData(), name: "again").stored
    #expect(again == stored)
  }
}
