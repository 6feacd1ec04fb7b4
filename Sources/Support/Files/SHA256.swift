import Foundation

/// SHA-256 of bytes that arrive in pieces.
///
/// Names contents in reports and caches; it is not used to keep secrets.
///
/// - Source: FIPS 180-4, §5.3.3 and §6.2.
public struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var tail: [UInt8] = []  // less than one block, waiting for more
  private var count: UInt64 = 0

  public init() {}

  /// Takes in more bytes.
  public mutating func update(_ bytes: some Sequence<UInt8>) {
    tail.append(contentsOf: bytes)
    let whole = tail.count / 64 * 64
    count += UInt64(whole)
    tail.withUnsafeBytes { Self.compress(.init(rebasing: $0[..<whole]), into: &state) }
    tail.removeFirst(whole)
  }

  /// The digest of everything taken in so far: 64 lower-case hexadecimal digits.
  public func hexadecimal() -> String {
    var end = self
    let bits = (count + UInt64(tail.count)) * 8
    let zeros = (119 - tail.count) % 64
    let length = (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }
    end.update([0x80] + [UInt8](repeating: 0, count: zeros) + length)
    return end.state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// The digest of some bytes, in hexadecimal.
  public static func hexadecimal(of bytes: some Sequence<UInt8>) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hexadecimal()
  }

  /// The digest of a file, read a megabyte at a time.
  ///
  /// - Throws: ``FileError``.
  public static func hexadecimal(ofFileAt url: URL) throws -> String {
    let file = try FileInput(url.relativePath)
    var hash = SHA256()
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
      if count == 0 { break }
      hash.update(piece[..<count])
    }
    return hash.hexadecimal()
  }

  private static func compress(_ bytes: UnsafeRawBufferPointer, into state: inout [UInt32]) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
      for start in stride(from: 0, to: bytes.count, by: 64) {
        for i in 0..<16 {
          let word = bytes.loadUnaligned(fromByteOffset: start + 4 * i, as: UInt32.self)
          w[i] = UInt32(bigEndian: word)
        }
        for i in 16..<64 {
          let (a, b) = (w[i - 15], w[i - 2])
          let s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a &>> 3)
          let s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b &>> 10)
          w[i] = w[i - 16] &+ s0 &+ w[i - 7] &+ s1
        }
        constants.withUnsafeBufferPointer { round(w, $0, &state) }
      }
    }
  }

  private static func round(
    _ w: UnsafeMutableBufferPointer<UInt32>, _ k: UnsafeBufferPointer<UInt32>,
    _ state: inout [UInt32]
  ) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for i in 0..<64 {
      let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      let t1 = h &+ s1 &+ ((e & f) ^ (~e & g)) &+ k[i] &+ w[i]
      let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      let t2 = s0 &+ ((a & b) ^ (a & c) ^ (b & c))
      (h, g, f, e) = (g, f, e, d &+ t1)
      (d, c, b, a) = (c, b, a, t1 &+ t2)
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }

  private static func rotate(_ x: UInt32, _ bits: UInt32) -> UInt32 {
    x &>> bits | x &<< (32 &- bits)
  }

  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
  ]
}
