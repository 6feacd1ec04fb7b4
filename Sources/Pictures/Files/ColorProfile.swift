import CImage

/// What the samples of a picture mean: an ICC profile, checked.
///
/// Colours are converted relative to the white points, black to black (lcms2's relative colorimetric
/// intent with black-point compensation): colours that sRGB has too look the same, and what a result
/// takes back into its source's profile is what was read from it. The perceptual intent would change
/// all colours of profiles with tables, and differently on the way back.
public struct ColorProfile: Sendable, Equatable {
  /// Why bytes are no profile, or none for these pixels.
  struct Unusable: Error {
    let reason: String
  }

  /// The samples that a profile is for.
  public enum Space: Int, Sendable {
    case gray = 1
    case rgb = 3
    /// As JPEG files have them: 255 is no ink.
    case cmyk = 4
  }

  /// As it is embedded in files.
  public let icc: [UInt8]
  public let space: Space
  /// Whether no colour moves by more than 1 of 255 on the way to sRGB. Pixels then stay as they are.
  public let isSRGB: Bool
  /// Whether colours can be converted from sRGB; scanners' profiles may know the other way only.
  public let isReversible: Bool

  /// - Throws: ``Unusable``.
  init(icc: [UInt8]) throws(Unusable) {
    var found = CImageProfile()
    try Self.calling { cimage_profile_read(icc, icc.count, &found, $0) }
    guard let space = Space(rawValue: Int(found.channels)) else {
      throw Unusable(reason: "a profile for \(found.channels) channels")
    }
    self.icc = icc
    self.space = space
    isSRGB = found.is_srgb == 1
    isReversible = found.is_reversible == 1
  }

  /// The RGB profile of primaries and a power of light; its bytes depend on these alone.
  ///
  /// - Parameters:
  ///   - chromaticities: x and y of white, red, green and blue; nil for sRGB's.
  ///   - exponent: light is a sample to this power; nil for sRGB's curve.
  /// - Throws: ``Unusable``.
  init(chromaticities: [Double]?, exponent: Double?) throws(Unusable) {
    try self.init(
      icc: Self.bytes { bytes, message in
        cimage_profile_make(chromaticities, exponent ?? 0, bytes, message)
      })
  }

  /// For a grey profile the RGB profile in which equal samples are that grey, so that a result may
  /// have colours and still leave the grey pixels what they are.
  ///
  /// - Throws: ``Unusable`` for greys that are no simple curve.
  func ofEqualSamples() throws(Unusable) -> ColorProfile {
    try ColorProfile(
      icc: Self.bytes { cimage_profile_of_equals(icc, icc.count, $0, $1) })
  }

  /// RGB samples in sRGB.
  ///
  /// - Parameter samples: of the profile's space, 8 or 16 bits each.
  /// - Throws: ``Unusable``.
  func sRGB(_ samples: [some FixedWidthInteger & BitwiseCopyable]) throws(Unusable) -> [UInt8] {
    let pixels = samples.count / space.rawValue
    var result = [UInt8](repeating: 0, count: 3 * pixels)
    let depth = Int32(samples.first?.bitWidth ?? 8)
    try Self.calling { message in
      cimage_into_srgb(icc, icc.count, samples, depth, pixels, &result, message)
    }
    return result
  }

  /// The picture's colours in this profile, which must be a reversible one for RGB.
  ///
  /// - Throws: ``ImageError/cannotEncode(format:width:height:reason:)``.
  package func colors(ofSRGB image: Image) throws -> Image {
    precondition(space == .rgb && isReversible)
    if isSRGB { return image }
    var result = image
    do {
      try Self.calling { message in
        cimage_from_srgb(
          icc, icc.count, image.pixels, image.width * image.height, &result.pixels, message)
      }
    } catch {
      throw ImageError.cannotEncode(
        format: .png, width: image.width, height: image.height, reason: error.reason)
    }
    return result
  }

  private static func calling(
    _ body: (UnsafeMutablePointer<CChar>) -> Int32
  ) throws(Unusable) {
    var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_LENGTH))
    guard body(&message) == 1 else { throw Unusable(reason: String(message: message)) }
  }

  private static func bytes(
    _ body: (UnsafeMutablePointer<CImageBytes>, UnsafeMutablePointer<CChar>) -> Int32
  ) throws(Unusable) -> [UInt8] {
    var made = CImageBytes()
    defer { cimage_free(&made) }
    try calling { body(&made, $0) }
    return made.array
  }
}

extension CImageBytes {
  var array: [UInt8] { bytes.map { Array(UnsafeBufferPointer(start: $0, count: count)) } ?? [] }
}
