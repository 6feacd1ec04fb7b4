import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct ShardedTensorsTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder("shards")
    try Safetensors.write(["a": Tensor([1], [1])], to: folder.path("1.safetensors"))
    try Safetensors.write(["b": Tensor([1], [2])], to: folder.path("2.safetensors"))
  }

  private func open(_ map: [String: String]) throws -> any TensorFile {
    let json = try JSONEncoder().encode(["weight_map": map])
    return try openTensors(folder.write(json, "x.index.json"))
  }

  private func problem(_ map: [String: String]) -> ShardError? {
    #expect(throws: ShardError.self) { try open(map) }
  }

  @Test func tensorsComeFromTheirFiles() throws {
    let file = try open(["a": "1.safetensors", "b": "2.safetensors"])
    #expect(try file.tensors() == ["a": Tensor([1], [1]), "b": Tensor([1], [2])])
    #expect(throws: ShardError.noTensor(folder.path("x.index.json"), "c")) { try file.tensor("c") }
  }

  @Test func indexAndFilesMustAgree() {
    let path = folder.path("x.index.json")
    #expect(
      problem(["a": "1.safetensors", "b": "3.safetensors"]) == .noShard(path, "3.safetensors"))
    #expect(
      problem(["a": "1.safetensors", "c": "1.safetensors"])
        == .missing(path, "1.safetensors", ["c"]))
    try? Safetensors.write(
      ["a": Tensor([1], [1]), "c": Tensor([1], [1])], to: folder.path("1.safetensors"))
    #expect(problem(["a": "1.safetensors"]) == .unlisted(path, "1.safetensors", ["c"]))
    #expect(
      problem(["a": "1.safetensors", "c": "2.safetensors", "b": "2.safetensors"])
        .map {
          [.unlisted(path, "1.safetensors", ["c"]), .missing(path, "2.safetensors", ["c"])]
            .contains($0)
        }
        == true)
  }

  @Test(arguments: ["../1.safetensors", "/etc/passwd", "a/../../1.safetensors", "", ".", "a//b"])
  func filesOutsideTheFolderAreRefused(_ name: String) {
    #expect(problem(["a": name]) == .outside(folder.path("x.index.json"), name))
  }

  @Test(arguments: [
    ("[]", FileContent.text), ("{\"weight_map\": {}}", .json),
    ("{\"weight_map\": {\"a\": 1}}", .json),
    ("<!DOCTYPE html>", .webPage), ("{", .json), ("", .empty),
  ])
  func otherTextsAreNoIndex(_ text: String, _ found: FileContent) throws {
    let path = try folder.write(text.utf8, "x.index.json")
    #expect(throws: ShardError.notIndex(path, found)) { try openTensors(path) }
  }

  @Test func anIndexIsNoShard() throws {
    #expect(throws: TorchFileError.self) { try open(["a": "x.index.json"]) }
  }
}
