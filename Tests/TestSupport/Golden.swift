import Foundation
import Tensors

/// A fixture that PyTorch computed: Tests/Golden/fixtures/NAME.safetensors, made by generate.py.
public struct Golden: Sendable {
  public let tensors: [String: Tensor]

  public init(_ name: String) throws {
    tensors = try Safetensors(Self.file("\(name).safetensors").path).tensors()
  }

  /// Tests/Golden/fixtures/PATH.
  public static func file(_ path: String) -> URL {
    folder.appendingPathComponent("fixtures/\(path)")
  }

  public subscript(_ name: String) -> Tensor {
    guard let tensor = tensors[name] else { preconditionFailure("no \(name) in the fixture") }
    return tensor
  }

  /// The tensors under `prefix/`, named without it.
  public func group(_ prefix: String) -> [String: Tensor] {
    let matching = tensors.filter { $0.key.hasPrefix(prefix + "/") }
    return Dictionary(
      uniqueKeysWithValues: matching.map { (String($0.key.dropFirst(prefix.count + 1)), $0.value) })
  }

  /// Names and shapes of the published weights: Tests/Golden/listings/NAME.txt.
  public static func listing(_ name: String) throws -> [String: [Int]] {
    let file = folder.appendingPathComponent("listings/\(name).txt")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    return Dictionary(
      uniqueKeysWithValues: lines.map { line in
        let fields = line.split(separator: " ")
        return (String(fields[0]), fields[1].split(separator: "x").compactMap { Int($0) })
      })
  }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Golden")
}
