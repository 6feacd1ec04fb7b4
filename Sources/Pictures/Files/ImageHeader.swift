/// What a picture's header tells without decoding it.
public struct ImageHeader: Sendable, Equatable, Codable {
  public let format: ImageFormat
  /// Size as displayed: after the EXIF orientation.
  public let width: Int
  public let height: Int
  /// EXIF orientation, 1…8; 1 is upright.
  public let orientation: Int

  /// Size of the stored pixels, before the EXIF orientation.
  package var stored: (width: Int, height: Int) {
    orientation >= 5 ? (height, width) : (width, height)
  }

  package init(_ format: ImageFormat, storedWidth: Int, storedHeight: Int, orientation: Int) {
    self.format = format
    self.orientation = orientation
    (width, height) =
      orientation >= 5 ? (storedHeight, storedWidth) : (storedWidth, storedHeight)
  }
}
