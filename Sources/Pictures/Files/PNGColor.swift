import CImage
import Foundation

/// What a PNG's chunks say of its colours.
///
/// - Source: PNG (third edition), 4.3 and 11.3.2.
struct PNGColor {
  private var chunks: [String: [UInt8]] = [:]

  private static let types: Set = ["cICP", "iCCP", "sRGB", "gAMA", "cHRM"]

  /// Reads the chunks before the pixels; the first of each kind counts.
  init(_ bytes: [UInt8]) {
    var position = PNGChunk.signature.count
    while let chunk = PNGChunk(bytes, at: position), chunk.next <= bytes.count,
      chunk.type != "IDAT"
    {
      if Self.types.contains(chunk.type), chunks[chunk.type] == nil {
        chunks[chunk.type] = Array(bytes[chunk.content])
      }
      position = chunk.next
    }
  }

  /// The profile that they make up; nil for sRGB. Of several the most precise kind counts: code points,
  /// a profile, sRGB, then primaries and gamma.
  ///
  /// - Throws: ``ColorProfile/Unusable``.
  func profile() throws(ColorProfile.Unusable) -> ColorProfile? {
    if let points = chunks["cICP"] { return try Self.profile(codePoints: points) }
    if let embedded = chunks["iCCP"] { return try ColorProfile(icc: Self.inflated(embedded)) }
    guard chunks["sRGB"] == nil else { return nil }
    return try profileOfPrimaries()
  }

  /// Of H.273's code points: the primaries and curves that pictures for screens have.
  private static func profile(
    codePoints: [UInt8]
  ) throws(ColorProfile.Unusable) -> ColorProfile? {
    guard codePoints.count == 4 else { throw ColorProfile.Unusable(reason: "a damaged cICP chunk") }
    let d65 = [0.3127, 0.3290]
    let primaries: [UInt8: [Double]] = [
      1: sRGBChromaticities,
      9: d65 + [0.708, 0.292, 0.170, 0.797, 0.131, 0.046],
      11: [0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060],
      12: d65 + [0.680, 0.320, 0.265, 0.690, 0.150, 0.060],
    ]
    // nil is sRGB's curve.
    let curves: [UInt8: Double?] = [4: 2.2, 5: 2.8, 8: 1, 13: nil]
    guard let chromaticities = primaries[codePoints[0]], let exponent = curves[codePoints[1]],
      codePoints[2] == 0, codePoints[3] == 1
    else {
      let numbers = codePoints.map { "\($0)" }.joined(separator: "-")
      throw ColorProfile.Unusable(reason: "code points \(numbers) are not supported")
    }
    if chromaticities == sRGBChromaticities, exponent == nil { return nil }
    return try ColorProfile(chromaticities: chromaticities, exponent: exponent)
  }

  /// The profile in an iCCP chunk: name, 0, method 0, compressed bytes.
  private static func inflated(_ chunk: [UInt8]) throws(ColorProfile.Unusable) -> [UInt8] {
    guard let end = chunk.prefix(80).firstIndex(of: 0), end + 1 < chunk.count,
      chunk[end + 1] == 0
    else { throw ColorProfile.Unusable(reason: "a damaged iCCP chunk") }
    var icc = CImageBytes()
    defer { cimage_free(&icc) }
    var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_LENGTH))
    let packed = Array(chunk[(end + 2)...])
    guard cimage_inflate(packed, packed.count, maximumSize, &icc, &message) == 1 else {
      throw ColorProfile.Unusable(reason: String(message: message))
    }
    return icc.array
  }

  /// Well above the largest tables of presses; a few KB may unpack to gigabytes.
  private static let maximumSize = 32 << 20

  private func profileOfPrimaries() throws(ColorProfile.Unusable) -> ColorProfile? {
    let gamma = numbers("gAMA", count: 1)?.first
    var chromaticities = numbers("cHRM", count: 8)
    if let gamma, !(0.05...20).contains(gamma) {
      throw ColorProfile.Unusable(reason: "a gamma of \(gamma)")
    }
    if let chromaticities, !Self.areChromaticities(chromaticities) {
      throw ColorProfile.Unusable(reason: "no colours have its primaries")
    }
    if let found = chromaticities, Self.areClose(found, to: Self.sRGBChromaticities) {
      chromaticities = nil
    }
    // Programs write 1/2.2 for sRGB's curve; libpng, too, takes what is within 5 % for the same.
    let isSRGBCurve = gamma.map { abs($0 * 2.2 - 1) < 0.05 } ?? true
    if chromaticities == nil, isSRGBCurve { return nil }
    return try ColorProfile(chromaticities: chromaticities, exponent: gamma.map { 1 / $0 })
  }

  /// A chunk's numbers, of which PNG stores 100,000-fold whole ones.
  private func numbers(_ type: String, count: Int) -> [Double]? {
    guard let chunk = chunks[type], chunk.count == 4 * count else { return nil }
    return (0..<count).map { i in
      Double(chunk[4 * i..<4 * i + 4].reduce(0) { $0 << 8 | UInt32($1) }) / 100_000
    }
  }

  /// Whether x and y of each are shares of a whole.
  private static func areChromaticities(_ numbers: [Double]) -> Bool {
    stride(from: 0, to: numbers.count, by: 2).allSatisfy { i in
      numbers[i + 1] > 0 && numbers[i] + numbers[i + 1] < 1.001
    }
  }

  private static func areClose(_ a: [Double], to b: [Double]) -> Bool {
    zip(a, b).allSatisfy { abs($0 - $1) < 0.002 }
  }

  private static let sRGBChromaticities = [0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06]
}
