import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct ZipArchiveTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder("zip") }

  private static let sound = TestArchive(entries: [
    .init(name: "a", content: Array("first".utf8)), .init(name: "b/c", content: []),
    .init(name: "d", content: [1, 2, 3]),
  ])

  private func entries(_ archive: TestArchive) throws -> [String: [UInt8]] {
    try archive.write(to: folder.path("zip"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path("zip")))
    return try bytes.withUnsafeBytes { bytes in
      try ZipArchive(bytes, path: "x.zip").entries.mapValues { Array(bytes[$0]) }
    }
  }

  private func problem(_ archive: TestArchive) -> ZipError.Reason? {
    let error = #expect(throws: ZipError.self) { try entries(archive) }
    return error?.reason
  }

  @Test(arguments: [false, true]) func storedEntriesAreFound(isWide: Bool) throws {
    var archive = Self.sound
    archive.isWide = isWide
    #expect(try entries(archive) == ["a": Array("first".utf8), "b/c": [], "d": [1, 2, 3]])
  }

  @Test func aCompressedEntryIsNamed() {
    var archive = Self.sound
    archive.entries[2].method = 8
    #expect(problem(archive) == .compressed("d"))
  }

  @Test func overlappingEntriesAreNamed() {
    var archive = Self.sound
    archive.entries[0].headerSize = 60
    archive.entries[0].claimedSize = 60
    #expect(problem(archive) == .overlap("a", "b/c"))
    archive = Self.sound
    archive.entries[2].name = "a"
    archive.entries[2].claimedOffset = 0
    #expect(problem(archive) == .disagreement("a", "its own header has another size"))
  }

  @Test(arguments: [false, true]) func entriesBeyondTheFileAreNamed(isWide: Bool) {
    var archive = Self.sound
    archive.isWide = isWide
    archive.entries[2].claimedSize = isWide ? .max : 1 << 31
    #expect(problem(archive) == .beyondFile("d"))
    archive.entries[2].claimedSize = nil
    archive.entries[2].claimedOffset = isWide ? .max - 8 : 1 << 31
    #expect(problem(archive) == .beyondFile("d"))
  }

  @Test func headersMustAgreeWithTheDirectory() {
    var archive = Self.sound
    archive.entries[1].headerName = "b/x"
    #expect(problem(archive) == .disagreement("b/c", "its own header has another name"))
    archive = Self.sound
    archive.entries[1].headerSize = 1
    #expect(problem(archive) == .disagreement("b/c", "its own header has another size"))
    archive = Self.sound
    archive.entries[1].claimedOffset = 3
    #expect(problem(archive) == .disagreement("b/c", "it has no header at byte 3"))
  }

  @Test func namesAreUnique() {
    var archive = Self.sound
    archive.entries[2].name = "a"
    #expect(problem(archive) == .duplicate("a"))
  }

  @Test(arguments: [4, 65535]) func countsMustFitTheDirectory(_ count: Int) {
    var archive = Self.sound
    archive.claimedCount = count
    guard case .badDirectory = problem(archive) else {
      Issue.record("\(count) entries were accepted")
      return
    }
  }

  @Test func everyTruncationIsAnError() throws {
    for isWide in [false, true] {
      var archive = Self.sound
      archive.isWide = isWide
      try archive.write(to: folder.path("zip"))
      let whole = try Data(contentsOf: URL(fileURLWithPath: folder.path("zip")))
      for length in 0..<whole.count {
        #expect(throws: ZipError.self) {
          try whole.prefix(length).withUnsafeBytes { try ZipArchive($0, path: "x.zip") }
        }
      }
    }
  }
}
