import Foundation

/// A file's bytes in memory, read from disk when they are touched.
///
/// Safe to share: the mapping is private and read-only.
package final class MappedFile: @unchecked Sendable {
  package let bytes: UnsafeRawBufferPointer

  /// - Throws: ``FileError``.
  package init(_ path: String) throws {
    let descriptor = FileSystem.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.fromErrno(errno, path: path, operation: "read") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileError.fromErrno(errno, path: path, operation: "read")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError.notRegular(path: path) }
    let size = Int(status.st_size)
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
    else { throw FileError.fromErrno(errno, path: path, operation: "read") }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  /// Gives back the memory of these bytes; they are read from the disk again when next touched.
  package func releasePages(of part: UnsafeRawBufferPointer) {
    guard let start = part.baseAddress else { return }
    let page = sysconf(Int32(_SC_PAGESIZE))
    let first = Int(bitPattern: start) / page * page  // neighbours on the same pages come back, too
    let length = Int(bitPattern: start) + part.count - first
    madvise(UnsafeMutableRawPointer(bitPattern: first), length, MADV_DONTNEED)
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}
