import Foundation
import Support

/// A run whose results are to be ranked: where its pictures are, and of which cases.
public struct StudyRun: Sendable {
  public let name: String
  /// As given.
  public let folder: String
  let results: URL
  /// The bench that it was evaluated on; nil for pictures made elsewhere.
  let bench: String?
  /// The digest of each case's pictures, by its identifier; nil for pictures made elsewhere.
  let inputs: [String: String]?

  /// Reads a finished run of pbe-eval, or a folder of pictures made elsewhere.
  ///
  /// - Parameters:
  ///   - folder: The run's, or that of the pictures.
  ///   - name: What tables call the method; nil takes the folder's own name.
  /// - Throws: ``StudyError``, ``ComparisonError``, `FileError`.
  public init(at folder: URL, name: String? = nil) throws {
    let path = folder.relativePath
    self.folder = path
    self.name = name ?? folder.standardizedFileURL.lastPathComponent
    guard (1...80).contains(self.name.count), !self.name.contains(","),
      self.name != Study.spoiled
    else { throw StudyError.reservedName(self.name) }
    if FileSystem.exists(folder.appending(path: "metrics.json").relativePath) {
      let run = try StoredRun(at: folder, .standard)
      bench = run.setting("bench")
      inputs = Dictionary(uniqueKeysWithValues: run.cases.map { ($0.id, $0.inputs) })
      results = try Self.results(of: run, at: folder)
    } else {
      let names = try FileSystem.namesIfAny(in: path)
      guard names.contains(where: { $0.hasSuffix(".png") }) else {
        throw StudyError.noRun(folder: path)
      }
      (bench, inputs, results) = (nil, nil, folder)
    }
  }

  /// A run keeps its pictures in its own folder, unless they were made elsewhere.
  private static func results(of run: StoredRun, at folder: URL) throws -> URL {
    let own = folder.appending(path: "results")
    let places = [own] + (run.setting("results").map { [URL(filePath: $0)] } ?? [])
    guard let found = places.first(where: { FileSystem.isFolder($0.relativePath) }) else {
      throw StudyError.noResults(
        run: folder.relativePath, tried: places.map(\.relativePath))
    }
    return found
  }

  func picture(of identifier: String) -> URL {
    ResultStore.picture(of: identifier, in: results)
  }

  /// Whether it has a result of a case.
  func has(_ identifier: String) -> Bool {
    inputs.map { $0[identifier] != nil }
      ?? FileSystem.exists(picture(of: identifier).relativePath)
  }
}

extension StoredRun {
  fileprivate func setting(_ name: String) -> String? {
    if case .string(let text)? = record.settings[name] { text } else { nil }
  }
}
