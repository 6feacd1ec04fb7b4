import Foundation

/// Colours are chosen by lightness, chroma and hue, computed with in linear sRGB and stored as sRGB.
enum Color {
  /// Linear sRGB of a colour in OKLCH; chroma is lowered until the colour can be shown.
  ///
  /// - Source: Ottosson, "A perceptual color space for image processing", 2020.
  static func oklch(_ lightness: Float, _ chroma: Float, _ hue: Float) -> Vector {
    var chroma = chroma
    while true {
      let color = oklab(lightness, chroma * cos(hue), chroma * sin(hue))
      if (color.min() >= 0 && color.max() <= 1) || chroma < 0.005 {
        return color.clamped(lowerBound: .zero, upperBound: .one)
      }
      chroma *= 0.95
    }
  }

  private static func oklab(_ lightness: Float, _ a: Float, _ b: Float) -> Vector {
    let l = lightness + 0.3963377774 * a + 0.2158037573 * b
    let m = lightness - 0.1055613458 * a - 0.0638541728 * b
    let s = lightness - 0.0894841775 * a - 1.2914855480 * b
    let cubes = Vector(l * l * l, m * m * m, s * s * s)
    return Vector(
      cubes.dot([4.0767416621, -3.3077115913, 0.2309699292]),
      cubes.dot([-1.2684380046, 2.6097574011, -0.3413193965]),
      cubes.dot([-0.0041960863, -0.7034186147, 1.7076147010]))
  }

  /// Light to picture: a soft shoulder above 0.6 instead of clipping, then the sRGB curve.
  static func display(_ light: Vector) -> Vector {
    Vector(encoded(light.x), encoded(light.y), encoded(light.z))
  }

  private static func encoded(_ light: Float) -> Float {
    let shoulder = light < 0.6 ? max(light, 0) : 1 - 0.4 * exp((0.6 - light) / 0.4)
    return shoulder < 0.0031308
      ? 12.92 * shoulder : 1.055 * pow(shoulder, 1 / 2.4) - 0.055
  }
}
