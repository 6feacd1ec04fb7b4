import Foundation
import Support

/// Where a run keeps what it makes.
///
/// `config.yaml`, `log.jsonl`, TensorBoard's event files, `samples/step-NNNNNN.png`,
/// `checkpoints/step-NNNNNN/` and the link `checkpoints/latest`; see docs/formats.md.
public struct RunDirectory: Sendable {
  public let path: String
  /// Whether this process writes here: one of all that train together does.
  let isWritten: Bool

  public init(_ path: String, _ replica: Replica = .single) {
    self.path = path
    isWritten = replica.writesFiles
  }

  var configuration: String { "\(path)/config.yaml" }
  var log: String { "\(path)/log.jsonl" }
  var samples: String { "\(path)/samples" }
  var checkpoints: String { "\(path)/checkpoints" }

  /// Where a process keeps what it alone reads again. That of the first is the run's directory.
  func caches(of rank: Int) -> String { rank == 0 ? path : "\(path)/rank-\(rank)" }

  /// Makes the folders, where this process writes.
  ///
  /// - Throws: `FileError`.
  public func create() throws {
    guard isWritten else { return }
    for folder in [path, samples, checkpoints] { try Folder.make(folder) }
    guard FileSystem.isAccessible(path, W_OK) else {
      throw FileError.fromErrno(errno, path: path, operation: "write")
    }
  }

  /// Whether a run was started here.
  var exists: Bool { FileSystem.exists(configuration) }

  /// Whether a run of its own would lose something here.
  var isOccupied: Bool { exists || FileSystem.exists(log) }
}

extension RunDirectory {
  /// Keeps the run to this process, if it writes it.
  ///
  /// - Throws: ``RunError/inUse(_:)``.
  func lock() throws -> FolderLock? {
    guard isWritten else { return nil }
    do {
      return try FolderLock(path)
    } catch {
      throw RunError.inUse(path)
    }
  }
}
