import Foundation
import Tensors
import TestSupport
import Testing

/// What people find under the names of weights.
@Suite struct FileContentTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder("content") }

  private static let pointer = """
    version https://git-lfs.github.com/spec/v1
    oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
    size 12345

    """
  private static let tar = [UInt8](repeating: 0, count: 257) + Array("ustar".utf8) + [0, 0]

  static let cases: [(bytes: [UInt8], words: [String])] = [
    (Array("\n<!DOCTYPE html><html>".utf8), ["a web page", "download the file itself"]),
    (Array(pointer.utf8), ["a Git LFS pointer", "git lfs pull"]),
    (Array("Entry not found".utf8), ["a text"]),
    ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0], ["compressed with gzip", "Unpack"]),
    ([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10], ["HDF5"]),
    (Array("GGUF".utf8) + [3, 0, 0, 0, 0, 0], ["GGUF"]),
  ]

  @Test(arguments: cases) func otherFilesAreNamed(_ bytes: [UInt8], _ words: [String]) throws {
    for name in ["x.safetensors", "x.bin", "x.ckpt"] {
      let path = try folder.write(bytes, name)
      let error = #expect(throws: (any Error).self) { try openTensors(path) }
      let message = error.map { "\($0)" } ?? ""
      #expect(message.hasPrefix(path))
      for word in words { #expect(message.contains(word), "\(message)") }
    }
  }

  @Test func emptyFilesAreNamed() throws {
    let torch = #expect(throws: TorchFileError.self) {
      try openTensors(folder.write([], "x.bin"))
    }
    #expect(torch?.description.contains("it is empty. Copy or download it again.") == true)
    #expect(throws: SafetensorsError.self) { try openTensors(folder.write([], "x.safetensors")) }
  }

  /// The first pickle of the format is protocol 2 and one number.
  @Test func oldCheckpointsComeWithTheLineThatConvertsThem() throws {
    let magic: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    for bytes in [magic, Self.tar] {
      let path = try folder.write(bytes, "x.pth")
      let error = #expect(throws: TorchFileError.self) { try openTensors(path) }
      #expect(error?.description.contains("torch.save(torch.load(\"\(path)\"") == true)
    }
  }

  @Test func contentsDecideRatherThanNames() throws {
    try Safetensors.write(["w": Tensor(3)], to: folder.path("x.ckpt"))
    #expect(try openTensors(folder.path("x.ckpt")) is Safetensors)
    let archive = TestArchive(checkpoint: Written.dictionary(["w": Written.tensor()]))
    try archive.write(to: folder.path("x.safetensors"))
    #expect(try openTensors(folder.path("x.safetensors")) is TorchFile)
  }
}
