/// CRC-32C (Castagnoli), the checksum of TensorBoard's record files.
///
/// - Source: RFC 3720, appendix B.4.
package func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
  ~bytes.reduce(~0) { ($0 >> 8) ^ crc32cTable[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
}

private let crc32cTable: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(UInt32(byte)) { crc, _ in
    (crc >> 1) ^ (crc & 1 == 1 ? 0x82f6_3b78 : 0)
  }
}
