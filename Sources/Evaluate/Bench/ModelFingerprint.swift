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
    let found = try place(ofModelIn: path)
    var names: [String] = []
    for part in ModelFolder.parts { names += try files(in: part, of: found) ?? [] }
    if names.isEmpty { names = try files(in: "", of: found) ?? [] }
    return combined(
      try names.map { ($0, try file(at: URL(filePath: found).appending(path: $0))) })
  }

  private static func place(ofModelIn path: String) throws -> String {
    do {
      return try ModelFolder(at: path).path
    } catch is ModelFolderError {
      return path  // other programs' weights
    }
  }

  /// Also of folders in folders, where an index may have its shards; what links lead to.
  ///
  /// - Returns: nil for what is no folder. That it cannot be listed for now is an error instead: a fingerprint
  ///   without it would be another model's.
  private static func files(in part: String, of folder: String) throws -> [String]? {
    let names: [String]
    do {
      names = try FileSystem.names(in: part.isEmpty ? folder : "\(folder)/\(part)")
    } catch FileError.missing {
      return nil
    }
    var found: [String] = []
    for name in names.sorted() where !name.hasPrefix(".") {
      let file = part.isEmpty ? name : "\(part)/\(name)"
      found += try files(in: file, of: folder) ?? [file]
    }
    return found
  }
}
