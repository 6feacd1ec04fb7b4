import Foundation
import Pictures
import Support

/// The folder of a dataset of scenes, and how far it has got.
///
/// While it is being written the settings are in `scenes.partial.json`, afterwards in
/// `scenes.json`: so a killed run is continued, and never mixed with other settings.
struct SceneFolder {
  let path: String

  private var complete: String { path + "/scenes.json" }
  private var partial: String { path + "/scenes.partial.json" }

  enum State { case complete, begun }

  /// Makes the folder if need be and enters the settings.
  ///
  /// - Throws: `SceneError` when the folder holds something else; `FileError`.
  func claim(for settings: SceneSettings) throws -> State {
    for (file, state) in [(complete, State.complete), (partial, .begun)] {
      guard let found = try readSettings(file) else { continue }
      guard found == settings else {
        throw SceneError.otherSettings(folder: path, found: found, asked: settings)
      }
      if state == .begun { removeLeftovers() }
      return state
    }
    for entry in ["images", "annotations", "bench"] where exists(entry) {
      throw SceneError.foreignFolder(folder: path, entry: entry)
    }
    try makeFolder("")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(encoder.encode(settings), to: partial)
    return .begun
  }

  /// Whether the files with captions are there, each of which is the last of its part.
  func hasCaptions(_ settings: SceneSettings) -> Bool {
    let manifests = settings.images > 0 ? SceneSplit.allCases.map(\.manifest) : []
    return (manifests + (settings.bench > 0 ? [SceneBench.captionFile] : [])).allSatisfy(exists)
  }

  /// Whether the manifests name masks of the objects: they are written after these.
  func hasMasks(_ settings: SceneSettings) -> Bool {
    settings.images == 0
      || SceneSplit.allCases.allSatisfy { split in
        guard let start = try? FileSystem.start(of: file(split.manifest), count: 4096) else {
          return false
        }
        return String(decoding: start, as: UTF8.self).contains("\"object_mask")
      }
  }

  /// Declares the dataset complete, once all of it is on the disk.
  func finish() throws {
    sync()
    guard FileSystem.rename(partial, complete) == 0 else {
      throw FileError.fromErrno(errno, path: complete, operation: "write")
    }
  }

  private func readSettings(_ file: String) throws -> SceneSettings? {
    guard FileSystem.exists(file) else { return nil }
    do {
      let data = try FileSystem.contents(of: file)
      return try JSONDecoder().decode(SceneSettings.self, from: data)
    } catch let error as DecodingError {
      throw SceneError.unreadableSettings(file: file, reason: Self.reason(error))
    } catch {
      throw SceneError.unreadableSettings(file: file, reason: error.localizedDescription)
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of the wrong type"
    default: "not JSON"
    }
  }

  // MARK: Files

  func file(_ relative: String) -> String { path + "/" + relative }

  func exists(_ relative: String) -> Bool {
    FileSystem.exists(file(relative))
  }

  func write(_ text: String, to relative: String) throws {
    try AtomicFile.write(Data(text.utf8), to: file(relative))
  }

  /// Writes a picture; it reaches the disk by ``finish()``, for a flush each would take longer than
  /// drawing them. So ``holdsPicture(_:)`` reads what it finds.
  func write(picture: Data, to relative: String) throws {
    try AtomicFile.write(picture, to: file(relative), flushing: false)
  }

  /// Whether an earlier run wrote this picture whole.
  func holdsPicture(_ relative: String) -> Bool {
    exists(relative) && (try? ImageFile.read(file(relative))) != nil
  }

  /// Makes a folder and those above it.
  func makeFolder(_ relative: String) throws {
    let folder = relative.isEmpty ? path : file(relative)
    if FileSystem.exists(folder) {
      guard FileSystem.isFolder(folder) else { throw SceneError.notAFolder(path: folder) }
      return
    }
    let above = folder.parentFolder
    if !above.isEmpty && above != folder { try SceneFolder(path: above).makeFolder("") }
    guard FileSystem.makeFolder(folder) == 0 || errno == EEXIST else {
      throw FileError.fromErrno(errno, path: folder, operation: "make")
    }
  }

  /// Removes what a killed run had begun to write.
  private func removeLeftovers() {
    removeLeftovers(in: path)
  }

  private func removeLeftovers(in folder: String) {
    for name in (try? FileSystem.names(in: folder)) ?? [] {
      let inner = "\(folder)/\(name)"
      if FileSystem.isFolder(inner) {
        removeLeftovers(in: inner)
      } else if name.hasSuffix(".partial") {
        FileSystem.unlink(inner)
      }
    }
  }
}
