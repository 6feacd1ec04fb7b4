import Foundation
import Pictures
import Testing

/// Pictures that say what their colours mean, and what Pillow's ImageCms or the definitions make of
/// them; see Tests/Golden/profiles.py.
enum ProfileFixtures {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Golden/profiles").path

  static let pictures: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".png") || $0.hasSuffix(".jpg") }.sorted()
  }()

  static func read(_ name: String) throws -> DecodedImage {
    try ImageFile.read("\(folder)/\(name)")
  }

  static func expected(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).rgb")))
  }
}

@Suite struct ColorProfileTests {
  @Test func everyKindHasAFixture() {
    #expect(ProfileFixtures.pictures.count == 30)
  }

  /// The second pixel of difference is libjpeg-turbo's, whose versions round differently.
  @Test(arguments: ProfileFixtures.pictures)
  func coloursAreThoseOfTheReference(_ name: String) throws {
    let colors = try ProfileFixtures.read(name).colors.pixels
    let difference = largestDifference(colors, try ProfileFixtures.expected(name))
    #expect(difference <= (name.hasSuffix(".jpg") ? 2 : 1))
  }

  @Test(arguments: [
    "srgb-lcms.png", "srgb-sampled.png", "gama-2.2.png", "gama-2.2-srgb-primaries.png",
    "srgb-chunk.png", "cicp-srgb.png",
  ])
  func sRGBStaysAsItIs(_ name: String) throws {
    let decoded = try ProfileFixtures.read(name)
    #expect(decoded.colors.pixels == (try ProfileFixtures.expected(name)))
    #expect(decoded.stored.colors == decoded.colors)
    let isEmbedded = ["srgb-lcms.png", "srgb-sampled.png"].contains(name)
    #expect((decoded.stored.profile != nil) == isEmbedded)
  }

  @Test(arguments: [
    "broken.png", "not-compressed.png", "grey-profile-for-rgb.png", "display-p3-lost-segment.jpg",
    "cmyk-under-rgb.jpg", "cicp-hdr.png", "gama-0.png", "chrm-0.png",
  ])
  func whatCannotBeFollowedIsSaidAndReadAsSRGB(_ name: String) throws {
    let decoded = try ProfileFixtures.read(name)
    #expect(decoded.warnings.count == 1)
    #expect(decoded.warnings.first?.description.contains("taken as sRGB") == true)
    #expect(decoded.stored.profile == nil)
    #expect(largestDifference(decoded.colors.pixels, try ProfileFixtures.expected(name)) <= 2)
  }

  @Test func nothingElseIsWarnedAbout() throws {
    let warned = try ProfileFixtures.pictures.filter {
      try !ProfileFixtures.read($0).warnings.isEmpty
    }
    #expect(warned.count == 8)
  }

  @Test(arguments: [
    "display-p3.png", "adobe-rgb.png", "prophoto.png", "display-p3.jpg", "grey-1.8.png",
    "grey-1.8.jpg", "grey-under-rgb.png", "gama-1.png", "chrm-p3.png", "grey-gama-1.png",
    "display-p3-alpha.png", "srgb-sampled.png",
  ])
  func writtenAgainTheFileHasTheSameSamplesAndLooksTheSame(_ name: String) throws {
    let decoded = try ProfileFixtures.read(name)
    #expect(decoded.stored.profile != nil)
    let again = try ImageFile.read(decoded.stored.pngData(), name: "again")
    #expect(again.stored == decoded.stored)
    #expect(largestDifference(again.colors.pixels, decoded.colors.pixels) <= 1)
  }

  /// Inks, and profiles without a way back, have no RGB that a result could keep.
  @Test func inksBecomeSRGB() throws {
    let decoded = try ProfileFixtures.read("cmyk.jpg")
    #expect(decoded.stored == StoredImage(colors: decoded.colors))
  }

  @Test(arguments: ["display-p3.png", "adobe-rgb.png", "prophoto.png", "gama-1.png"])
  func sRGBGoesIntoAProfileAndComesBack(_ name: String) throws {
    let profile = try #require(try ProfileFixtures.read(name).stored.profile)
    let image = try ImageFixtures.source()
    let stored = StoredImage(colors: try profile.colors(ofSRGB: image), profile: profile)
    let back = try ImageFile.read(stored.pngData(), name: "back").colors
    // Eight bits of a wider space, or of linear light, are coarser than those of sRGB.
    let differences = zip(back.pixels, image.pixels).map { abs(Int($0) - Int($1)) }
    let mean = Double(differences.reduce(0, +)) / Double(differences.count)
    #expect(mean < (name == "gama-1.png" ? 2 : 0.7))
  }

  @Test func profilesMadeOfNumbersHaveTheSameBytesAlways() throws {
    let data = try ProfileFixtures.read("gama-1.png").stored.pngData()
    #expect(try ProfileFixtures.read("gama-1.png").stored.pngData() == data)
    let icc = try #require(try ProfileFixtures.read("gama-1.png").stored.profile?.icc)
    #expect(Array(icc[24..<36]) == [7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
  }

  @Test func aMaskIsNotConverted() throws {
    let mask = try ImageFile.readGray("\(ProfileFixtures.folder)/grey-gama-1.png")
    let raw = try ProfileFixtures.read("grey-gama-1.png").stored.colors
    #expect(mask.rgb() == raw)
  }

  /// Damaged profiles crash nothing and lose no picture.
  @Test(arguments: ["display-p3.jpg", "cmyk.jpg"])
  func damageToAProfileIsNoError(_ name: String) throws {
    let url = URL(fileURLWithPath: "\(ProfileFixtures.folder)/\(name)")
    let bytes = [UInt8](try Data(contentsOf: url))
    let start = try #require(Data(bytes).range(of: Data("ICC_PROFILE\0".utf8))).upperBound + 2
    var state: UInt64 = 2_463_534_242
    for _ in 0..<60 {
      var damaged = bytes
      for _ in 0..<4 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        damaged[start + Int(state >> 33) % 400] = UInt8(truncatingIfNeeded: state >> 20)
      }
      _ = try ImageFile.read(Data(damaged), name: name)
    }
  }
}
