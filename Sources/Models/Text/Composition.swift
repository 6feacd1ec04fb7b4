import Foundation

/// Canonical composition, as Unicode defines it.
///
/// Foundation's leaves finals of Hangul apart, composes characters beyond the first plane as if they were
/// those of it that have the same lower 16 bits, and leaves marks out of order that are parts of others.
/// What it makes of single characters is right: the table of pairs comes from there.
///
/// - Source: Unicode Standard Annex 15 and section 3.12 of the standard.
enum Composition {
  /// NFC.
  static func composed(_ text: String.UnicodeScalarView) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    // The last character that is no mark, and the class of what came last.
    var (base, lastClass): (Int?, UInt8) = (nil, 0)
    for (scalar, combiningClass) in decomposed(text) {
      if let place = base, place == result.count - 1 || lastClass < combiningClass,
        let whole = pair(result[place], scalar)
      {
        result[place] = whole
        continue
      }
      result.append(scalar)
      if combiningClass == 0 { base = result.count - 1 }
      lastClass = combiningClass
    }
    return result
  }

  /// NFD, every character with its combining class: marks, which have one, are in the classes' order.
  private static func decomposed(
    _ text: String.UnicodeScalarView
  ) -> [(scalar: Unicode.Scalar, combiningClass: UInt8)] {
    var parts = String(text).decomposedStringWithCanonicalMapping.unicodeScalars.map { scalar in
      (scalar: scalar, combiningClass: scalar.properties.canonicalCombiningClass.rawValue)
    }
    var start = 0
    while start < parts.count {
      let end = parts[start...].firstIndex { $0.combiningClass == 0 } ?? parts.count
      if end - start > 1 {
        let order = parts[start..<end].enumerated().sorted {
          ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
        }
        parts.replaceSubrange(start..<end, with: order.map(\.element))
      }
      start = end + 1
    }
    return parts
  }

  private static func pair(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    syllable(first.value, second.value) ?? pairs[key(first, second)]
  }

  /// Hangul: a leading consonant with a vowel, and such a pair with a final.
  private static func syllable(_ first: UInt32, _ second: UInt32) -> Unicode.Scalar? {
    let (vowels, finals): (UInt32, UInt32) = (21, 28)
    switch (first, second) {
    case (0x1100...0x1112, 0x1161...0x1175):
      return Unicode.Scalar(0xAC00 + ((first - 0x1100) * vowels + second - 0x1161) * finals)
    case (0xAC00...0xD7A3, 0x11A8...0x11C2) where (first - 0xAC00) % finals == 0:
      return Unicode.Scalar(first + second - 0x11A7)
    default: return nil
    }
  }

  private static func key(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> UInt64 {
    UInt64(first.value) << 32 | UInt64(second.value)
  }

  /// Where there are characters that are composed of two.
  private static let ranges: [ClosedRange<UInt32>] = [0xC0...0x30FF, 0x11000...0x115FF]

  private static let pairs: [UInt64: Unicode.Scalar] = {
    var pairs: [UInt64: Unicode.Scalar] = [:]
    for scalar in ranges.joined().compactMap(Unicode.Scalar.init) {
      let text = String(scalar)
      let parts = Array(text.decomposedStringWithCanonicalMapping.unicodeScalars)
      guard let second = parts.last, parts.count > 1,
        text.precomposedStringWithCanonicalMapping.unicodeScalars.first == scalar
      else { continue }
      var first = String.UnicodeScalarView()
      first.append(contentsOf: parts.dropLast())
      let rest = String(first).precomposedStringWithCanonicalMapping.unicodeScalars
      if let only = rest.first, rest.count == 1 { pairs[key(only, second)] = scalar }
    }
    return pairs
  }()
}
