import Foundation
import Testing
import Training

/// Event files, against the bytes that TensorBoard's own code writes
/// (Tests/Golden/tensorboard_events.py).
@Suite struct TensorBoardWriterTests {
  private let files = TemporaryFiles()

  /// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
  @Test func checksumsAreThePublishedOnes() {
    #expect(crc32c(Array("123456789".utf8)) == 0xe306_9283)
    #expect(crc32c([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(crc32c([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(crc32c((0..<32).map(UInt8.init)) == 0x46dd_794e)
  }

  @Test func scalarsAndPicturesAreTheBytesThatTensorBoardWrites() throws {
    let expected = try Data(
      contentsOf: repository.appending(path: "Tests/Golden/fixtures/events.tfevents"))
    let picture = expected.suffix(4 + 69).dropLast(4)
    let folder = files.folder.path
    _ = try files.write("", "other")
    let writer = try TensorBoardWriter(folder: folder, resumingAt: 300, now: { 1000.5 })
    try writer.append(scalars: [("loss", 0.1), ("validation/loss_own", -2.5)], step: 301)
    try writer.append(image: "samples", png: Data(picture), width: 1, height: 1, step: 302)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    let name = try #require(names.first { $0.hasPrefix("events.out.tfevents.1000.") })
    #expect(try Data(contentsOf: files.folder.appending(path: name)) == expected)
  }

  @Test func aNewRunStartsWithTheVersionAlone() throws {
    _ = try files.write("", "other")
    _ = try TensorBoardWriter(folder: files.folder.path, now: { 5 })
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: files.folder.path)
        .first { $0.contains("tfevents") })
    let size = 8 + 4 + 9 + 15 + 4  // length, checksum, time, version, checksum
    #expect(try Data(contentsOf: files.folder.appending(path: name)).count == size)
  }
}
