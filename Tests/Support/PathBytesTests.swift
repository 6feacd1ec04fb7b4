import Foundation
import Support
import TestSupport
import Testing

/// File names that are no UTF-8.
@Suite struct PathBytesTests {
  static let names: [[UInt8]] = [
    Array("plain.png".utf8), Array("café – 写真.png".utf8),
    Array("caf".utf8) + [0xE9] + Array(".png".utf8), [0x80], [0xFF, 0xFE, 0xC0, 0xAF],
    [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
    // UTF-8 of a scalar that stands for a byte.
    [0xF4, 0x8F, 0xBA, 0x80], [0xF4, 0x8F, 0xBB, 0xBF, 0xE9], [0xF4, 0x8F, 0xBC, 0x80],
  ]

  @Test(arguments: names) func everyNameComesBack(_ bytes: [UInt8]) {
    #expect(String(pathBytes: bytes).pathBytes == bytes)
  }

  @Test func allPairsOfBytesComeBack() {
    for first in UInt8.min...UInt8.max {
      let all = (UInt8.min...UInt8.max).flatMap { [first, $0] }
      #expect(String(pathBytes: all).pathBytes == all)
    }
  }

  @Test func validNamesAreWhatTheyAre() {
    #expect(String(pathBytes: Array("café – 写真.png".utf8)) == "café – 写真.png")
    #expect("café".readablePath == "café")
    #expect(String(pathBytes: Array("caf".utf8) + [0xE9]).readablePath == "caf\\xE9")
  }

  @Test func twoPathsToOneFolderOfAnyNameAreOnePlace() throws {
    try withTemporaryFolder { folder in
      let odd = folder + "/" + String(pathBytes: Array("caf".utf8) + [0xE9])
      try Folder.make(odd)
      #expect(FileSystem.symlink(odd, folder + "/link") == 0)
      #expect(FilePlace(writing: folder + "/link/a.png") == FilePlace(writing: odd + "/./a.png"))
      try AtomicFile.write(Data([1]), to: odd + "/a.png")
      #expect(FilePlace(reading: folder + "/link/a.png") == FilePlace(writing: odd + "/a.png"))
    }
  }

  @Test(arguments: names) func filesOfAnyNameAreWrittenListedReadAndRemoved(_ bytes: [UInt8]) throws
  {
    // 0xC0 0xAF is a slash to careless decoders, not to the system.
    try withTemporaryFolder { folder in
      let path = folder + "/" + String(pathBytes: [UInt8(ascii: "d")] + bytes)
      try Folder.make(path)
      let file = path + "/" + String(pathBytes: bytes)
      try AtomicFile.checkWritable(file)
      try AtomicFile.write(Data("content".utf8), to: file)
      #expect(try FileSystem.names(in: path).map(\.pathBytes) == [bytes])
      let mapped = try MappedFile(file)
      withExtendedLifetime(mapped) { #expect(mapped.bytes.elementsEqual("content".utf8)) }
      #expect(
        try SHA256.hexadecimal(ofFileAt: URL(fileURLWithPath: file))
          == SHA256.hexadecimal(of: Data("content".utf8)))
      FileSystem.remove(path)
      #expect(!FileSystem.exists(path))
      #expect(throws: FileError.self) { try MappedFile(file) }
    }
  }
}
