import Datasets
import Foundation
import Pictures
import TestSupport
import Testing

/// Training pictures with transparency: what is behind it is never seen.
@Suite struct TransparentPictureTests {
  private func source(hidden: UInt8, _ folder: TemporaryFolder) throws -> TripletSource {
    var colors = Image(width: 20, height: 16, fill: (hidden, 255 - hidden, hidden))
    var alpha = GrayImage(width: 20, height: 16, fill: 0)
    for i in stride(from: 0, to: 320, by: 3) {
      alpha.pixels[i] = 255
      for k in 3 * i..<3 * i + 3 { colors.pixels[k] = UInt8(i % 200) }
    }
    let stored = StoredImage(colors: colors, alpha: alpha)
    try stored.writePNG(to: folder.path("picture.png"))
    try stored.writePNG(to: folder.path("reference.png"))
    let record = DatasetRecord(
      image: folder.path("picture.png"), boxes: [Box(2, 2, 15, 12)],
      references: [ExemplarFiles(picture: folder.path("reference.png"))])
    return try TripletSource(record)
  }

  @Test func hiddenColoursDecideNothing() throws {
    let folder = try TemporaryFolder()
    let (one, two) = (try source(hidden: 0, folder), try source(hidden: 255, folder))
    #expect(one.image == two.image)
    #expect(one.references.map(\.picture) == two.references.map(\.picture))
    #expect(one.exemplars == two.exemplars)
  }

  /// To the autoencoder nothing is mid-grey, to the image encoder CLIP's mean.
  @Test func eachNetworkSeesItsOwnZero() throws {
    let source = try source(hidden: 9, TemporaryFolder())
    #expect(Array(source.image.pixels[3..<6]) == [128, 128, 128])
    #expect(source.references.first.map { Array($0.picture.pixels[3..<6]) } == [123, 117, 104])
    #expect(source.exemplars.map { Array($0.pixels[3..<6]) } == [123, 117, 104])
    for (level, mean) in zip([123, 117, 104] as [Float], CLIPStatistics.mean) {
      #expect(abs(level - 255 * mean) <= 0.5)
    }
  }
}
