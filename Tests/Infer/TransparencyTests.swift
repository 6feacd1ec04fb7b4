import Foundation
import Inference
import Models
import Pictures
import Support
import TestSupport
import Testing

/// Transparent means not there: colours behind it decide nothing, and a result keeps it.
@Suite struct TransparencyTests {
  private let folder: TemporaryFolder
  private let session: EditSession

  init() throws {
    folder = try TemporaryFolder()
    try TinyModel.write(to: folder.path("model"))
    session = try EditSession(model: folder.path("model"), weights: .raw)
  }

  /// A disc that fades out, on nothing; `hidden` colours what is not there.
  private func cutOut(hidden: (Int) -> UInt8, width: Int = 50, height: Int = 41) -> StoredImage {
    var colors = Image(width: width, height: height)
    var alpha = GrayImage(width: width, height: height, fill: 0)
    for i in 0..<width * height {
      let (x, y) = (i % width - width / 2, i / width - height / 2)
      alpha.pixels[i] = UInt8(max(0, min(255, 900 - 4 * (x * x + y * y))))
      for channel in 0..<3 {
        let k = 3 * i + channel
        colors.pixels[k] = alpha.pixels[i] == 0 ? hidden(k) : UInt8(60 * channel + i % 40)
      }
    }
    return StoredImage(colors: colors, alpha: alpha)
  }

  private static let garbage: @Sendable (Int) -> UInt8 = { UInt8(truncatingIfNeeded: $0 &* 7919) }

  private func edit(
    source: StoredImage, reference: StoredImage, pastesBack: Bool = true
  ) throws -> DecodedImage {
    try source.writePNG(to: folder.path("source.png"))
    try reference.writePNG(to: folder.path("reference.png"))
    var job = EditJob(
      image: folder.path("source.png"), region: .box(Box(5, 8, 25, 30)),
      reference: folder.path("reference.png"), output: folder.path("out.png"))
    (job.settings.steps, job.settings.sampler) = (2, .ddim)
    job.settings.pastesBack = pastesBack
    try session.run(job, SilentProgress.silent)
    return try ImageFile.read(folder.path("out.png"))
  }

  private let opaque = StoredImage(colors: Image(width: 50, height: 41, fill: (90, 120, 30)))

  @Test func hiddenColoursOfAReferenceDecideNothing() throws {
    let one = try edit(source: opaque, reference: cutOut { _ in 255 })
    let two = try edit(source: opaque, reference: cutOut(hidden: Self.garbage))
    #expect(one == two)
    #expect(one.alpha == nil)
  }

  @Test func aResultKeepsTransparencyAndIsOpaqueWhereItIsNew() throws {
    let source = cutOut(hidden: Self.garbage)
    let alpha = try #require(source.alpha)
    let result = try edit(source: source, reference: opaque)
    let kept = try #require(result.alpha)
    for i in kept.pixels.indices {
      let isNew = 5..<25 ~= i % 50 && 8..<30 ~= i / 50
      #expect(kept.pixels[i] == (isNew ? 255 : alpha.pixels[i]))
      guard !isNew else { continue }
      let place = 3 * i..<3 * i + 3
      #expect(result.stored.colors.pixels[place] == source.colors.pixels[place])
    }
    let other = try edit(source: cutOut { _ in 255 }, reference: opaque)
    #expect(other.image == result.image)
  }

  /// As opaque sources always had it, to the byte.
  @Test func anAlphaChannelThatSaysNothingIsNotKept() throws {
    var source = opaque
    let plain = try edit(source: source, reference: opaque)
    source.alpha = GrayImage(width: 50, height: 41, fill: 255)
    #expect(try edit(source: source, reference: opaque) == plain)
    #expect(plain.alpha == nil)
  }

  /// Neither hidden colours nor the ground that the network saw tint the new pixels' rim.
  @Test(arguments: [UInt8(0), 255])
  func newPixelsBesideTransparentOnesAreAllNew(opacityInside: UInt8) throws {
    let area = PixelRectangle(x: 4, y: 4, width: 12, height: 12)
    var stored = StoredImage(
      colors: Image(width: 20, height: 20, fill: (255, 0, 0)),
      alpha: GrayImage(width: 20, height: 20, fill: 0))
    stored.alpha?.draw(GrayImage(width: 12, height: 12, fill: opacityInside), x: 4, y: 4)
    let read = try ImageFile.read(stored.pngData(), name: "source")
    let file = try #require(SourceFile(read))
    var mask = GrayImage(width: 20, height: 20, fill: 0)
    mask.draw(GrayImage(width: 12, height: 12, fill: 255), x: 4, y: 4)
    let blue = Image(width: 12, height: 12, fill: (0, 0, 255))
    let result = file.pasting(blue, onto: read.image, over: area, mask: mask) {
      $0.pasting(blue, over: area, mask: mask, PasteBack(feather: 1))
    }
    #expect(result.cropped(to: area) == blue)
    #expect(result.pixels[0..<3] == [128, 128, 128])
  }

  @Test func theNetworksOwnPictureIsOpaqueSRGB() throws {
    let result = try edit(
      source: cutOut(hidden: Self.garbage), reference: opaque, pastesBack: false)
    #expect(result.stored == StoredImage(colors: result.colors))
  }

  @Test func aReferenceOfWhichNothingIsSeenIsAnError() throws {
    var nothing = opaque
    nothing.alpha = GrayImage(width: 50, height: 41, fill: 0)
    let error = #expect(throws: EditError.self) {
      try edit(source: opaque, reference: nothing)
    }
    #expect(error?.text(naming: { $0 }).contains("transparent all over") == true)
  }

  @Test func aResultKeepsItsSourcesProfileAndAllSamplesOutsideTheMask() throws {
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../Golden/profiles/adobe-rgb.png").standardizedFileURL.path
    let profile = try #require(try ImageFile.read(fixture).stored.profile)
    var source = cutOut(hidden: Self.garbage)
    source.alpha = nil
    let plain = try edit(source: source, reference: opaque)
    source.profile = profile
    let result = try edit(source: source, reference: opaque)
    #expect(result.stored.profile == profile)
    #expect(plain.stored.profile == nil)
    for i in 0..<50 * 41 where !(5..<25 ~= i % 50 && 8..<30 ~= i / 50) {
      let place = 3 * i..<3 * i + 3
      #expect(result.stored.colors.pixels[place] == source.colors.pixels[place])
    }
  }

  /// New pixels look as the network painted them, whatever profile they are written in.
  @Test func newPixelsAreConvertedIntoTheProfile() throws {
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../Golden/profiles/display-p3.png").standardizedFileURL.path
    let profile = try #require(try ImageFile.read(fixture).stored.profile)
    let painted = Image(width: 50, height: 41, fill: (200, 80, 40))
    let mask = GrayImage(width: 50, height: 41, fill: 255)
    var source = opaque
    source.profile = profile
    let written = try source.replacing(painted, where: mask)
    #expect(written.colors.pixels[0..<3] != painted.pixels[0..<3])
    let seen = try ImageFile.read(written.pngData(), name: "written").colors
    #expect(zip(seen.pixels, painted.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }
}
