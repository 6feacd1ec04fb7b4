import Foundation
import Tensors
import Testing

@Suite struct SafetensorsTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("safetensors-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  @Test func whatIsWrittenIsReadBack() throws {
    var random = RandomStream(seed: 1, purpose: "test")
    let tensors = [
      "a": Tensor(normal: [3, 5], using: &random),
      "b.c": Tensor(normal: [2, 1, 4], using: &random),
      "scalar": Tensor(7),
    ]
    try Safetensors.write(tensors, to: path("a.safetensors"), metadata: ["format": "pt"])
    let file = try Safetensors(path("a.safetensors"))
    #expect(try file.tensors() == tensors)
    #expect(file.metadata == ["format": "pt"])
  }

  @Test(arguments: [Safetensors.ElementType.float16, .bfloat16])
  func halfPrecisionRoundsToNearest(_ type: Safetensors.ElementType) throws {
    let values: [Float] = [0, 1, -1.5, 65504, 1e-7, 3.140625, .infinity]
    try Safetensors.write(["x": Tensor([7], values)], to: path("h"), type: type)
    let read = try Safetensors(path("h")).tensor("x").values
    for (a, b) in zip(read, values) {
      let expected =
        type == .float16
        ? Float(Float16(b))
        : Float(bitPattern: (b.bitPattern + 0x7FFF + (b.bitPattern >> 16 & 1)) & 0xFFFF_0000)
      #expect(a == expected)
    }
  }

  @Test func everyTruncationIsAnError() throws {
    try Safetensors.write(["x": Tensor(zeros: [10])], to: path("whole"))
    let whole = try Data(contentsOf: URL(fileURLWithPath: path("whole")))
    for length in 0..<whole.count {
      try whole.prefix(length).write(to: URL(fileURLWithPath: path("cut")))
      #expect(throws: SafetensorsError.self) { try Safetensors(path("cut")) }
    }
  }

  /// As the format's own library does: InvalidOffset, MetadataIncompleteBuffer.
  @Test(arguments: [
    ("[0,8]", "[4,12]", 12, "tensor b: shares 4 bytes with a"),
    ("[0,8]", "[0,8]", 8, "tensor b: shares 8 bytes with a"),
    ("[0,8]", "[12,20]", 20, "tensor b: begins 4 bytes behind a, which no tensor covers"),
    ("[4,12]", "[12,20]", 20, "tensor a: begins 4 bytes behind the header"),
    ("[0,8]", "[8,16]", 20, "has 4 bytes behind its last tensor"),
  ])
  func tensorsFillTheFileOneBehindTheOther(
    _ a: String, _ b: String, _ size: Int, _ message: String
  ) throws {
    let header =
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":\#(a)},"#
      + #""b":{"dtype":"F32","shape":[2],"data_offsets":\#(b)}}"#
    var data = withUnsafeBytes(of: UInt64(header.utf8.count)) { Data($0) }
    data += Data(header.utf8) + Data(count: size)
    try data.write(to: URL(fileURLWithPath: path("gaps")))
    let error = #expect(throws: SafetensorsError.self) { try Safetensors(path("gaps")) }
    #expect("\(error as Any)".contains(message), "\(error as Any)")
  }

  private func write(header: String, _ name: String) throws -> String {
    let data = withUnsafeBytes(of: UInt64(header.utf8.count)) { Data($0) } + Data(header.utf8)
    try data.write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  @Test func twoTensorsOfOneNameAreAnError() throws {
    let entry = #""x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
    let file = try write(header: "{\(entry),\(entry)}", "twice")
    let error = #expect(throws: SafetensorsError.self) { try Safetensors(file) }
    #expect("\(error as Any)".contains("tensor x: the header has two of that name"))
  }

  /// No published model has a header of more than a few megabytes.
  @Test func aHugeHeaderIsRefusedAtOnce() throws {
    let entries = (0..<300_000).map {
      #""t\#($0)":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
    }
    let file = try write(header: "{\(entries.joined(separator: ","))}", "huge")
    let error = #expect(throws: SafetensorsError.self) { try Safetensors(file) }
    #expect("\(error as Any)".contains("is not a safetensors file"))
  }

  @Test(arguments: ["module.", "_orig_mod.", "module._orig_mod."])
  func whatWrappedANetworkIsLeftOutOfNames(_ wrapper: String) throws {
    let tensors = ["a.weight": Tensor([2], [1, 2]), "b": Tensor([1], [3])]
    let wrapped = tensors.map { ("\(wrapper)\($0.key)", $0.value) }
    try Safetensors.write(
      Dictionary(uniqueKeysWithValues: wrapped), to: path("wrapped.safetensors"))
    let file = try openTensors(path("wrapped.safetensors"))
    #expect(try file.tensors() == tensors)
    // A module of that name beside others is the network's own.
    try Safetensors.write(["module.a": Tensor(1), "b": Tensor(2)], to: path("own.safetensors"))
    #expect(try openTensors(path("own.safetensors")).names == ["b", "module.a"])
  }

  @Test func offsetsOutsideTheFileOrOfAnotherSizeAreErrors() throws {
    for entry in [
      #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
      #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
      #"{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#,
      #"{"x":{"dtype":"Q9","shape":[1],"data_offsets":[0,4]}}"#,
      #"{"x":3}"#, "[]", "{",
    ] {
      var data = withUnsafeBytes(of: UInt64(entry.utf8.count)) { Data($0) }
      data += Data(entry.utf8) + Data(count: 8)
      try data.write(to: URL(fileURLWithPath: path("bad")))
      #expect(throws: SafetensorsError.self) { try Safetensors(path("bad")) }
    }
  }
}
