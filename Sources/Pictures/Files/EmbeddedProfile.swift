import CImage

/// Where files say what their colours mean.
enum EmbeddedProfile {
  /// The profile of a whole file; nil if it has none or says sRGB.
  ///
  /// - Throws: ``ColorProfile/Unusable``.
  static func find(
    in bytes: [UInt8], _ format: ImageFormat
  ) throws(ColorProfile.Unusable) -> ColorProfile? {
    switch format {
    case .jpeg: try profile { cimage_jpeg_profile(bytes, bytes.count, $0, $1) }
    case .png: try PNGColor(bytes).profile()
    case .webP: try profile { cimage_webp_profile(bytes, bytes.count, $0, $1) }
    case .tiff: try profile { cimage_tiff_profile(bytes, bytes.count, $0, $1) }
    }
  }

  /// The profile whose bytes a function of CImage finds, if it finds any.
  private static func profile(
    _ find: (UnsafeMutablePointer<CImageBytes>, UnsafeMutablePointer<CChar>) -> Int32
  ) throws(ColorProfile.Unusable) -> ColorProfile? {
    var icc = CImageBytes()
    defer { cimage_free(&icc) }
    var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_LENGTH))
    guard find(&icc, &message) == 1 else {
      throw ColorProfile.Unusable(reason: String(message: message))
    }
    return icc.count > 0 ? try ColorProfile(icc: icc.array) : nil
  }
}
