import Foundation

/// Files that appear whole or not at all, even when the process is killed or the power fails: they
/// are written beside their final place, flushed to the disk, then renamed.
public enum AtomicFile {
  /// Writes `data` as the file `path`, replacing what was there.
  ///
  /// - Parameters:
  ///   - data: all of the file.
  ///   - path: in a folder that exists.
  ///   - flushing: false for one of many small files that the caller flushes together; until then
  ///     only a kill, not a power failure, leaves it whole.
  /// - Throws: `FileError`; the old file is then untouched and nothing is left behind.
  public static func write(_ data: Data, to path: String, flushing: Bool = true) throws {
    try write(to: path, flushing: flushing) { file in
      try data.withUnsafeBytes { try file.append($0) }
    }
  }

  /// Writes the file `path` piece by piece; for files too large to be held in memory twice.
  ///
  /// - Throws: `FileError`, or what `body` throws; the old file is then untouched and nothing is
  ///   left behind.
  public static func write(
    to path: String, flushing: Bool = true, _ body: (borrowing FileAppender) throws -> Void
  ) throws {
    if let existing = FileSystem.status(path), existing.st_mode & S_IFMT != S_IFREG {
      guard existing.st_mode & S_IFMT != S_IFDIR else { throw FileError.notRegular(path: path) }
      // A device or pipe is written to, never replaced.
      let file = try FileAppender(writing: path, for: path)
      return try body(file)
    }
    let folder = FileError.folder(of: path)
    let partial = partial(of: path)
    do {
      let file = try FileAppender(writing: partial, for: path)
      try body(file)
      if flushing { try file.flush() }
    } catch {
      FileSystem.unlink(partial)
      throw error
    }
    if let code = give(path, to: partial) {
      FileSystem.unlink(partial)
      throw FileError.fromErrno(code, path: path, operation: "write")
    }
    if flushing { flushFolder(folder) }
  }

  /// Finds out whether a file can be written, before work is done for it.
  ///
  /// - Throws: the `FileError` that writing it would throw, a full disk apart.
  public static func checkWritable(_ path: String) throws {
    if let existing = FileSystem.status(path), existing.st_mode & S_IFMT != S_IFREG {
      guard existing.st_mode & S_IFMT != S_IFDIR else { throw FileError.notRegular(path: path) }
      return
    }
    let partial = partial(of: path)
    _ = try FileAppender(writing: partial, for: path)
    FileSystem.unlink(partial)
  }

  /// Renames a finished file; nil, or the error's number.
  ///
  /// Some file systems cannot rename over a file that is there. It is then put aside first, and put
  /// back if that was not what was wrong.
  private static func give(_ path: String, to partial: String) -> Int32? {
    if FileSystem.rename(partial, path) == 0 { return nil }
    let code = errno
    let aside = partial + ".old"
    guard [EEXIST, EPERM].contains(code), FileSystem.rename(path, aside) == 0 else { return code }
    guard FileSystem.rename(partial, path) == 0 else {
      _ = FileSystem.rename(aside, path)
      return code
    }
    FileSystem.unlink(aside)
    return nil
  }

  /// Where a file is written before it gets its name.
  private static func partial(of path: String) -> String {
    let name = path.lastName
    return "\(FileError.folder(of: path))/.\(name).\(getpid()).partial"
  }

  /// Makes what was renamed in a folder durable; file systems that cannot are left to themselves.
  package static func flushFolder(_ folder: String) {
    let descriptor = FileSystem.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

/// A file being written; closed when it goes out of scope.
public struct FileAppender: ~Copyable {
  private let descriptor: Int32
  /// The path that errors name.
  private let path: String

  fileprivate init(writing file: String, for path: String) throws {
    try self.init(file, O_TRUNC, path)
  }

  /// A log: what is appended is in the file at once, after what was there.
  ///
  /// - Throws: `FileError`.
  package init(appendingTo path: String) throws {
    try self.init(path, O_APPEND, path)
  }

  private init(_ file: String, _ mode: Int32, _ path: String) throws {
    descriptor = FileSystem.open(file, O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0o666)
    self.path = path
    guard descriptor >= 0 else {
      throw FileError.fromErrno(errno, path: path, operation: "write")
    }
  }

  deinit { close(descriptor) }

  /// - Throws: `FileError`.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let chunk = UnsafeRawBufferPointer(rebasing: rest)
      let written = Foundation.write(descriptor, chunk.baseAddress, chunk.count)
      if written < 0 && errno == EINTR { continue }
      guard written >= 0 else {
        throw FileError.fromErrno(errno, path: path, operation: "write")
      }
      rest = rest.dropFirst(written)
    }
  }

  fileprivate func flush() throws {
    // Some file systems have no such thing: what they are given is as safe as they make it.
    guard fsync(descriptor) == 0 || [EINVAL, ENOTSUP, ENOSYS].contains(errno) else {
      throw FileError.fromErrno(errno, path: path, operation: "write")
    }
  }
}
