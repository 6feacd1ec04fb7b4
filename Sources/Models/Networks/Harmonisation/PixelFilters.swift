/// DCCF's four filters at one pixel: luminance curve, saturation, hue, refinement.
///
/// Each of the first three changes one channel of HSV alone. The network's numbers are, in this order:
/// a 3×3 matrix and an offset for the hue, the slopes of the curve's segments and its minimum, the
/// saturation, and again a matrix and an offset, which together are made a unit vector.
///
/// - Source: `apply_filter` in dih_model_v3.py of rockeyben/DCCF, with `tune_method` "merge".
struct PixelFilters {
  /// Segments of the luminance curve.
  let curvePoints: Int

  /// Numbers that the network says about a pixel.
  static func count(curvePoints: Int) -> Int { 12 + curvePoints + 1 + 1 + 12 }

  private static let hue = 0
  private static let curve = 12
  private var minimum: Int { Self.curve + curvePoints }
  private var saturation: Int { minimum + 1 }
  private var refinement: Int { saturation + 1 }

  /// What the filters make of a pixel, and what training looks at on the way.
  struct Result {
    /// Channels in this order, as an array of numbers.
    static let count = 11

    /// HSV's value after the curve.
    var value: Float = 0
    /// Largest less smallest channel after the saturation.
    var chroma: Float = 0
    /// The filtered pixel moved to one lightness, 0.8: its hue and little else.
    var tint = SIMD3<Float>.zero
    /// After the first three filters.
    var filtered = SIMD3<Float>.zero
    /// After all.
    var refined = SIMD3<Float>.zero

    init() {}

    init(_ numbers: UnsafePointer<Float>) {
      (value, chroma) = (numbers[0], numbers[1])
      tint = SIMD3(numbers[2], numbers[3], numbers[4])
      filtered = SIMD3(numbers[5], numbers[6], numbers[7])
      refined = SIMD3(numbers[8], numbers[9], numbers[10])
    }

    /// Of a pixel that is as it should be.
    init(wanted pixel: SIMD3<Float>) {
      let extremes = Extremes(pixel)
      (value, chroma) = (extremes.largest, extremes.chroma)
      tint = PixelFilters.tint(pixel).pixel
      (filtered, refined) = (pixel, pixel)
    }

    func write(to numbers: UnsafeMutablePointer<Float>) {
      (numbers[0], numbers[1]) = (value, chroma)
      for c in 0..<3 {
        numbers[2 + c] = tint[c]
        numbers[5 + c] = filtered[c]
        numbers[8 + c] = refined[c]
      }
    }
  }

  func callAsFunction(_ pixel: SIMD3<Float>, _ numbers: UnsafePointer<Float>) -> Result {
    Steps(self, pixel, numbers).result
  }

  /// Adds to `gradient` what `d`, the result's gradient, means for the numbers.
  func pullback(
    _ d: Result, _ pixel: SIMD3<Float>, _ numbers: UnsafePointer<Float>,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    Steps(self, pixel, numbers).pullback(d, into: gradient)
  }
}

/// `out[j] = Σᵢ matrix[3 i + j] · pixel[i] + offset[j]`: twelve numbers, row by row.
private struct AffineColour {
  let numbers: UnsafePointer<Float>
  let scale: Float

  private func row(_ i: Int) -> SIMD3<Float> {
    SIMD3(numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2]) * scale
  }

  func callAsFunction(_ pixel: SIMD3<Float>) -> SIMD3<Float> {
    row(0) * pixel.x + row(1) * pixel.y + row(2) * pixel.z + row(3)
  }

  /// The gradient of the pixel.
  func pullback(_ d: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3(row(0).dot(d), row(1).dot(d), row(2).dot(d))
  }

  /// Adds the gradient of the (scaled) numbers.
  static func add(
    _ d: SIMD3<Float>, at pixel: SIMD3<Float>, to gradient: UnsafeMutablePointer<Float>
  ) {
    for j in 0..<3 {
      for i in 0..<3 { gradient[3 * i + j] += pixel[i] * d[j] }
      gradient[9 + j] += d[j]
    }
  }
}

extension PixelFilters {
  /// Everything between a pixel and its result.
  private struct Steps {
    let filters: PixelFilters
    let numbers: UnsafePointer<Float>
    let source: Float
    let curved: PixelOfHSV
    let value: Float
    let valueFlow: Float
    let saturated: SaturationFilter
    let newSaturation: OfPixel
    let coloured: PixelOfHSV
    let turnedFlow: SIMD3<Float>
    let newHue: OfPixel
    let filtered: PixelOfHSV
    let length: Float
    let refined: (pixel: SIMD3<Float>, flow: SIMD3<Float>)

    private var hue: AffineColour { AffineColour(numbers: numbers + PixelFilters.hue, scale: 1) }

    private var refinement: AffineColour {
      AffineColour(numbers: numbers + filters.refinement, scale: 1 / length)
    }

