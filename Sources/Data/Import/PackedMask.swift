import CImage
import Foundation
import Pictures

/// A mask as FiftyOne packs it: a NumPy array of an object's box, compressed, as text.
///
/// - Source: `serialize_numpy_array` in fiftyone/core/utils.py; numpy/lib/format.py.
package struct PackedMask {
  /// White where the array is not zero.
  package let picture: GrayImage

  private static let mostBytes = 64 << 20

  /// - Throws: ``RunLengths/Damage``.
  package init(base64 text: String) throws(RunLengths.Damage) {
    guard let packed = Data(base64Encoded: text) else {
      throw RunLengths.Damage(reason: "its mask is no base64")
    }
    try self.init(numPy: Self.inflated(Array(packed)))
  }

  private static func inflated(_ packed: [UInt8]) throws(RunLengths.Damage) -> [UInt8] {
    var bytes = CImageBytes()
    var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_LENGTH))
    guard cimage_inflate(packed, packed.count, mostBytes, &bytes, &message) == 1 else {
      let problem = String(decoding: message.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      throw RunLengths.Damage(reason: "its mask: \(problem)")
    }
    defer { cimage_free(&bytes) }
    return Array(UnsafeBufferPointer(start: bytes.bytes, count: bytes.count))
  }

  /// - Parameter bytes: of a two-dimensional array of a byte each.
  package init(numPy bytes: [UInt8]) throws(RunLengths.Damage) {
    guard bytes.count >= 12, bytes.starts(with: [0x93] + Array("NUMPY".utf8)),
      (1...3).contains(bytes[6])
    else { throw RunLengths.Damage(reason: "its mask is no NumPy array") }
    let start = bytes[6] == 1 ? 10 : 12
    let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= 10_000, start + length <= bytes.count else {
      throw RunLengths.Damage(reason: "its mask's header is cut short")
    }
    let header = String(decoding: bytes[start..<start + length], as: UTF8.self)
    let shape = header.firstMatch(
      of: /'shape'\s*:\s*\(\s*([0-9]{1,6})\s*,\s*([0-9]{1,6})\s*,?\s*\)/)
    let isByte = header.contains(/'descr'\s*:\s*'\|[bu]1'/)
    let isRowByRow = header.contains(/'fortran_order'\s*:\s*False/)
    guard isByte, isRowByRow, let shape, let height = Int(shape.1), let width = Int(shape.2),
      height > 0, width > 0
    else {
      throw RunLengths.Damage(
        reason: "its mask is another array than rows of bytes: \(header.prefix(80))")
    }
    guard bytes.count - start - length == width * height else {
      throw RunLengths.Damage(reason: "its mask does not hold \(width)×\(height) values")
    }
    picture = GrayImage(
      width: width, height: height, pixels: bytes[(start + length)...].map { $0 == 0 ? 0 : 255 })
  }
}
