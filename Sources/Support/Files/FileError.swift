import Foundation

/// What went wrong with a file or folder, for whoever gave its path.
public enum FileError: Error, Equatable, CustomStringConvertible {
  case missing(path: String)
  case notRegular(path: String)
  case missingFolder(path: String, folder: String)
  case notPermitted(path: String, operation: String)
  case readOnlyFileSystem(path: String)
  /// - Parameters:
  ///   - path: of the file.
  ///   - leavesNothing: whether it is as it was before.
  case diskFull(path: String, leavesNothing: Bool = false)
  /// The machine's fault rather than the file's, and perhaps none in a moment: a disk or network that
  /// does not answer, no more descriptors or memory.
  case passing(path: String, operation: String, reason: String)
  case failed(path: String, operation: String, reason: String)

  public var description: String { text.readablePath }

  private var text: String {
    switch self {
    case .missing(let path) where FileSystem.isLink(path):
      "\(path): no such file; its symbolic links lead nowhere, or in a circle"
    case .missing(let path):
      "\(path): no such file"
    case .notRegular(let path):
      "\(path): is a folder or a device, expected a file"
    case .missingFolder(let path, let folder) where FileSystem.exists(folder):
      "cannot write \(path): \(folder) is a file, not a folder"
    case .missingFolder(let path, let folder):
      "cannot write \(path): the folder \(folder) does not exist; create it first"
    case .notPermitted(let path, let operation):
      "cannot \(operation) \(path): permission denied; "
        + "check the owner and mode of the file and its folder"
    case .readOnlyFileSystem(let path):
      "cannot write \(path): the file system is read-only; choose another place"
    case .diskFull(let path, let leavesNothing):
      "cannot write \(path): no space left on the disk; free some, or choose another place"
        + (leavesNothing ? " (nothing was left half-written)" : "")
    case .passing(let path, let operation, let reason),
      .failed(let path, let operation, let reason):
      "cannot \(operation) \(path): \(reason)"
    }
  }

  /// The error that a system call just left in `errno`.
  package static func fromErrno(_ code: Int32, path: String, operation: String) -> FileError {
    switch code {
    case ENOENT, ENOTDIR:
      operation == "write"
        ? .missingFolder(path: path, folder: folder(of: path)) : .missing(path: path)
    case EACCES, EPERM: .notPermitted(path: path, operation: operation)
    case EROFS: .readOnlyFileSystem(path: path)
    case ENOSPC, EDQUOT: .diskFull(path: path)
    case EISDIR: .notRegular(path: path)
    case ELOOP:
      .failed(path: path, operation: operation, reason: "its symbolic links lead in a circle")
    case EFBIG:
      .failed(
        path: path, operation: operation,
        reason: "it would be larger than its file system or `ulimit -f` allows")
    default:
      passing.contains(code)
        ? .passing(path: path, operation: operation, reason: String(cString: strerror(code)))
        : .failed(path: path, operation: operation, reason: String(cString: strerror(code)))
    }
  }

  /// Whether the disk, the memory or the permissions are at fault, rather than what is in the file.
  package var isOfTheMachine: Bool {
    switch self {
    case .passing, .notPermitted: true
    default: false
    }
  }

  /// The same of a file of which nothing is left behind.
  var leavingNothing: FileError {
    guard case .diskFull(let path, _) = self else { return self }
    return .diskFull(path: path, leavesNothing: true)
  }

  /// The same of a file in a folder that has, or will have, another name.
  func moved(from folder: String, to new: String) -> FileError {
    func moved(_ path: String) -> String {
      path.hasPrefix(folder) ? new + path.dropFirst(folder.count) : path
    }
    return switch self {
    case .missing(let path): .missing(path: moved(path))
    case .notRegular(let path): .notRegular(path: moved(path))
    case .missingFolder(let path, let folder):
      .missingFolder(path: moved(path), folder: moved(folder))
    case .notPermitted(let path, let operation):
      .notPermitted(path: moved(path), operation: operation)
    case .readOnlyFileSystem(let path): .readOnlyFileSystem(path: moved(path))
    case .diskFull(let path, let leavesNothing):
      .diskFull(path: moved(path), leavesNothing: leavesNothing)
    case .passing(let path, let operation, let reason):
      .passing(path: moved(path), operation: operation, reason: reason)
    case .failed(let path, let operation, let reason):
      .failed(path: moved(path), operation: operation, reason: reason)
    }
  }

  private static let passing: Set = [
    EIO, EMFILE, ENFILE, ENOMEM, EAGAIN, EINTR, ESTALE, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH,
    ENETDOWN, ENETUNREACH, ENOTCONN, ENODEV, ENXIO, EREMOTEIO,
  ]

  package static func folder(of path: String) -> String {
    let folder = path.parentFolder
    return folder.isEmpty ? "." : folder
  }
}
