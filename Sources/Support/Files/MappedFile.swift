import Foundation

/// A file's bytes in memory, read from disk when they are touched; where the file system can't do
/// that, all at once.
///
/// Safe to share: the mapping is private and read-only.
package final class MappedFile: @unchecked Sendable {
  package let bytes: UnsafeRawBufferPointer
  /// False for a copy.
  private let isMapped: Bool

  /// - Throws: ``FileError``.
  package init(_ path: String) throws {
    let file = try FileInput(path)
    let descriptor = try file.regular()
    defer { withExtendedLifetime(file) {} }
    let size = file.size
    guard size > 0 else {
      (bytes, isMapped) = (UnsafeRawBufferPointer(start: nil, count: 0), false)
      return
    }
    if let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED {
      (bytes, isMapped) = (UnsafeRawBufferPointer(start: start, count: size), true)
    } else if [ENODEV, ENOSYS, ENOTSUP].contains(errno) {
      (bytes, isMapped) = (try Self.copy(file, size, path), false)
    } else {
      throw FileError.fromErrno(errno, path: path, operation: "read")
    }
  }

  private static func copy(
    _ file: FileInput, _ size: Int, _ path: String
  ) throws -> UnsafeRawBufferPointer {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    do {
      var count = 0
      while count < size {
        let received = try file.read(into: .init(rebasing: buffer[count...]))
        guard received > 0 else {
          // It was cut short meanwhile.
          throw FileError.fromErrno(EIO, path: path, operation: "read")
        }
        count += received
      }
    } catch {
      buffer.deallocate()
      throw error
    }
    return UnsafeRawBufferPointer(buffer)
  }

  /// Gives back the memory of these bytes; they are read from the disk again when next touched.
  package func releasePages(of part: UnsafeRawBufferPointer) {
    guard isMapped, let start = part.baseAddress else { return }
    let page = sysconf(Int32(_SC_PAGESIZE))
    let first = Int(bitPattern: start) / page * page  // neighbours on the same pages come back, too
    let length = Int(bitPattern: start) + part.count - first
    madvise(UnsafeMutableRawPointer(bitPattern: first), length, MADV_DONTNEED)
  }

  deinit {
    guard isMapped else { return bytes.deallocate() }
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}
