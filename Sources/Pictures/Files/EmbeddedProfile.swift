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
    case .jpeg:
      guard let icc = try jpeg(bytes) else { return nil }
      return try ColorProfile(icc: icc)
    case .png:
      return try PNGColor(bytes).profile()
    }
  }

  /// The bytes in a JPEG's APP2 segments.
  private static func jpeg(_ bytes: [UInt8]) throws(ColorProfile.Unusable) -> [UInt8]? {
    var icc = CImageBytes()
    defer { cimage_free(&icc) }
    var message = [CChar](repeating: 0, count: Int(CIMAGE_MESSAGE_LENGTH))
    guard cimage_jpeg_profile(bytes, bytes.count, &icc, &message) == 1 else {
      throw ColorProfile.Unusable(reason: String(message: message))
    }
    return icc.count > 0 ? icc.array : nil
  }
}
