import Foundation

/// The system's calls with paths that may hold any bytes; see ``Swift/String/pathBytes``. Foundation
/// knows no such paths. Results are those of the calls: −1 and `errno` for failure.
package enum FileSystem {
  package static func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 {
    path.withSystemPath { path in retrying { Foundation.open(path, flags, mode) } }
  }

  /// Makes a call again as long as a signal breaks it off.
  package static func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
      let result = call()
      guard result < 0, errno == EINTR else { return result }
    }
  }

  /// Writes all bytes, however few each call takes and whatever signals break it off.
  ///
  /// - Parameter write: writes some of the bytes that it is given, which begin at its second argument;
  ///   returns how many, or less than 0 with `errno`.
  /// - Returns: the number of what went wrong, or 0.
  package static func writeAll(
    _ bytes: UnsafeRawBufferPointer, _ write: (UnsafeRawBufferPointer, Int) -> Int
  ) -> Int32 {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let written = retrying { write(rest, done) }
      guard written > 0 else { return written < 0 ? errno : EIO }
      done += written
    }
    return 0
  }

  /// What is known of a file, or of what a link points to; nil where there is none.
  package static func status(_ path: String) -> stat? {
    var status = stat()
    return path.withSystemPath { stat($0, &status) } == 0 ? status : nil
  }

  /// Whether the call that has just failed says that there is no such file, rather than nothing for now.
  private static var isAbsence: Bool { [ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG].contains(errno) }

  /// Whether there is such a file. Where the system cannot tell for now, there is: who opens it learns why not,
  /// and nobody goes on as if it had never been.
  package static func exists(_ path: String) -> Bool { status(path) != nil || !isAbsence }

  /// Whether the path itself is a symbolic link.
  package static func isLink(_ path: String) -> Bool {
    var status = stat()
    return path.withSystemPath { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Whether it is a folder, or the system cannot tell for now: who lists it learns why not.
  package static func isFolder(_ path: String) -> Bool {
    guard let status = status(path) else { return !isAbsence }
    return status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether what is open is a file on a disk.
  package static func isFile(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  @discardableResult
  package static func rename(_ path: String, _ new: String) -> Int32 {
    path.withSystemPath { path in new.withSystemPath { Foundation.rename(path, $0) } }
  }

  package static func link(_ path: String, _ new: String) -> Int32 {
    path.withSystemPath { path in new.withSystemPath { Foundation.link(path, $0) } }
  }

  package static func symlink(_ target: String, _ new: String) -> Int32 {
    target.withSystemPath { target in new.withSystemPath { Foundation.symlink(target, $0) } }
  }

  package static func truncate(_ path: String, _ size: Int) -> Int32 {
    path.withSystemPath { Foundation.truncate($0, off_t(size)) }
  }

  @discardableResult
  package static func unlink(_ path: String) -> Int32 { path.withSystemPath(Foundation.unlink) }

  package static func makeFolder(_ path: String) -> Int32 {
    path.withSystemPath { mkdir($0, 0o777) }
  }

  package static func isAccessible(_ path: String, _ mode: Int32) -> Bool {
    path.withSystemPath { access($0, mode) } == 0
  }

  /// The path without links and dots; nil where there is no such file.
  static func resolved(_ path: String) -> String? {
    guard let found = path.withSystemPath({ realpath($0, nil) }) else { return nil }
    defer { free(found) }
    return String(pathBytes: UnsafeRawBufferPointer(start: found, count: strlen(found)))
  }

  /// Calls `body` with the names in a folder, in any order, without `.` and `..`.
  ///
  /// - Throws: ``FileError``, or what `body` throws.
  package static func forEachName(
    in folder: String, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard let listing = folder.withSystemPath(opendir) else {
      throw FileError.fromErrno(errno, path: folder, operation: "read")
    }
    defer { closedir(listing) }
    while true {
      errno = 0  // an end and a failure differ in this alone
      guard let entry = readdir(listing) else {
        guard errno == 0 else { throw FileError.fromErrno(errno, path: folder, operation: "read") }
        return
      }
      let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
      let name = UnsafeRawPointer(entry) + offset
      let bytes = UnsafeRawBufferPointer(
        start: name, count: strlen(name.assumingMemoryBound(to: CChar.self)))
      if bytes.elementsEqual(".".utf8) || bytes.elementsEqual("..".utf8) { continue }
      try body(bytes)
    }
  }

  /// The first bytes of a file, at most `count`.
  ///
  /// - Throws: ``FileError``.
  package static func start(of path: String, count: Int) throws -> Data {
    let file = try FileInput(path)
    var found = Data()
    var piece = [UInt8](repeating: 0, count: min(count, 1 << 16))
    while found.count < count {
      let received = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
      if received == 0 { break }
      found += piece[..<min(received, count - found.count)]
    }
    return found
  }

  /// All of a file that is meant to be held in memory.
  ///
  /// - Throws: ``FileError``, also where it is larger than any such file of ours.
  package static func contents(of path: String) throws -> Data {
    let data = try start(of: path, count: largestContents + 1)
    guard data.count <= largestContents else {
      throw FileError.failed(
        path: path, operation: "read", reason: "over \(largestContents >> 20) MB, too much for it")
    }
    return data
  }

  private static let largestContents = 1 << 30

  /// Removes a file, or a folder with all that is in it, as far as that can be done.
  package static func remove(_ path: String) {
    // A link to a folder is unlinked, so that nothing behind it is touched.
    guard unlink(path) != 0, isFolder(path) else { return }
    for name in (try? names(in: path)) ?? [] { remove("\(path)/\(name)") }
    _ = path.withSystemPath(rmdir)
  }

  /// The names in a folder, in any order.
  ///
  /// - Throws: ``FileError``.
  package static func names(in folder: String) throws -> [String] {
    var names: [String] = []
    try forEachName(in: folder) { names.append(String(pathBytes: $0)) }
    return names
  }

  /// The names in a folder, in any order; none where there is no such folder.
  ///
  /// - Throws: ``FileError``: what cannot be read for now is not empty.
  package static func namesIfAny(in folder: String) throws -> [String] {
    do {
      return try names(in: folder)
    } catch FileError.missing {
      return []
    }
  }
}
