/// A message in the Protocol Buffers wire format, built field by field.
///
/// - Source: protobuf.dev, "Encoding".
struct ProtocolBuffer {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case eightBytes = 1
    case lengthDelimited = 2
    case fourBytes = 5
  }

  /// An integer; 0 is the default and takes no room.
  mutating func append(_ field: UInt64, _ value: Int) {
    guard value != 0 else { return }
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func append(_ field: UInt64, _ value: Double) {
    key(field, .eightBytes)
    fixed(value.bitPattern)
  }

  mutating func append(_ field: UInt64, _ value: Float) {
    key(field, .fourBytes)
    fixed(value.bitPattern)
  }

  /// A text, a byte string or a message.
  mutating func append(_ field: UInt64, _ value: some Collection<UInt8>) {
    key(field, .lengthDelimited)
    varint(UInt64(value.count))
    bytes += value
  }

  mutating func append(_ field: UInt64, message: (inout ProtocolBuffer) -> Void) {
    var inner = ProtocolBuffer()
    message(&inner)
    append(field, inner.bytes)
  }

  private mutating func key(_ field: UInt64, _ type: WireType) {
    varint(field << 3 | type.rawValue)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7f {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func fixed(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}
