import Foundation
import Tensors
import TestSupport
import Testing

/// What is broken, or made to break its reader, gives a message and nothing else.
@Suite struct TorchFileDamageTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder("torch-damage") }

  private func open(_ value: [UInt8]) throws -> TorchFile {
    try TestArchive(checkpoint: value).write(to: folder.path("x.pt"))
    return try TorchFile(folder.path("x.pt"))
  }

  /// The message for a tensor `w` in an otherwise sound checkpoint, without its beginning.
  private func complaint(about tensor: [UInt8]) -> String {
    let error = #expect(throws: TorchFileError.self) {
      try open(Written.dictionary(["w": tensor]))
    }
    let message = error?.description ?? ""
    let start = "\(folder.path("x.pt")): tensor w: "
    #expect(message.hasPrefix(start))
    return String(message.dropFirst(start.count))
  }

  @Test func whatIsNoTensorIsPassedOver() throws {
    let marker = folder.path("was-run")
    let attack = Written.call(Written.global("os", "system"), [Written.text("touch \(marker)")])
    let file = try open(
      Written.dictionary(["w": Written.tensor(), "evil": attack, "step": [0x4E]]))
    #expect(try file.tensor("w") == Tensor([2, 3], [0, 1, 2, 3, 4, 5]))
    #expect(file.ignored == ["evil", "step"])
    #expect(!FileManager.default.fileExists(atPath: marker))
  }

  @Test func shapesMustLieWithinTheStorage() {
    let within = "of 6 elements"
    for tensor in [
      Written.tensor([2, 4], [3, 1]), Written.tensor([2, 3], [4, 1]),
      Written.tensor([2, 3], [3, 1], offset: 1), Written.tensor([1], [1], offset: 6),
      Written.tensor([0], [1], offset: 7),
    ] {
      #expect(complaint(about: tensor).hasSuffix(within))
    }
    for tensor in [
      Written.tensor([2, 3], [-3, 1]), Written.tensor([2, -3], [3, 1]),
      Written.tensor([2, 3], [3, 1], offset: -1), Written.tensor([.min], [.min]),
    ] {
      #expect(complaint(about: tensor).hasSuffix("are negative"))
    }
    for tensor in [
      Written.tensor([.max, 2], [0, 0]), Written.tensor([.max, .max, 0], [1, 1, 1]),
      Written.tensor([3], [.max]), Written.tensor([2, 2], [.max, .max]),
    ] {
      #expect(complaint(about: tensor).hasSuffix("overflows"))
    }
  }

  @Test func storagesMustBeInTheArchive() {
    let size = "should have 7 elements of 4 bytes, but has 24 bytes"
    #expect(
      complaint(about: Written.tensor(in: Written.storage(count: 7))) == "its storage \(size)")
    #expect(
      complaint(about: Written.tensor(in: Written.storage(count: .max))).hasSuffix("24 bytes"))
    #expect(
      complaint(about: Written.tensor(in: Written.storage("Float", "../0")))
        == "its storage ../0 is not in the archive")
    #expect(
      complaint(about: Written.tensor(in: Written.storage("ComplexFloat")))
        == "its storage, a torch.ComplexFloatStorage, is not of a supported type")
    #expect(complaint(about: Written.tensor(in: [0x4E])) == "its storage is malformed")
  }

  @Test func tensorsOfOtherKindsAreNamed() {
    let utilities = { Written.global("torch._utils", $0) }
    #expect(
      complaint(about: Written.call(utilities("_rebuild_sparse_tensor"), []))
        == "it is of a kind that is not supported (_rebuild_sparse_tensor)")
    let type = Written.global("torch", "float8_e4m3fn")
    let arguments = [[UInt8]](repeating: [0x4E], count: 6) + [type]
    #expect(
      complaint(about: Written.call(utilities("_rebuild_tensor_v3"), arguments))
        == "its type float8_e4m3fn is not supported")
    let wrapped = (0..<9).reduce(Written.tensor()) { inner, _ in
      Written.call(utilities("_rebuild_parameter"), [inner])
    }
    #expect(complaint(about: wrapped) == "it is wrapped more than 8 times")
  }

  @Test func aFewBytesCannotStandForEndlessTensors() throws {
    let error = #expect(throws: TorchFileError.self) {
      try open(Written.dictionary(["w": Written.tensor([1 << 40], [0])]))
    }
    guard case .repetitive = error else { throw try #require(error) }
    let few = try open(Written.dictionary(["w": Written.tensor([2, 2], [0, 1], offset: 4)]))
    #expect(try few.tensor("w") == Tensor([2, 2], [4, 5, 4, 5]))
  }

  @Test func whatIsNoDictionaryOfTensorsIsNamed() throws {
    let module = Written.call(Written.global("models", "Net"), [])
    let messages: [([UInt8], String)] = [
      (module, "holds an object of models.Net, expected a dictionary of tensors"),
      ([0x5D], "holds a list, expected a dictionary of tensors"),
      (Written.tensor(), "holds a single tensor, expected a dictionary of tensors"),
      (Written.dictionary(["model": Written.dictionary(["w": Written.tensor()])]), "it has model"),
      ([0x7D], "it has nothing"),
    ]
    for (value, message) in messages {
      let error = #expect(throws: TorchFileError.self) { try open(value) }
      #expect(error?.description.contains(message) == true)
    }
    #expect(throws: PickleError.self) { try open([0x74]) }
  }

  @Test func archivesOfOtherKindsAreNamed() throws {
    let tensors = Written.dictionary(["w": Written.tensor()])
    var script = TestArchive(checkpoint: tensors)
    script.entries.append(.init(name: "archive/constants.pkl", content: []))
    var code = TestArchive(checkpoint: tensors)
    code.entries.append(.init(name: "archive/code/net.py", content: [], method: 8))
    var compressed = TestArchive(checkpoint: tensors)
    compressed.entries[2].method = 8
    let cases: [(TestArchive, String)] = [
      (TestArchive(checkpoint: tensors, byteOrder: "big"), "big-endian"),
      (script, "TorchScript"), (code, "TorchScript"), (compressed, "archive/data/0 is compressed"),
      (TestArchive(entries: [.init(name: "a.txt", content: [])]), "no data.pkl"),
    ]
    for (archive, message) in cases {
      try archive.write(to: folder.path("x.pt"))
      let error = #expect(throws: (any Error).self) { try TorchFile(folder.path("x.pt")) }
      #expect(error.map { "\($0)".contains(message) } == true)
    }
  }

  /// The file is a hole of 4.1 GB but for its few records.
  @Test func checkpointsBeyondFourGigabytesAreRead() throws {
    let count = 1_100_000_000
    let tensors = [
      ("far", Written.tensor([2], [1], in: Written.storage("Float", "1", count: 2))),
      ("end", Written.tensor([2], [1], offset: count - 2, in: Written.storage(count: count))),
    ]
    var archive = TestArchive(
      checkpoint: [0x7D, 0x28] + tensors.flatMap { Written.text($0.0) + $0.1 } + [0x75])
    archive.isWide = true
    archive.entries[2].zeros = 4 * count - archive.entries[2].content.count
    archive.entries.append(
      .init(
        name: "archive/data/1", content: little(Float(1.5).bitPattern) + little(Float(2).bitPattern)
      ))
    try archive.write(to: folder.path("large.pt"))
    let file = try TorchFile(folder.path("large.pt"))
    #expect(try file.tensor("far").values == [1.5, 2])
    #expect(try file.tensor("end").values == [0, 0])
  }

  @Test func everyTruncationIsAnError() throws {
    let whole = try Data(contentsOf: Golden.file("containers/dictionary.pt"))
    let path = try folder.write(whole)
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    var readable: [Int] = []
    for length in (0..<whole.count).reversed() {
      try file.truncate(atOffset: UInt64(length))
      if message(ofOpening: path)?.hasPrefix(path) != true { readable.append(length) }
    }
    #expect(readable == [])
  }

  @Test func damageGivesAnErrorOrTensors() throws {
    let whole = try Data(contentsOf: Golden.file("containers/lightning.ckpt"))
    let path = try folder.write(whole)
    // Overwritten in place: file systems flush a file that is replaced.
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    var random = RandomStream(seed: 4, purpose: "damage")
    var messages: [String] = []
    for _ in 0..<3000 {
      var bytes = whole
      for _ in 0...Int.random(in: 0..<3, using: &random) {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        bytes[position] = .random(in: 0...255, using: &random)
      }
      try file.seek(toOffset: 0)
      try file.write(contentsOf: bytes)
      if let message = message(ofOpening: path) { messages.append(message) }
    }
    #expect(messages.allSatisfy { $0.hasPrefix(path) })
    #expect(messages.count > 500)  // the other bytes are padding or numbers
  }

  /// Opens a file and reads all its tensors.
  private func message(ofOpening path: String) -> String? {
    do {
      let file = try TorchFile(path)
      return try file.tensors().mapValues(\.shape) == file.layouts.mapValues(\.shape)
        ? nil : "wrong shapes"
    } catch {
      return "\(error)"
    }
  }
}
