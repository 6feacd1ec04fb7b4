import Foundation

extension Image {
  /// CIE L*a*b* under D65, 2° observer: three channels, L in 0…100, a and b about −128…127.
  ///
  /// - Source: IEC 61966-2-1 (sRGB) and CIE 15; matrix and constants as scikit-image's `rgb2lab`.
  public func lab() -> FloatImage {
    let count = pixels.count
    let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      for i in stride(from: 0, to: count, by: 3) {
        let red = linear[Int(pixels[i])]
        let green = linear[Int(pixels[i + 1])]
        let blue = linear[Int(pixels[i + 2])]
        let x = lightness((0.412453 * red + 0.357580 * green + 0.180423 * blue) / 0.95047)
        let y = lightness(0.212671 * red + 0.715160 * green + 0.072169 * blue)
        let z = lightness((0.019334 * red + 0.119193 * green + 0.950227 * blue) / 1.08883)
        buffer[i] = 116 * y - 16
        buffer[i + 1] = 500 * (x - y)
        buffer[i + 2] = 200 * (y - z)
      }
      initialized = count
    }
    return FloatImage(width: width, height: height, channels: 3, pixels: values)
  }
}

/// Linear light of an 8-bit sRGB value.
private let linear: [Float] = (0..<256).map { byte in
  let value = Float(byte) / 255
  return value > 0.04045 ? powf((value + 0.055) / 1.055, 2.4) : value / 12.92
}

private func lightness(_ ratio: Float) -> Float {
  ratio > 0.008856 ? cbrtf(ratio) : 7.787 * ratio + 16 / 116
}
