import Foundation
import Pictures
import Support
import TestSupport
import Testing

@Suite struct ImageWritingTests {
  private let grid = GrayImage(width: 7, height: 3, pixels: (0..<21).map { UInt8($0 * 12) })

  @Test func pngReadsBackExactly() throws {
    let image = try ImageFixtures.source()
    #expect(try ImageFile.read(image.pngData(), name: "colour").image == image)
    #expect(try ImageFile.readGray(grid.pngData(), name: "grey") == grid)
  }

  @Test func pngIsDeterministic() throws {
    let image = try ImageFixtures.source()
    let text = [(key: "seed", value: "42")]
    #expect(try image.pngData(text: text) == image.pngData(text: text))
  }

  @Test func textReadsBackInOrder() throws {
    let text = [
      (key: "model", value: "runs/demo"), (key: "prompt", value: "Größe"),
      (key: "note", value: "マスク 🙂"), (key: "empty", value: ""),
    ]
    try withTemporaryFolder { folder in
      let path = "\(folder)/text.png"
      try grid.writePNG(to: path, text: text)
      let found = try ImageFile.text(path)
      #expect(found.map(\.key) == text.map(\.key))
      #expect(found.map(\.value) == text.map(\.value))
      #expect(try ImageFile.readGray(path) == grid)
    }
  }

  @Test func jpegIsCloseAndCloserWithQuality() throws {
    let image = try ImageFixtures.source().resized(width: 124, height: 92, filter: .bicubic)
    func error(_ quality: Int) throws -> Double {
      let back = try ImageFile.read(image.jpegData(quality: quality), name: "jpeg").image
      let differences = zip(back.pixels, image.pixels).map { abs(Double($0) - Double($1)) }
      return differences.reduce(0, +) / Double(differences.count)
    }
    #expect(try error(95) < 4)
    #expect(try error(95) < error(30))
    let gray = image.luma()
    let back = try ImageFile.readGray(gray.jpegData(quality: 100), name: "grey")
    #expect(largestDifference(back.pixels, gray.pixels) <= 3)
  }

  @Test func jpegRefusesWhatItCannotHold() {
    let long = GrayImage(width: 70_000, height: 1, fill: 0)
    #expect(throws: ImageError.self) { try long.jpegData() }
  }

  @Test func aFullDiskIsNamed() {
    #expect(throws: FileError.diskFull(path: "/dev/full")) { try grid.writePNG(to: "/dev/full") }
  }
}

@Suite struct ContactSheetTests {
  private let red = Image(width: 10, height: 20, fill: (255, 0, 0))

  @Test func cellsAreEqualAndPicturesCentred() {
    var sheet = ContactSheet(columns: ["", ""], cellSize: 40)
    sheet.addRow([red, red])
    let image = sheet.image()
    #expect(image.width == 120 && image.height == 72)
    func colour(_ x: Int, _ y: Int) -> [UInt8] {
      let first = (y * image.width + x) * 3
      return Array(image.pixels[first..<first + 3])
    }
    #expect(colour(16 + 20, 16) == [255, 0, 0])
    #expect(colour(16 + 5, 16 + 20) == [246, 246, 244])
    #expect(colour(16 + 48 + 20, 16 + 39) == [255, 0, 0])
  }

  @Test func captionsTakeRoomAndLeaveInk() {
    var plain = ContactSheet(columns: [""], cellSize: 40)
    plain.addRow([red])
    var captioned = ContactSheet(columns: ["a caption that is far too long"], cellSize: 40)
    captioned.addRow([red], caption: "seed 42\nscale 5")
    let (before, after) = (plain.image(), captioned.image())
    #expect(after.width > before.width && after.height > before.height)
    #expect(after.pixels.contains(64))
  }

  @Test func aSheetWithoutRowsIsStillAPicture() {
    let image = ContactSheet(columns: ["a", "b"], cellSize: 32).image()
    #expect(image.width > 64 && image.height > 32)
  }
}
