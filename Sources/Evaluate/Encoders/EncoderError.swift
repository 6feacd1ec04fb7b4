import Pictures

/// Why a picture has no features.
public enum EncoderError: Error, Equatable, CustomStringConvertible {
  case tooElongated(width: Int, height: Int)
  case notFinite(encoder: String)

  public var description: String {
    switch self {
    case .tooElongated(let width, let height):
      "a picture of \(width)×\(height) pixels is too elongated to be resized by its shorter side; "
        + "crop it first"
    case .notFinite(let encoder):
      "\(encoder) gives NaN or infinity: its weights are not those of a trained network"
    }
  }
}

extension Image {
  /// The middle square of the picture, its shorter side resized to `side` before; a picture of that
  /// size stays as it is.
  ///
  /// - Throws: ``EncoderError/tooElongated(width:height:)``.
  func middleSquare(_ side: Int, filter: ResizeFilter) throws -> Image {
    let shorter = min(width, height)
    let (newWidth, newHeight) = (side * width / shorter, side * height / shorter)
    guard newWidth * newHeight <= 1 << 26 else {
      throw EncoderError.tooElongated(width: width, height: height)
    }
    // Half to even, as Python rounds.
    let margin = { (length: Int) in Int((Double(length - side) / 2).rounded(.toNearestOrEven)) }
    return resized(width: newWidth, height: newHeight, filter: filter).cropped(
      to: PixelRectangle(x: margin(newWidth), y: margin(newHeight), width: side, height: side))
  }
}
