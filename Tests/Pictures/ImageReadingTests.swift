import Foundation
import Pictures
import TestSupport
import Testing

@Suite struct ImageReadingTests {
  /// libjpeg-turbo's versions differ by a rounding in chroma upsampling; PNG has no such freedom.
  /// Where libtiff computes, it rounds to the nearest number.
  private func tolerance(_ name: String) -> Int {
    if name.hasSuffix(".jpg") || name == "tiff-jpeg.tif" { return 2 }
    if name.hasPrefix("profile.") { return 1 }
    return ["tiff-rgb16.tif", "tiff-cmyk.tif", "tiff-rgba-multiplied.tif"].contains(name) ? 1 : 0
  }

  @Test func everyKindHasAFixture() {
    #expect(ImageFixtures.pictures.count == 91)
  }

  @Test(arguments: ImageFixtures.pictures)
  func coloursAreThoseOfPillow(_ name: String) throws {
    let decoded = try ImageFile.read(ImageFixtures.path(name))
    let expected = try ImageFixtures.bytes("\(name).rgb")
    #expect(largestDifference(decoded.colors.pixels, expected) <= tolerance(name))
  }

  @Test(arguments: ImageFixtures.pictures)
  func opacityIsThatOfPillow(_ name: String) throws {
    let decoded = try ImageFile.read(ImageFixtures.path(name))
    #expect((decoded.alpha != nil) == ImageFixtures.exists("\(name).alpha"))
    if let alpha = decoded.alpha {
      #expect(alpha.pixels == (try ImageFixtures.bytes("\(name).alpha")))
    }
  }

  @Test(arguments: ImageFixtures.pictures.filter { ImageFixtures.exists("\($0).mask") })
  func masksAreAlphaElseLuma(_ name: String) throws {
    let mask = try ImageFile.readGray(ImageFixtures.path(name))
    let expected = try ImageFixtures.bytes("\(name).mask")
    #expect(largestDifference(mask.pixels, expected) <= tolerance(name))
  }

  @Test(arguments: ImageFixtures.pictures)
  func headersTellTheDisplayedSize(_ name: String) throws {
    let header = try ImageFile.header(ImageFixtures.path(name))
    let image = try ImageFile.read(ImageFixtures.path(name)).image
    #expect(header.width == image.width && header.height == image.height)
    #expect(header.format == ImageFixtures.format(of: name))
    if let digit = name.split(separator: "orientation").dropFirst().first?.first {
      #expect(header.orientation == digit.wholeNumberValue)
    }
  }

  @Test func headersBeyondTheFirstBlockAreFound() throws {
    var bytes = try ImageFixtures.bytes("jpeg-orientation6.jpg")
    let segment: [UInt8] = [0xFF, 0xE2, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 65533)
    bytes.insert(contentsOf: segment, at: 2)
    try withTemporaryFolder { folder in
      let path = "\(folder)/profile.jpg"
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let header = try ImageFile.header(path)
      #expect(header.width == 8 && header.height == 13 && header.orientation == 6)
    }
  }

  @Test func aNameWithoutAFormatIsAnyPictures() throws {
    let data = Data(try ImageFixtures.bytes("png-rgb8.png"))
    try withTemporaryFolder { folder in
      for name in ["picture", "picture.img", "jpg"] {
        try data.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        #expect(try ImageFile.read("\(folder)/\(name)").format == .png)
      }
    }
  }

  @Test(arguments: [
    ("png-rgb8.png", "picture.jpg", ImageFormat.png),
    ("png-rgb8.png", "picture.JPEG", .png),
    ("jpeg-orientation6.jpg", "picture.png", .jpeg),
    ("webp-alpha.webp", "picture.png", .webP),
    ("tiff-lzw.tif", "picture.jpg", .tiff),
  ])
  func theContentDecidesAndAWarningSaysSo(
    _ fixture: String, _ name: String, _ found: ImageFormat
  ) throws {
    let data = Data(try ImageFixtures.bytes(fixture))
    try withTemporaryFolder { folder in
      let path = "\(folder)/\(name)"
      try data.write(to: URL(fileURLWithPath: path))
      let read = try ImageFile.read(path)
      #expect(read.image == (try ImageFile.read(ImageFixtures.path(fixture)).image))
      #expect(read.warnings == [.mislabelled(found: found)])
      #expect(try ImageFile.readMask(path).warnings == read.warnings)
      #expect(try ImageFile.header(path).format == found)
    }
  }

  @Test(arguments: [("tiff-pages.tif", 3), ("webp-animated.webp", 3)])
  func ofSeveralPicturesTheFirstIsReadAndAWarningSaysSo(_ name: String, _ count: Int) throws {
    let path = ImageFixtures.path(name)
    let warnings = try ImageFile.read(path).warnings
    #expect(warnings == [.furtherPictures(count: count)])
  }
}

@Suite struct BadPictureTests {
  private func error(_ bytes: [UInt8]) -> ImageError? {
    #expect(throws: ImageError.self) { try ImageFile.read(Data(bytes), name: "x") }
  }

