import Evaluation
import Foundation
import Pictures
import Support
import Synchronization
import Tensors
import TestSupport
import Testing

/// `pbe-eval statistics`: a folder of pictures as an encoder sees it.
@Suite struct ReferenceStatisticsTests {
  let folder: TemporaryFolder
  let images: URL
  let output: URL

  init() throws {
    folder = try TemporaryFolder()
    images = folder.file("images")
    output = folder.file("out.safetensors")
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    for i in 0..<5 {
      let picture = Image(width: 40 + 10 * i, height: 40, fill: (UInt8(40 * i), 9, UInt8(200 - i)))
      try picture.writePNG(to: images.appending(path: "\(i).png").path)
    }
    try Image(width: 30, height: 50, fill: (1, 2, 3))
      .writeJPEG(to: images.appending(path: "5.jpg").path)
  }

  @Test func thePicturesAreCroppedAsOfficialDoes() throws {
    let wide = Image(width: 1025, height: 512, pixels: (0..<1025 * 512 * 3).map { UInt8($0 % 251) })
    // Python's round(256.5) is 256.
    let square = PixelRectangle(x: 256, y: 0, width: 512, height: 512)
    #expect(try wide.croppedForReference() == wide.cropped(to: square))
    let tall = try Image(width: 30, height: 50, fill: (7, 7, 7)).croppedForReference()
    #expect(tall == Image(width: 512, height: 512, fill: (7, 7, 7)))
    #expect(throws: EncoderError.self) { try Image(width: 1, height: 999).croppedForReference() }
  }

