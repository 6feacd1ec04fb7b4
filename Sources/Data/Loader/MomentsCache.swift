import Foundation
import Support
import Tensors

/// Mean and log-variance of latents, kept on disk so that a picture is encoded once. Never samples
/// of them: each visit draws its own.
///
/// What the autoencoder was given is the key: the pixels themselves, after crop, resize and
/// normalisation, so that no setting can be forgotten in it. A picture that is cropped anew at each
/// visit is therefore never found again; square pictures, which are taken whole, are.
///
/// The file (little-endian) starts with a line of 128 bytes that names the autoencoder and the
/// latents' shape; records of 16 bytes of key, 16 of checksum and the values follow. It only grows,
/// up to a limit. A record that a crash cut short is dropped, a damaged one is made again.
public final class MomentsCache {
  /// The first 128 bits of a SHA-256.
  public struct Key: Hashable, Sendable {
    let high, low: UInt64

    init(_ bytes: UnsafeRawBufferPointer) {
      let digits = SHA256.hexadecimal(of: bytes)
      high = UInt64(digits.prefix(16), radix: 16) ?? 0
      low = UInt64(digits.dropFirst(16).prefix(16), radix: 16) ?? 0
    }

    init(reading bytes: UnsafeRawBufferPointer) {
      high = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
      low = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    var bytes: Data {
      withUnsafeBytes(of: high.littleEndian) { Data($0) }
        + withUnsafeBytes(of: low.littleEndian) { Data($0) }
    }
  }

  /// Pictures that were found and that had to be encoded.
  public private(set) var hits = 0
  public private(set) var misses = 0

  private let path: String
  private let shape: [Int]
  private let limit: Int
  private let file: FileHandle
  /// Numbers of records.
  private var records: [Key: Int] = [:]
  private var recordCount = 0

  private static let headerSize = 128
  private var valueBytes: Int { shape.reduce(4, *) }
  private var recordSize: Int { 32 + valueBytes }

  /// Opens the cache file in a folder, or starts one.
  ///
  /// - Parameters:
  ///   - folder: must exist; only one run at a time may use a cache in it.
  ///   - identity: of the autoencoder: a hash of its weights. Each has a file of its own.
  ///   - shape: of the moments of one picture, `[h, w, 2 C]`.
  ///   - limit: bytes; what does not fit is encoded at each visit.
  /// - Throws: `FileError`.
  public init(folder: String, identity: String, shape: [Int], limit: Int = 16 << 30) throws {
    self.shape = shape
    self.limit = limit
    let size = shape.map(String.init).joined(separator: "x")
    path = "\(folder)/moments-\(identity.prefix(16))-\(size).cache"
    let title = "pbe moments 1, \(size), autoencoder \(identity.prefix(64))"
    let header = Data(title.utf8).prefix(Self.headerSize - 1)
    let line = header + Data(repeating: 0x20, count: Self.headerSize - 1 - header.count) + [0x0A]

    let descriptor = FileSystem.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { throw FileError.fromErrno(errno, path: path, operation: "write") }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard FileSystem.isFile(descriptor) else { throw FileError.notRegular(path: path) }
    // A file system without locks is no reason to stop; the run has said so.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      throw FileError.failed(
        path: path, operation: "use", reason: "another run is using it; give this one its own")
    }
    if try read(Self.headerSize, at: 0) == line {
      try readKeys()
    } else {
      try truncate(to: 0)
      try write(line, at: 0)
    }
  }

  /// The moments of pictures, from the file or by `encode`, which is given one picture at a time:
  /// what is stored then doesn't depend on the other pictures of a batch.
  ///
  /// - Parameters:
  ///   - pictures: as the autoencoder takes them; each is recognised by its content.
  ///   - encode: `[1, S, S, 3]` → `[1, h, w, 2 C]`.
  /// - Shape: `[N, S, S, 3]` → `[N, h, w, 2 C]`.
  /// - Throws: `FileError`, or what `encode` throws.
  public func moments(
    of pictures: Tensor, encode: (Tensor) throws -> Tensor
  ) throws -> Tensor {
    let found = try (0..<pictures.shape[0]).map { i in
      let picture = pictures.slice(i..<i + 1, axis: 0)
      let key = picture.withUnsafeBufferPointer { Key(UnsafeRawBufferPointer($0)) }
      if let known = try stored(key) {
        hits += 1
        return known
      }
      misses += 1
      let moments = try encode(picture)
      check(moments.shape == [1] + shape, "moments \(moments.shape), expected \([1] + shape)")
      try store(moments, key)
      return moments
    }
    return .concatenated(found, axis: 0)
  }

  private func stored(_ key: Key) throws -> Tensor? {
    guard let number = records[key] else { return nil }
    let start = Self.headerSize + number * recordSize
    let record = try read(recordSize, at: start)
    guard record.count == recordSize else { return nil }
    let values = record.suffix(valueBytes)
    let isWhole = values.withUnsafeBytes { Key($0) }.bytes == record.dropFirst(16).prefix(16)
    guard isWhole else { return nil }
    return values.withUnsafeBytes { bytes in
      Tensor([1] + shape) { output in
        UnsafeMutableRawPointer(output).copyMemory(
          from: bytes.baseAddress ?? UnsafeRawPointer(output), byteCount: valueBytes)
      }
    }
  }

  private func store(_ moments: Tensor, _ key: Key) throws {
    let number = records[key] ?? recordCount  // a damaged record is written over
    let start = Self.headerSize + number * recordSize
    guard start + recordSize <= limit else { return }
    let values = moments.withUnsafeBufferPointer { Data(buffer: $0) }
    try write(key.bytes + values.withUnsafeBytes { Key($0) }.bytes + values, at: start)
    records[key] = number
    recordCount = max(recordCount, number + 1)
  }

  private func readKeys() throws {
    let size = Int(try file.seekToEnd())
    recordCount = (size - Self.headerSize) / recordSize
    try truncate(to: Self.headerSize + recordCount * recordSize)
    for number in 0..<recordCount {
      let key = try read(16, at: Self.headerSize + number * recordSize)
      records[key.withUnsafeBytes { Key(reading: $0) }] = number
    }
  }
}

extension MomentsCache {
  /// Fewer bytes than asked for at the file's end.
  private func read(_ count: Int, at offset: Int) throws -> Data {
    try file.seek(toOffset: UInt64(offset))
    return try file.read(upToCount: count) ?? Data()
  }

  private func write(_ data: Data, at offset: Int) throws {
    let code = data.withUnsafeBytes { bytes in
      FileSystem.writeAll(bytes) { rest, done in
        pwrite(file.fileDescriptor, rest.baseAddress, rest.count, off_t(offset + done))
      }
    }
    guard code == 0 else { throw FileError.fromErrno(code, path: path, operation: "write") }
  }

  private func truncate(to size: Int) throws {
    guard FileSystem.retrying({ ftruncate(file.fileDescriptor, off_t(size)) }) == 0 else {
      throw FileError.fromErrno(errno, path: path, operation: "write")
    }
  }
}