  @Test func messagesSayWhatWasFoundAndExpected() {
    let cases: [(bytes: [UInt8], message: String)] = [
      (
        [],
        "x: empty file (0 bytes), expected a JPEG, PNG, WebP or TIFF picture; copy or download it "
          + "again"
      ),
      (
        Array("GIF89a".utf8),
        "x: looks like a GIF, expected a JPEG, PNG, WebP or TIFF picture; convert it first, such as "
          + "with ImageMagick: magick FILE FILE.png"
      ),
      (
        Array("<!DOCTYPE html>".utf8),
        "x: looks like an HTML or XML page (a failed download?), expected a JPEG, PNG, WebP or "
          + "TIFF picture; download it again, or convert it first"
      ),
      (
        [0xFF, 0xD8, 0xFF, 0xE0, 0],
        "x: damaged or truncated JPEG (it ends within the header); copy, download or export it again"
      ),
    ]
    for (bytes, message) in cases { #expect(error(bytes)?.description == message) }
  }

  @Test func bombsAreRefusedByTheirHeader() throws {
    var bytes = try ImageFixtures.bytes("png-rgb8.png")
    bytes.replaceSubrange(16..<24, with: [0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30])
    bytes.replaceSubrange(29..<33, with: [0xE9, 0x45, 0x6F, 0xED])  // the checksum
    #expect(error(bytes) == .tooLarge(name: "x", width: 30_000, height: 30_000))
    try withTemporaryFolder { folder in
      try Data(bytes.prefix(60)).write(to: URL(fileURLWithPath: "\(folder)/bomb.png"))
      #expect(
        throws: ImageError.tooLarge(name: "\(folder)/bomb.png", width: 30_000, height: 30_000)
      ) { try ImageFile.header("\(folder)/bomb.png") }
    }
  }

  @Test func missingFilesFoldersAndDevicesAreNamed() {
    for path in ["/nowhere/a.png", "/", "/dev/zero"] {
      let error = #expect(throws: ImageError.self) { try ImageFile.read(path) }
      #expect(error?.description.hasPrefix("\(path): ") == true)
    }
  }

  /// What is left of a file is never half a picture: an end mark or a resolution may be missing.
  @Test(arguments: ImageFixtures.pictures)
  func everyTruncationIsAnErrorOrChangesNothing(_ name: String) throws {
    let bytes = try ImageFixtures.bytes(name)
    let whole = try ImageFile.read(Data(bytes), name: "x")
    let step = max(1, bytes.count / 40)
    for count in Array(stride(from: 0, to: bytes.count, by: step)) + [bytes.count - 1] {
      do {
        let left = try ImageFile.read(Data(bytes.prefix(count)), name: "x")
        let isSame = left.colors == whole.colors && left.alpha == whole.alpha
        #expect(isSame && left.format != .png, "\(count) of \(bytes.count) bytes")
      } catch {
        #expect(error is ImageError)
      }
    }
  }

  @Test func otherFormatsAreNamed() {
    let beginnings: [(String, String)] = [
      ("\0\0\0\u{1C}ftypavif\0\0\0\0", "an AVIF picture"),
      ("\0\0\0\u{18}ftypheic\0\0\0\0", "a HEIC picture"),
      ("\0\0\0\u{18}ftypmif1\0\0\0\0", "a HEIC picture"),
      ("\0\0\0\u{18}ftypisom\0\0\0\0", "a video"), ("BM6\0\0\0", "a BMP"),
      ("II*\0\u{10}\0\0\0CR\u{2}\0", "a camera raw file"),
      ("P6\n4 4\n255\n", "a PPM, PGM or PBM"),
    ]
    for (beginning, found) in beginnings {
      let message = error(Array(beginning.utf8))?.description ?? ""
      #expect(message.hasPrefix("x: looks like \(found), expected a JPEG"), "\(message)")
    }
  }

  @Test func theLimitOfPixelsIsASetting() throws {
    #expect(try ImageFile.limit(nil).get() == 178_956_970)
    #expect(try ImageFile.limit("500000000").get() == 500_000_000)
    for text in ["", "0", "-1", "many", "1e9"] {
      #expect(throws: ImageError.badLimit(found: text)) { try ImageFile.limit(text).get() }
    }
    let message = ImageError.tooLarge(name: "x", width: 30_000, height: 30_000).description
    #expect(message.contains(ImageFile.limitVariable))
  }

  /// Byte flips may go unnoticed, but never crash; sizes they announce stay within the limit.
  @Test(arguments: ImageFixtures.pictures)
  func damageNeverCrashes(_ name: String) throws {
    let bytes = try ImageFixtures.bytes(name)
    var state: UInt64 = 88172645463325252
    func next(_ bound: Int) -> Int {  // xorshift
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    for _ in 0..<40 {
      var damaged = bytes
      for _ in 0...next(3) { damaged[next(damaged.count)] = UInt8(next(256)) }
      do {
        let image = try ImageFile.read(Data(damaged), name: name).image
        #expect(image.width * image.height <= ImageFile.maximumPixels)
      } catch {
        #expect(error is ImageError)
      }
    }
  }

  @Test func failuresLeakNothing() throws {
    let jpeg = try ImageFixtures.bytes("jpeg-progressive.jpg")
    let png = try ImageFixtures.bytes("png-rgba16-interlaced.png")
    let webp = try ImageFixtures.bytes("webp-lossless.webp")
    let tiff = try ImageFixtures.bytes("tiff-tiles.tif")
    let halves = [jpeg, png, webp].map { Data($0.prefix($0.count * 3 / 4)) }
    var broken = tiff
    for i in 8..<400 { broken[i] = 0x55 }
    let files = halves + [Data(broken), Data(tiff)]
    func fail(_ times: Int) {
      for i in 0..<times { _ = try? ImageFile.read(files[i % files.count], name: "half") }
    }
    fail(200)
    let before = residentPages()
    fail(4000)
    let grown = (residentPages() - before) * 4096
    // A leaked decoder alone would be 4000 × 20 KB; other tests run beside this one.
    #expect(grown < 30_000_000)
  }

  private func residentPages() -> Int {
    let fields = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
      .split(separator: " ")
    return fields.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0
  }
}
