import Foundation
import Pictures
import Support

/// The masks that an import draws: written into a folder, or compared with those of an earlier import.
///
/// Whoever imports the same once more, after a kill say, finds the same masks there. Others are never written
/// over: a manifest may name them.
struct MaskFolder {
  /// Where they are, or will be.
  private let final: String
  /// Where they are written until all are there; nil where they are there already.
  private let partial: String?
  /// Drawn, and not yet compressed and written: side by side that takes a fraction of the time.
  private var pending: [(name: String, mask: GrayImage)] = []
  private(set) var count = 0

  private static let mostPendingBytes = 16 << 20

  /// A folder to be made.
  init(_ final: String, writtenTo partial: String) { (self.final, self.partial) = (final, partial) }

  /// A folder that is there.
  init(knownAt final: String) { (self.final, partial) = (final, nil) }

  /// Takes a mask.
  ///
  /// - Parameter name: its file's, of the form `folder/name`.
  /// - Returns: the path that it will have.
  /// - Throws: as ``finish()`` does.
  mutating func add(_ mask: GrayImage, named name: String) throws -> String {
    pending.append((name, mask))
    count += 1
    if pending.reduce(0, { $0 + $1.mask.pixels.count }) > Self.mostPendingBytes { try settle() }
    return "\(final)/\(name)"
  }

  /// Takes nothing more. All masks are on the disk then: a flush each would take longer than drawing them.
  ///
  /// - Throws: `FileError`; `DatasetError.unusable` where other masks are there.
  mutating func finish() throws {
    try settle()
    guard partial == nil else { return sync() }
    let known = try FileSystem.names(in: final).filter { FileSystem.isFolder("\(final)/\($0)") }
      .reduce(0) { $0 + (try FileSystem.names(in: "\(final)/\($1)")).count }
    guard known == count else { throw others("\(known) masks, and this one draws \(count)") }
  }

  private mutating func settle() throws {
    defer { pending = [] }
    if let partial {
      for folder in Set(pending.map(\.name.parentFolder)) {
        try Folder.make("\(partial)/\(folder)")
      }
    }
    _ = try parallelMap(pending.count) { [self, pending] in
      let (name, mask) = pending[$0]
      let picture = try mask.pngData()
      if let partial {
        return try AtomicFile.write(picture, to: "\(partial)/\(name)", flushing: false)
      }
      let path = "\(final)/\(name)"
      guard FileSystem.exists(path), try FileSystem.contents(of: path) == picture else {
        throw others("another mask or none as \(name)")
      }
    }
  }

  private func others(_ what: String) -> DatasetError {
    .unusable(
      record: final,
      problem:
        "is there already, of an earlier import with \(what); remove it, or give another manifest")
  }
}
