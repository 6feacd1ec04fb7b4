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

  static func name(ofStep step: Int) -> String { "step-" + String(format: "%06d", step) }

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

/// Keeps a run to one process. It ends with the process, however that ends.
final class RunLock: Sendable {
  private let descriptor: Int32

  /// - Throws: ``RunError/inUse(_:)``.
  init(_ run: RunDirectory) throws {
    descriptor = FileSystem.open(run.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // Some network file systems have no locks; a run is possible there all the same.
    if descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      close(descriptor)
      throw RunError.inUse(run.path)
    }
  }

  deinit { close(descriptor) }
}
