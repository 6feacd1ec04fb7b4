// DCCF's conversions of one pixel in [0, 1], with their derivatives. Which hue a grey has, and which
// channel counts as the largest of equal ones, decides pixels: all of it is as there.
//
// - Source: ps_filters.py of rockeyben/DCCF.

/// A number that follows from a pixel's channels.
struct OfPixel {
  let value: Float
  let gradient: SIMD3<Float>
}

/// The largest and the smallest channel of a pixel; the first of equal ones. NaN if any channel is.
struct Extremes {
  let largest: Float
  let smallest: Float
  let top: Int
  let bottom: Int

  init(_ pixel: SIMD3<Float>) {
    top = pixel.x >= pixel.y ? (pixel.x >= pixel.z ? 0 : 2) : (pixel.y >= pixel.z ? 1 : 2)
    bottom = pixel.x <= pixel.y ? (pixel.x <= pixel.z ? 0 : 2) : (pixel.y <= pixel.z ? 1 : 2)
    (largest, smallest) = pixel.sum().isNaN ? (.nan, .nan) : (pixel[top], pixel[bottom])
  }

  var chroma: Float { largest - smallest }
}

private let epsilon: Float = 1e-7

extension OfPixel {
  /// Hue in [0, 1]; a grey's is 0. Of equal largest channels red counts before green before blue.
  static func hue(_ pixel: SIMD3<Float>) -> OfPixel {
    let extremes = Extremes(pixel)
    guard extremes.chroma != 0 else { return OfPixel(value: 0, gradient: .zero) }
    let (sector, plus, minus): (Float, Int, Int)
    switch extremes.top {  // the first of equal ones
    case 0: (sector, plus, minus) = (0, 1, 2)
    case 1: (sector, plus, minus) = (2, 2, 0)
    default: (sector, plus, minus) = (4, 0, 1)
    }
    let scale = 1 / (extremes.chroma + epsilon)
    let difference = pixel[plus] - pixel[minus]
    var angle = sector + difference / (extremes.chroma + epsilon)
    if angle < 0 { angle += 6 }
    var gradient = SIMD3<Float>.zero
    gradient[plus] += scale
    gradient[minus] -= scale
    gradient[extremes.top] -= difference * scale * scale
    gradient[extremes.bottom] += difference * scale * scale
    return OfPixel(value: angle / 6, gradient: gradient / 6)
  }

  /// HSV's saturation; black's is 0.
  static func saturation(_ pixel: SIMD3<Float>) -> OfPixel {
    let extremes = Extremes(pixel)
    guard extremes.largest != 0 else { return OfPixel(value: 0, gradient: .zero) }
    let scale = 1 / (extremes.largest + epsilon)
    let value = extremes.chroma / (extremes.largest + epsilon)
    var gradient = SIMD3<Float>.zero
    gradient[extremes.top] += scale - value * scale
    gradient[extremes.bottom] -= scale
    return OfPixel(value: value, gradient: gradient)
  }
}

/// A pixel made of hue, saturation and value, and what each of them does to it.
struct PixelOfHSV {
  let pixel: SIMD3<Float>
  let byHue: SIMD3<Float>
  let bySaturation: SIMD3<Float>
  let byValue: SIMD3<Float>

  init(hue: Float, saturation: Float, value: Float) {
    let turns = hue - hue.rounded(.down)
    let (s, v) = (min(max(saturation, 0), 1), min(max(value, 0), 1))
    let sector = (turns * 6).rounded(.down)
    let fraction = turns * 6 - sector
    // p, q and t of the textbooks, and their derivatives by hue, saturation and value.
    let full = SIMD4<Float>(v, 0, 0, 1)
    let p = SIMD4<Float>(v * (1 - s), 0, -v, 1 - s)
    let q = SIMD4<Float>(v * (1 - fraction * s), -6 * v * s, -v * fraction, 1 - fraction * s)
    let rising = 1 - fraction
    let t = SIMD4<Float>(v * (1 - rising * s), 6 * v * s, -v * rising, 1 - rising * s)
    let channels: (SIMD4<Float>, SIMD4<Float>, SIMD4<Float>)
    switch sector {
    case 0: channels = (full, t, p)
    case 1: channels = (q, full, p)
    case 2: channels = (p, full, t)
    case 3: channels = (p, q, full)
    case 4: channels = (t, p, full)
    default: channels = (full, p, q)
    }
    func row(_ i: Int) -> SIMD3<Float> { SIMD3(channels.0[i], channels.1[i], channels.2[i]) }
    // As there, where every sector's channels are computed and those of others count 0 times.
    let isKnown = !(turns + s + v).isNaN
    pixel = isKnown ? row(0) : SIMD3(repeating: .nan)
    (byHue, bySaturation, byValue) = (row(1), row(2), row(3))
  }
}

extension SIMD3<Float> {
  /// The channels inside [0, 1] or NaN, and 1 for those through which gradients flow.
  var clampedToUnit: (pixel: SIMD3<Float>, flow: SIMD3<Float>) {
    let flow = SIMD3<Float>.zero.replacing(with: 1, where: (self .>= 0) .& (self .<= 1))
    let inside = clamped(lowerBound: .zero, upperBound: .one)
    return (inside.replacing(with: self, where: self .!= self), flow)
  }

  func dot(_ other: SIMD3<Float>) -> Float { (self * other).sum() }
}
