import CRanks
import Foundation

extension RankExchange {
  /// Makes something once a machine: its first rank does, the others take it from memory.
  ///
  /// - Parameters:
  ///   - make: called by one rank of each machine, and by those that cannot reach its memory.
  ///   - encode: what others are given.
  ///   - decode: is given that.
  /// - Throws: what the exchange or an argument throws.
  public func onceAMachine<Value>(
    _ make: () throws -> Value, encode: (Value) throws -> [UInt8],
    decode: (UnsafeRawBufferPointer) throws -> Value
  ) throws -> Value {
    let isFirst = neighbours[0] == rank
    let own = isFirst ? try make() : nil
    let offer =
      neighbours.count > 1 ? try own.flatMap { OfferedBytes(try encode($0)) } : nil
    let addresses = try gather(Array((offer?.address ?? "").utf8))
    let place = String(decoding: addresses[neighbours[0]], as: UTF8.self)
    let taken = isFirst ? nil : try OfferedBytes.take(place, decode)
    // Until all have taken theirs.
    _ = try withExtendedLifetime(offer) { try gather([]) }
    return try own ?? taken ?? make()
  }
}

/// Bytes in memory that other processes of the same user can read while this object lives. They have no name
/// in a file system: a process that is killed leaves nothing behind.
final class OfferedBytes {
  private let descriptor: Int32
  private let token: String

  /// Where they are: a path, and what stands there first.
  var address: String { "/proc/\(getpid())/fd/\(descriptor) \(token)" }

  /// Nil where the system has no such memory, or not enough.
  init?(_ bytes: [UInt8]) {
    descriptor = makeMemory()
    token = String(UInt64.random(in: .min ... .max), radix: 36)
    guard descriptor >= 0 else { return nil }
    for part in [Array(token.utf8), bytes] {
      let error = part.withUnsafeBytes { part in
        FileSystem.writeAll(part) { [descriptor] bytes, _ in
          write(descriptor, bytes.baseAddress, bytes.count)
        }
      }
      guard error == 0 else { return nil }
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// What another process offers; nil where it can't be reached, as from another container.
  static func take<Value>(
    _ address: String, _ decode: (UnsafeRawBufferPointer) throws -> Value
  ) throws -> Value? {
    let words = address.split(separator: " ")
    guard words.count == 2, let file = try? MappedFile(String(words[0])) else { return nil }
    let token = words[1].utf8
    // Machines of one name may have other processes of that number.
    guard file.bytes.starts(with: token) else { return nil }
    return try withExtendedLifetime(file) {
      try decode(UnsafeRawBufferPointer(rebasing: file.bytes[token.count...]))
    }
  }
}
