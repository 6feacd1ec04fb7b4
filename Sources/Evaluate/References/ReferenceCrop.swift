import Pictures

extension Image {
  /// How ``croppedForReference(side:)`` prepares real pictures; for reports and files.
  package static let referencePreparation =
    "shorter side resized to 512 (bilinear, antialiased as in Pillow), centre crop of 512x512"

  /// A real picture as the official evaluation prepares it before features are taken.
  ///
  /// - Throws: ``EncoderError/tooElongated(width:height:)``.
  /// - Source: scripts/create_square_gt_for_fid.py of Paint-by-Example.
  package func croppedForReference(side: Int = 512) throws -> Image {
    try middleSquare(side, filter: .bilinear)
  }
}
