import Pictures

extension Image {
  /// How ``croppedForReference(side:)`` prepares real pictures; for reports and files.
  package static let referencePreparation =
    "shorter side resized to 512 (bilinear, antialiased as in Pillow), centre crop of 512x512"

  /// A real picture as the official evaluation prepares it before features are taken: the shorter
  /// side resized to `side`, the middle square kept. A square of that size stays as it is.
  ///
  /// - Throws: ``EncoderError/tooElongated(width:height:)``.
  /// - Source: scripts/create_square_gt_for_fid.py of Paint-by-Example.
  package func croppedForReference(side: Int = 512) throws -> Image {
    let shorter = min(width, height)
    let (newWidth, newHeight) = (side * width / shorter, side * height / shorter)
    guard newWidth * newHeight <= 1 << 26 else {
      throw EncoderError.tooElongated(width: width, height: height)
    }
    let resized = resized(width: newWidth, height: newHeight, filter: .bilinear)
    let margin = { (length: Int) in Int((Double(length - side) / 2).rounded(.toNearestOrEven)) }
    return resized.cropped(
      to: PixelRectangle(x: margin(newWidth), y: margin(newHeight), width: side, height: side))
  }
}
