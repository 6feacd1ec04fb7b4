import Foundation
import Pictures
import Support

/// A folder of generated results that can be completed later: `NNNNNNNNNNNN.png`, and in
/// `settings.json` how they are made and which of them are finished.
struct ResultStore: Sendable {
  let folder: URL
  private var record: Record

  private struct Record: Codable, Sendable {
    let settings: GenerationSettings
    /// By the case's identifier. An entry follows its picture.
    var finished: [String: Finished] = [:]
  }

  private struct Finished: Codable, Equatable, Sendable {
    let seed: UInt64
    /// Digest of the pictures that the case consists of.
    let inputs: String
    /// Digest of what only some methods look at; nil where it is nothing, or where shards were joined.
    var extras: String?
  }

  private var file: URL { folder.appending(path: "settings.json") }

  /// Opens the folder, or makes it.
  ///
  /// - Throws: ``EvaluationError/otherSettings(file:differences:)`` when its pictures were made
  ///   otherwise, ``EvaluationError/unknownResults(folder:count:)`` when it doesn't say how.
  init(at folder: URL, settings: GenerationSettings) throws {
    self.folder = folder
    record = Record(settings: settings)
    try Folder.make(folder.relativePath)
    if FileSystem.exists(file.relativePath) {
      record = try stored()
      let differences = settings.differences(from: record.settings)
      guard differences.isEmpty else {
        throw EvaluationError.otherSettings(file: file.relativePath, differences: differences)
      }
    } else {
      try refuseUnknownPictures()
      try writeJSON(record, to: file)
    }
  }

  static func picture(of identifier: String, in folder: URL) -> URL {
    folder.appending(path: "\(identifier).png")
  }

  func seed(of benchCase: BenchCase) -> UInt64 {
    record.settings.seed &+ UInt64(benchCase.position)
  }

  /// Whether the case's picture is finished. One that cannot be read isn't, and is made again.
  ///
  /// - Throws: ``EvaluationError/changedCase(identifier:file:)`` when it was made from other inputs.
  func has(_ benchCase: BenchCase) throws -> Bool {
    let picture = Self.picture(of: benchCase.identifier, in: folder)
    guard let found = record.finished[benchCase.identifier],
      (try? ImageFile.read(picture.relativePath)) != nil
    else { return false }
    var expected = try finished(benchCase)
    if found.extras == nil { expected.extras = nil }
    guard found == expected else {
      throw EvaluationError.changedCase(identifier: benchCase.identifier, file: file.relativePath)
    }
    return true
  }

  /// Writes pictures, then notes that they are finished.
  mutating func add(_ images: [Image], for cases: [BenchCase]) throws {
    for (image, benchCase) in zip(images, cases) {
      try image.writePNG(to: Self.picture(of: benchCase.identifier, in: folder).relativePath)
      record.finished[benchCase.identifier] = try finished(benchCase)
    }
    try writeJSON(record, to: file)
  }

  /// Notes that the pictures of some cases, put here by others, are finished.
  mutating func adopt(_ cases: [BenchCase]) throws {
    for benchCase in cases { record.finished[benchCase.identifier] = try finished(benchCase) }
    try writeJSON(record, to: file)
  }

  private func finished(_ benchCase: BenchCase) throws -> Finished {
    Finished(
      seed: seed(of: benchCase), inputs: try benchCase.inputsDigest(),
      extras: try benchCase.extrasDigest())
  }

  private func stored() throws -> Record {
    do {
      return try JSONDecoder().decode(Record.self, from: FileSystem.contents(of: file.relativePath))
    } catch {
      throw EvaluationError.unreadableSettings(file: file.relativePath)
    }
  }

  private func refuseUnknownPictures() throws {
    let names = try FileSystem.namesIfAny(in: folder.relativePath)
    let pictures = names.count { $0.hasSuffix(".png") }
    guard pictures == 0 else {
      throw EvaluationError.unknownResults(folder: folder.relativePath, count: pictures)
    }
  }
}
