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
    check([40, 90, 150, 200], [255, 0, 255, 255], [255, 0, 255, 255], .alphaOfPicture)
  }

  private static let oneTransparentPixel =
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAYAAACqaXHeAAAAsUlEQVR4nO3bMQpDMQzAUKf0/ldOh09v"
    + "UHgUS5OnoIhMhpx5uLOU1yy+/MwTYDUF0AKaAmgBTQG0gKYAWkBTAC2gKYAW0BRAC2gKoAU07+9w7/8s"
    + "hs45Pztr/QsogBbQFEALaAqgBTQF0AKaAmgBTQG0gKYAWkBTAC2gKYAW0BRAC2gKoAU0BdACmgJoAU0B"
    + "tICmAFpAUwAtoCmAFtAUQAtozvRvcDcF0AKaAmgBzfoAHwrbBn4UIPVmAAAAAElFTkSuQmCC"

  private static let opaque =
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAANklEQVRYR+3MIQ4AIRDAwIH///nOb4LA"
    + "ko6sKEnyjMU329magT3DrQYNaEADGtCABjSgQZ7xA27JAUwFKutnAAAAAElFTkSuQmCC"
}
