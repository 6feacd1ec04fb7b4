import Foundation
import Models
import Support

extension Fingerprint {
  /// Of a model as it is when it is merged with adapters.
  static func model(at path: String, adapters: [AdapterSource]) throws -> String {
    let model = try model(at: path)
    if adapters.isEmpty { return model }
    return combined(
      [("model", model)]
        + (try adapters.enumerated().map { index, source in
          ("lora \(index) \(source.weight.shortest)", try Self.model(at: source.path))
        }))
  }

  /// Of everything in a model folder that decides its pictures: weights, configurations and how references
  /// are prepared, not the state of a training. Of a folder that is no model's, all that lies in it. Of a
  /// model in one file, that file.
  ///
  /// - Throws: ``EvaluationError``.
  static func model(at path: String) throws -> String {
    let folder = URL(filePath: path)
    guard FileSystem.isFolder(path) else { return try file(at: folder) }
    let found = (try? ModelFolder(at: path).path) ?? path
    let parts = try ModelFolder.parts.flatMap { try files(in: $0, of: found) }
    let names = parts.isEmpty ? try files(in: "", of: found) : parts
    return combined(
      try names.map { ($0, try file(at: URL(filePath: found).appending(path: $0))) })
  }

  /// Also of folders in folders, where an index may have its shards; what links lead to.
  private static func files(in part: String, of folder: String) throws -> [String] {
    let place = part.isEmpty ? folder : "\(folder)/\(part)"
    let names = try FileSystem.namesIfAny(in: place)
    return try names.sorted().filter { !$0.hasPrefix(".") }.flatMap { name -> [String] in
      let file = part.isEmpty ? name : "\(part)/\(name)"
      return FileSystem.isFolder("\(place)/\(name)") ? try files(in: file, of: folder) : [file]
    }
  }
}
