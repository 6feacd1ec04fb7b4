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
      return try body(try FileAppender(device: path))
    }
    let partial = try PartialFile(fileFor: path)
    do {
      let file = try FileAppender(partial, for: path)
      try body(file)
      if flushing { try file.flush() }
      if let code = give(path, to: partial.path) {
        throw FileError.fromErrno(code, path: path, operation: "write")
      }
    } catch {
      FileSystem.unlink(partial.path)
      throw (error as? FileError)?.leavingNothing ?? error
    }
    if flushing { try flushFolder(FileError.folder(of: path), for: path) }
  }

  /// Finds out whether a file can be written, before work is done for it.
  ///
  /// - Throws: the `FileError` that writing it would throw, a full disk apart.
  public static func checkWritable(_ path: String) throws {
    if let existing = FileSystem.status(path), existing.st_mode & S_IFMT != S_IFREG {
      guard existing.st_mode & S_IFMT != S_IFDIR else { throw FileError.notRegular(path: path) }
      return
    }
    let partial = try PartialFile(fileFor: path)
    FileSystem.unlink(partial.path)
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

  /// Makes what was renamed in a folder durable.
  ///
  /// - Parameter target: what was renamed; errors name it.
  /// - Throws: `FileError` where the disk fails. File systems that know no such thing are left to
  ///   themselves.
  package static func flushFolder(_ folder: String, for target: String) throws {
    let descriptor = FileSystem.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    try flush(descriptor, for: target)
  }

  fileprivate static func flush(_ descriptor: Int32, for path: String) throws {
    guard FileSystem.retrying({ fsync(descriptor) }) != 0 else { return }
    // What such file systems are given is as safe as they make it.
    guard ![EINVAL, ENOTSUP, ENOSYS, EBADF].contains(errno) else { return }
    throw FileError.fromErrno(errno, path: path, operation: "write")
  }
}

/// A file being written; closed when it goes out of scope.
public struct FileAppender: ~Copyable {
  private let descriptor: Int32
  /// The path that errors name.
  private let path: String

  /// - Parameter target: the file that `partial` is to become.
  fileprivate init(_ partial: borrowing PartialFile, for target: String) throws {
    try self.init(fcntl(partial.descriptor, F_DUPFD_CLOEXEC, 0), target)
  }

  /// A device, or a pipe that a program reads.
  fileprivate init(device path: String) throws {
    // Else opening a pipe that nobody reads would never return.
    let descriptor = FileSystem.open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 || errno != ENXIO else {
      throw FileError.failed(
        path: path, operation: "write", reason: "a pipe that no program reads")
    }
    if descriptor >= 0 { _ = fcntl(descriptor, F_SETFL, O_WRONLY) }
    try self.init(descriptor, path)
  }

  /// A log: what is appended is in the file at once, after what was there.
  ///
  /// - Throws: `FileError`.
  package init(appendingTo path: String) throws {
    // Else opening a pipe that nobody reads would never return.
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | O_NONBLOCK
    let descriptor = FileSystem.open(path, flags, 0o666)
    guard descriptor < 0 || FileSystem.isFile(descriptor) else {
      close(descriptor)
      throw FileError.notRegular(path: path)
    }
    try self.init(descriptor, path)
  }

  private init(_ descriptor: Int32, _ path: String) throws {
    (self.descriptor, self.path) = (descriptor, path)
    guard descriptor >= 0 else {
      throw FileError.fromErrno(errno, path: path, operation: "write")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// - Throws: `FileError`.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    let code = FileSystem.writeAll(bytes) { rest, _ in
      Foundation.write(descriptor, rest.baseAddress, rest.count)
    }
    guard code == 0 else { throw FileError.fromErrno(code, path: path, operation: "write") }
  }

  /// Makes what was appended so far safe from a power failure.
  ///
  /// - Throws: `FileError`.
  package func flush() throws { try AtomicFile.flush(descriptor, for: path) }
}