    init(_ filters: PixelFilters, _ pixel: SIMD3<Float>, _ numbers: UnsafePointer<Float>) {
      (self.filters, self.numbers) = (filters, numbers)
      let oldHue = OfPixel.hue(pixel).value
      source = Extremes(pixel).largest
      let raw = filters.curve(source, numbers)
      (value, valueFlow) = (min(max(raw, 0), 1), raw >= 0 && raw <= 1 ? 1 : 0)
      curved = PixelOfHSV(
        hue: oldHue, saturation: OfPixel.saturation(pixel).value, value: value)

      saturated = SaturationFilter(curved.pixel, amount: numbers[filters.saturation])
      newSaturation = OfPixel.saturation(saturated.pixel)
      coloured = PixelOfHSV(hue: oldHue, saturation: newSaturation.value, value: value)

      let matrix = AffineColour(numbers: numbers + PixelFilters.hue, scale: 1)
      let turned = matrix(coloured.pixel).clampedToUnit
      turnedFlow = turned.flow
      newHue = OfPixel.hue(turned.pixel)
      filtered = PixelOfHSV(
        hue: newHue.value, saturation: newSaturation.value, value: value)

      let squares = (0..<12).reduce(Float(0)) { sum, i in
        let number = numbers[filters.refinement + i]
        return sum + number * number
      }
      length = max(squares.squareRoot(), 1e-12)
      let refining = AffineColour(numbers: numbers + filters.refinement, scale: 1 / length)
      refined = refining(filtered.pixel).clampedToUnit
    }

    private var tint: (pixel: SIMD3<Float>, flow: SIMD3<Float>) {
      PixelFilters.tint(filtered.pixel)
    }

    var result: Result {
      var result = Result()
      (result.value, result.chroma) = (value, Extremes(coloured.pixel).chroma)
      (result.tint, result.filtered) = (tint.pixel, filtered.pixel)
      result.refined = refined.pixel
      return result
    }

    /// No gradient goes from the refinement back to the filters before it, as there.
    func pullback(_ d: Result, into gradient: UnsafeMutablePointer<Float>) {
      refine(d.refined * refined.flow, into: gradient + filters.refinement)
      var dFiltered = d.filtered
      let dTint = d.tint * tint.flow
      let extremes = Extremes(filtered.pixel)
      dFiltered += dTint
      dFiltered[extremes.top] -= dTint.sum() / 2
      dFiltered[extremes.bottom] -= dTint.sum() / 2

      let dTurned = newHue.gradient * dFiltered.dot(filtered.byHue) * turnedFlow
      AffineColour.add(dTurned, at: coloured.pixel, to: gradient + PixelFilters.hue)
      let dColoured = hue.pullback(dTurned)

      let dSaturation =
        dFiltered.dot(filtered.bySaturation) + dColoured.dot(coloured.bySaturation)
        + d.chroma * value
      let dSaturated = newSaturation.gradient * dSaturation
      gradient[filters.saturation] += dSaturated.dot(saturated.byAmount)
      let dCurved = saturated.pullback(dSaturated)

      let dValue =
        d.value + d.chroma * newSaturation.value + dFiltered.dot(filtered.byValue)
        + dColoured.dot(coloured.byValue) + dCurved.dot(curved.byValue)
      filters.addCurveGradient(dValue * valueFlow, source, numbers, to: gradient)
    }

    private func refine(_ d: SIMD3<Float>, into gradient: UnsafeMutablePointer<Float>) {
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 12) { unit in
        guard let base = unit.baseAddress else { return }
        base.initialize(repeating: 0, count: 12)
        AffineColour.add(d, at: filtered.pixel, to: base)
        let numbers = numbers + filters.refinement
        let along = (0..<12).reduce(Float(0)) { $0 + base[$1] * numbers[$1] } / length
        for i in 0..<12 { gradient[i] += (base[i] - along * numbers[i] / length) / length }
      }
    }
  }

  /// A pixel moved to one lightness: its hue and little else.
  static func tint(_ pixel: SIMD3<Float>) -> (pixel: SIMD3<Float>, flow: SIMD3<Float>) {
    let extremes = Extremes(pixel)
    let shift = tintLightness - (extremes.largest + extremes.smallest) / 2
    return (pixel + shift).clampedToUnit
  }

  private static let tintLightness: Float = 204.0 / 255
  private static let lowest: Float = 0.2

  /// `minimum + Σ slope[k] · max(v − k / n, 0)`.
  private func curve(_ value: Float, _ numbers: UnsafePointer<Float>) -> Float {
    let sum = (0..<curvePoints).reduce(Float(0)) { sum, k in
      sum + numbers[Self.curve + k] * max(value - Float(k) / Float(curvePoints), 0)
    }
    return sum + min(max(numbers[minimum], -Self.lowest), Self.lowest)
  }

  private func addCurveGradient(
    _ d: Float, _ value: Float, _ numbers: UnsafePointer<Float>,
    to gradient: UnsafeMutablePointer<Float>
  ) {
    for k in 0..<curvePoints {
      gradient[Self.curve + k] += d * max(value - Float(k) / Float(curvePoints), 0)
    }
    if abs(numbers[minimum]) <= Self.lowest { gradient[minimum] += d }
  }
}
