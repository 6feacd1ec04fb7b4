/// Photoshop's way to change the saturation of one pixel: away from its HSL lightness, or towards it.
///
/// - Source: `apply_saturation_filter` in ps_filters.py of rockeyben/DCCF.
struct SaturationFilter {
  let pixel: SIMD3<Float>
  /// What the amount does to each channel.
  let byAmount: SIMD3<Float>
  // What each channel, the lightness and HSL's saturation do to it.
  private let byChannel: SIMD3<Float>
  private let byLightness: SIMD3<Float>
  private let bySaturation: SIMD3<Float>
  private let extremes: Extremes

  private static let limit: Float = 0.99
  private static let epsilon: Float = 1e-20

  /// - Parameters:
  ///   - pixel: in [0, 1].
  ///   - amount: −1 is grey, 1 as far as it goes.
  init(_ source: SIMD3<Float>, amount: Float) {
    extremes = Extremes(source)
    let lightness = (extremes.largest + extremes.smallest) / 2
    let strength = min(max(amount, -Self.limit), Self.limit)
    let distance = source - lightness
    var changed = source
    var (channel, light, saturated, gain) = (SIMD3<Float>.one, Float(0), Float(0), Float(0))
    if extremes.chroma != 0 {
      if strength < 0 {
        changed = lightness + distance * (1 + strength)
        (channel, light, gain) = (.init(repeating: 1 + strength), -strength, 1)
      } else {
        let saturation = Self.saturation(extremes)
        let isFull = saturation >= 1 - strength
        let scale = 1 / ((isFull ? saturation : 1 - strength) + Self.epsilon)
        changed = source + distance * (scale - 1)
        (channel, light) = (.init(repeating: scale), 1 - scale)
        if isFull { saturated = -scale * scale } else { gain = scale * scale }
      }
    }
    let (inside, flow) = changed.clampedToUnit
    pixel = (source + (inside - source)).clampedToUnit.pixel
    let isInRange = abs(amount) <= Self.limit
    byAmount = isInRange ? flow * distance * gain : .zero
    byChannel = flow * channel
    byLightness = flow * light
    bySaturation = flow * distance * saturated
  }

  /// HSL's.
  private static func saturation(_ extremes: Extremes) -> Float {
    let sum = extremes.largest + extremes.smallest
    let isDark = sum / 2 < 0.5
    if isDark { return sum > 0 ? extremes.chroma / (sum + epsilon) : 0 }
    return sum < 2 ? extremes.chroma / (2 - sum + epsilon) : 0
  }

  /// From the gradient of the changed pixel to that of its source.
  func pullback(_ d: SIMD3<Float>) -> SIMD3<Float> {
    var gradient = d * byChannel
    let light = d.dot(byLightness) / 2
    let saturation = d.dot(bySaturation)
    let sum = extremes.largest + extremes.smallest
    let isDark = sum / 2 < 0.5
    let room = isDark ? sum : 2 - sum
    let slope = room > 0 ? 1 / room : 0
    // Dark: δ / sum falls with the sum; light: δ / (2 − sum) rises with it.
    let drift = extremes.chroma * slope * slope * (isDark ? -1 : 1)
    gradient[extremes.top] += light + saturation * (slope + drift)
    gradient[extremes.bottom] += light + saturation * (drift - slope)
    return gradient
  }
}