  @Test func theFileHoldsWhatTheFeaturesAmountTo() throws {
    let counts = try build(ColourEncoder())
    #expect(counts.read == 6 && counts.jpeg == 1 && counts.problems.isEmpty)
    let read = try ReferenceStatistics(contentsOf: output.path)
    let section = try #require(read.sections[.clip])
    #expect(section.encoder == EncoderIdentity(identifier: "colours", hash: "c0"))
    #expect(section.statistics.count == 6)
    #expect(section.sample.shape == [6, 6])
    let direct = FeatureStatistics(Matrix(section.sample))
    #expect(largestError(section.statistics.mean, direct.mean) < 1e-12)
    #expect(
      largestError(section.statistics.covariance.values, direct.covariance.values) < 1e-12)
    #expect(!FileManager.default.fileExists(atPath: output.path + ".parts"))
  }

  @Test func picturesThatCannotBeReadAreCounted() throws {
    try Data([1, 2, 3]).write(to: images.appending(path: "2.png"))
    let counts = try build(ColourEncoder())
    #expect(counts.read == 5)
    #expect(counts.problems.count == 1 && counts.problems[0].contains("2.png"))
    #expect(try ReferenceStatistics(contentsOf: output.path).sections[.clip]?.statistics.count == 5)
  }

  @Test func everyKindOfPictureAndOfNameIsThere() throws {
    let formats = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Golden/formats").standardizedFileURL
    for name in ["webp-lossy.webp", "tiff-lzw.tif", "tiff-pages.tif"] {
      let copy = images.appending(path: name == "tiff-lzw.tif" ? "6.TIFF" : name)
      try FileManager.default.copyItem(at: formats.appending(path: name), to: copy)
    }
    let odd = images.path + "/" + String(pathBytes: Array("caf".utf8) + [0xE9]) + ".png"
    try Image(width: 20, height: 20).writePNG(to: odd)
    defer { FileSystem.remove(images.path) }
    let counts = try build(ColourEncoder())
    #expect(counts.read == 10 && counts.problems.isEmpty)
    #expect(counts.warnings.count == 1 && counts.warnings[0].contains("tiff-pages.tif: holds 3"))
    // As the file that was written says.
    #expect(try build(ColourEncoder()).warnings == counts.warnings)
    #expect(!FileSystem.exists(output.path + ".parts"))
  }

  @Test func nothingIsEncodedTwice() throws {
    let cache = folder.file("cache")
    let counting = CountingEncoder()
    let pictures = try PictureFolder(at: images)
    let builder = StatisticsBuilder(output: output, cache: cache)
    _ = try builder.build(pictures, encoders: [.clip: counting])
    let first = try Data(contentsOf: output)
    #expect(counting.count.withLock { $0 } == 6)
    // From the file that is there.
    #expect(try builder.build(pictures, encoders: [.clip: counting]).reused == [.clip])
    // From the cache, as after an interruption.
    try FileManager.default.removeItem(at: output)
    _ = try builder.build(pictures, encoders: [.clip: counting])
    #expect(counting.count.withLock { $0 } == 6)
    #expect(try Data(contentsOf: output) == first)
    // Another encoder is added.
    _ = try builder.build(pictures, encoders: [.inception: ColourEncoder(contentHash: "c1")])
    #expect(Set(try ReferenceStatistics(contentsOf: output.path).sections.keys).count == 2)
    // Changed pictures count anew.
    try Image(width: 9, height: 9).writePNG(to: images.appending(path: "0.png").path)
    _ = try builder.build(try PictureFolder(at: images), encoders: [.clip: counting])
    #expect(counting.count.withLock { $0 } == 12)
  }

  /// Shares of the pictures, encoded by several processes, make the file of one.
  @Test func sharesMakeTheSameFile() throws {
    for i in 0..<140 {
      let picture = Image(width: 16, height: 16, fill: (UInt8(i), UInt8(255 - i), 3))
      try picture.writePNG(to: images.appending(path: "more-\(i).png").path)
    }
    let pictures = try PictureFolder(at: images, side: 16)
    let whole = folder.file("whole.safetensors")
    _ = try StatisticsBuilder(output: whole).build(pictures, encoders: [.clip: ColourEncoder()])
    let counting = CountingEncoder()
    let builder = StatisticsBuilder(output: output)
    for share in 0..<2 {
      try builder.prepare(share: share, of: 2, pictures, encoders: [.clip: counting])
      // 146 pictures are pieces of 64, 64 and 18, of which the first has two.
      #expect(counting.count.withLock { $0 } == (share == 0 ? 82 : 146))
    }
    _ = try builder.build(pictures, encoders: [.clip: counting])
    #expect(counting.count.withLock { $0 } == 146)
    #expect(try Data(contentsOf: output) == Data(contentsOf: whole))
    #expect(!FileSystem.exists(output.path + ".parts"))
  }

  /// Of what people have beside pictures nothing ends the work, and nothing is passed over silently.
  @Test func whatIsNoPictureIsLeftOutCountedAndNamed() throws {
    let clean = try PictureFolder(at: images)
    let files = FileManager.default
    try files.createSymbolicLink(
      at: images.appending(path: "dangling.jpg"), withDestinationURL: images.appending(path: "no"))
    for name in ["folder.png", "nested"] {
      try files.createDirectory(
        at: images.appending(path: name), withIntermediateDirectories: false)
    }
    try Data("x".utf8).write(to: images.appending(path: "captions.txt"))
    let pictures = try PictureFolder(at: images)
    #expect(pictures.hash == clean.hash && pictures.files.count == clean.files.count)
    let left = pictures.leftOut.map { $0.replacing(images.relativePath, with: "IMAGES") }
    #expect(
      left == [
        "cannot read IMAGES/dangling.jpg: a link that leads nowhere",
        "cannot take IMAGES/folder.png: it is a folder; pictures lie directly in the one given",
        "cannot take IMAGES/nested: it is a folder; pictures lie directly in the one given",
      ])
    let counts = try build(ColourEncoder())
    #expect(counts.read == clean.files.count)
    #expect(pictures.leftOut.allSatisfy(counts.problems.contains))
  }

  @Test func anEmptyFolderIsAnError() throws {
    #expect(throws: EvaluationError.noPictures(folder: folder.url.path)) {
      try PictureFolder(at: folder.url)
    }
  }

  @Test func otherFilesAreRefused() throws {
    let file = folder.file("other.safetensors").path
    try Safetensors.write(["clip.mean": Tensor(zeros: [3])], to: file)
    let error = #expect(throws: ReferenceStatisticsError.self) {
      try ReferenceStatistics(contentsOf: file)
    }
    #expect(try #require(error).file == file)
  }

  private func build(_ encoder: some FeatureEncoder) throws -> PictureCounts {
    try StatisticsBuilder(output: output)
      .build(try PictureFolder(at: images), encoders: [.clip: encoder]).counts
  }
}

/// Counts the pictures that it encodes.
private final class CountingEncoder: FeatureEncoder {
  let count = Mutex(0)
  let identifier = "colours"
  let contentHash = "c0"
  let dimension = 6

  func features(_ pictures: [Image]) throws -> Tensor {
    count.withLock { $0 += pictures.count }
    return try ColourEncoder().features(pictures)
  }
}
