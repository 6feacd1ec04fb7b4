import Foundation

// Text as it lies in a file, read without a copy.

extension UnsafeRawBufferPointer {
  /// The bytes as UTF-8.
  package var text: String { String(decoding: self, as: UTF8.self) }
}

/// The number that `text` spells in decimal (`0.25`, `-1e-3`, `nan`); nil if it isn't one.
///
/// Correctly rounded: up to 15 digits are exact in a Double, and so is the power of ten.
package func decimalNumber(_ text: UnsafeRawBufferPointer) -> Double? {
  var mantissa: UInt64 = 0
  var digits = 0
  var pointAt: Int?
  for byte in text {
    if byte &- 48 < 10 {
      mantissa = mantissa &* 10 &+ UInt64(byte &- 48)
      digits += 1
    } else if byte == UInt8(ascii: "."), pointAt == nil {
      pointAt = digits
    } else {
      return unusualNumber(text)
    }
  }
  guard digits > 0, digits <= 15 else { return unusualNumber(text) }
  return Double(mantissa) / powersOfTen[digits - (pointAt ?? digits)]
}

private let powersOfTen: [Double] = (0...15).map { pow(10, Double($0)) }

private func unusualNumber(_ text: UnsafeRawBufferPointer) -> Double? {
  // Swift's own reader stops at a zero byte.
  guard !text.isEmpty, text.count <= 64, !text.contains(0) else { return nil }
  return Double(text.text)
}
