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

  /// Lightness, chroma and hue (degrees, 0 to 360) of a colour in linear sRGB; undoes `oklch`.
  static func perceived(_ color: Vector) -> (lightness: Float, chroma: Float, hue: Float) {
    let l = cbrt(color.dot([0.4122214708, 0.5363325363, 0.0514459929]))
    let m = cbrt(color.dot([0.2119034982, 0.6806995451, 0.1073969566]))
    let s = cbrt(color.dot([0.0883024619, 0.2817188376, 0.6299787005]))
    let roots = Vector(l, m, s)
    let lightness = roots.dot([0.2104542553, 0.7936177850, -0.0040720468])
    let a = roots.dot([1.9779984951, -2.4285922050, 0.4505937099])
    let b = roots.dot([0.0259040371, 0.7827717662, -0.8086757660])
    let degrees = atan2(b, a) * 180 / .pi
    return (lightness, (a * a + b * b).squareRoot(), degrees < 0 ? degrees + 360 : degrees)
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
