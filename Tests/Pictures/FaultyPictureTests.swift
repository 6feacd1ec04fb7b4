import Foundation
import Pictures
import TestSupport
import Testing

/// JPEGs with faults that libjpeg gets over: read, with a warning.
@Suite struct FaultyPictureTests {
  private func read(_ bytes: [UInt8], evenIfCutShort: Bool = false) throws -> DecodedImage {
    try ImageFile.read(Data(bytes), name: "x", evenIfCutShort: evenIfCutShort)
  }

  /// Where the segments before the first scan begin.
  private func markers(_ bytes: [UInt8]) -> [Int] {
    var positions = [2]
    while let last = positions.last, bytes[last + 1] != 0xDA {
      positions.append(last + 2 + Int(bytes[last + 2]) << 8 + Int(bytes[last + 3]))
    }
    return positions
  }

  @Test(arguments: ["jpeg-420.jpg", "jpeg-progressive.jpg", "jpeg-orientation6.jpg"])
  func bytesBeforeAMarkerAreSkipped(_ name: String) throws {
    let whole = try ImageFixtures.bytes(name)
    let expected = try read(whole)
    #expect(expected.warnings.isEmpty)
    for position in markers(whole) {
      for junk: [UInt8] in [[0], [0, 0], [0x12, 0x34, 0x56], [0xFF, 0], [0xFF], [0xFF, 0xFF]] {
        var bytes = whole
        bytes.insert(contentsOf: junk, at: position)
        let found = try read(bytes)
        #expect(found.image == expected.image)
        // Any number of FF may stand before a marker.
        let isFill = junk.allSatisfy { $0 == 0xFF }
        #expect(found.warnings.map(\.category) == (isFill ? [] : ["faulty"]))
        #expect(try ImageFile.readGray(Data(bytes), name: "x") == expected.image.luma())
      }
    }
  }

  @Test func theWarningSaysWhatLibjpegDoes() throws {
    var bytes = try ImageFixtures.bytes("jpeg-420.jpg")
    bytes.insert(contentsOf: [0, 0], at: 2)
    let reason = "Corrupt JPEG data: 2 extraneous bytes before marker 0xe0"
    #expect(try read(bytes).warnings == [.faulty(format: .jpeg, reason: reason)])
  }

  @Test(arguments: ["jpeg-420.jpg", "jpeg-grey.jpg", "jpeg-restart.jpg"])
  func theEndMarkMayBeMissingOrFollowed(_ name: String) throws {
    let whole = try ImageFixtures.bytes(name)
    let expected = try read(whole).image
    let open = try read(whole.dropLast(2))
    #expect(open.image == expected)
    #expect(open.warnings.map(\.category) == ["faulty"])
    // As cameras append previews, and servers advertisements.
    let followed = try read(whole + whole + Array("<!-- served by -->".utf8))
    #expect(followed.image == expected && followed.warnings.isEmpty)
  }

  /// Read as Pillow does (see the fixtures), and said.
  @Test(arguments: [
    ("jpeg-lost-restart.jpg", "cut short"), ("jpeg-swapped-restart.jpg", "faulty"),
    ("jpeg-wrong-adobe.jpg", "faulty"),
  ])
  func damageIsAWarning(_ name: String, _ category: String) throws {
    let warnings = try ImageFile.read(ImageFixtures.path(name)).warnings
    #expect(warnings.map(\.category) == [category])
  }

  /// As Pillow: refused as it is, read where its truncation is tolerated.
  @Test(arguments: ["jpeg-420.jpg", "jpeg-restart.jpg"])
  func whatIsLeftOfACutPictureIsReadWhenAskedFor(_ name: String) throws {
    let whole = try ImageFixtures.bytes(name)
    let cut = Array(whole.prefix(whole.count - 100))
    let error = #expect(throws: ImageError.self) { try read(cut) }
    #expect(error?.category == "damaged or truncated")
    try expectUpperPart(of: whole, in: read(cut, evenIfCutShort: true))
    #expect(throws: ImageError.self) { try ImageFile.readMask(Data(cut), name: "x") }
  }

  /// Some programs put an end mark on what they could save; Pillow notices nothing.
  @Test(arguments: ["jpeg-420.jpg", "jpeg-restart.jpg"])
  func aCutPictureWithAnEndIsReadButIsNoMask(_ name: String) throws {
    let whole = try ImageFixtures.bytes(name)
    let cut = whole.prefix(whole.count - 100) + [0xFF, 0xD9]
    try expectUpperPart(of: whole, in: read(Array(cut)))
    // Grey rows that nobody drew would count as masked.
    #expect(throws: ImageError.self) { try ImageFile.readMask(Data(cut), name: "x") }
  }

  private func expectUpperPart(of whole: [UInt8], in left: DecodedImage) throws {
    let image = try read(whole).image
    let warning = try #require(left.warnings.first)
    #expect(left.warnings.count == 1 && warning.category == "cut short")
    let numbers = "\(warning)".matches(of: /\d+/).compactMap { Int($0.output) }
    let (missing, rows) = (try #require(numbers.first), try #require(numbers.last))
    #expect(rows == image.height && missing > 0 && missing < rows)
    // Chroma of the row above is smoothed with what is missing.
    let sound = (rows - missing - 1) * image.width * 3
    #expect(left.image.pixels.prefix(sound) == image.pixels.prefix(sound))
  }

  @Test func aProgressivePictureWithoutItsDetailIsCutShort() throws {
    let whole = try ImageFixtures.bytes("jpeg-progressive.jpg")
    let cut = Array(whole.prefix(whole.count - 100))
    #expect(throws: ImageError.self) { try read(cut) }
    let warnings = try read(cut, evenIfCutShort: true).warnings
    #expect(warnings.map(\.category) == ["cut short"])
  }

  @Test func nothingOfAPictureIsNoPicture() throws {
    let whole = try ImageFixtures.bytes("jpeg-420.jpg")
    let scan = try #require(markers(whole).last)
    let empty = Array(whole[..<(scan + 14)]) + [0xFF, 0xD9]
    #expect(throws: ImageError.self) { try read(empty, evenIfCutShort: true) }
  }
}
