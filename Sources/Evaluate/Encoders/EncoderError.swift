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
