import Foundation
import Pictures

extension Image {
  /// The picture with the colours inside the mask moved to meet another's at the mask's border.
  ///
  /// Both show the same there, so how they differ just outside the mask is what the network and its
  /// autoencoder do to colours. That difference is continued smoothly into the mask and fades.
  ///
  /// - Parameters:
  ///   - other: of the same size.
  ///   - rectangle: where this picture is the network's; a border beyond it tells nothing.
  ///   - depth: of each pixel in the mask, from `GrayImage.depthInside()`.
  ///   - reach: the depth after which 1/e of the difference is left.
  func matchingSeam(
    with other: Image, in rectangle: PixelRectangle, depth: [Float], reach: Float
  ) -> Image {
    var field = SparseColours(width: width, height: height)
    for y in rectangle.y..<rectangle.bottom {
      for x in rectangle.x..<rectangle.right {
        let place = y * width + x
        guard depth[place] == 0, isBeside(x, y, depth) else { continue }
        field[place] = other.colour(place) - colour(place)
      }
    }
    let differences = field.filled()
    var result = self
    for place in depth.indices where depth[place] > 0 {
      let share = exp((1 - depth[place]) / reach)
      let moved = colour(place) + share * differences[place]
      for channel in 0..<3 {
        result.pixels[3 * place + channel] = UInt8(min(max(moved[channel].rounded(), 0), 255))
      }
    }
    return result
  }

  private func colour(_ place: Int) -> SIMD3<Float> {
    SIMD3(Float(pixels[3 * place]), Float(pixels[3 * place + 1]), Float(pixels[3 * place + 2]))
  }

  /// Whether a pixel left, right, above or below is masked.
  private func isBeside(_ x: Int, _ y: Int, _ depth: [Float]) -> Bool {
    let place = y * width + x
    return (x > 0 && depth[place - 1] > 0) || (x + 1 < width && depth[place + 1] > 0)
      || (y > 0 && depth[place - width] > 0) || (y + 1 < height && depth[place + width] > 0)
  }
}

/// Colours that are known at some pixels.
///
/// - Source: the pull-push algorithm, Gortler et al. 1996, “The Lumigraph”, section 3.6.
struct SparseColours {
  private let width: Int
  private let height: Int
  private var colours: [SIMD3<Float>]
  /// How well each is known, 0…1.
  private var certainties: [Float]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    colours = Array(repeating: SIMD3(), count: width * height)
    certainties = Array(repeating: 0, count: width * height)
  }

  subscript(place: Int) -> SIMD3<Float> {
    get { colours[place] }
    set { (colours[place], certainties[place]) = (newValue, 1) }
  }

  /// A colour for every pixel: the known ones as they are, between and beyond them a smooth
  /// continuation; 0 where none is known at all.
  func filled() -> [SIMD3<Float>] {
    guard width > 1 || height > 1 else { return colours }
    let coarse = halved()
    let below = coarse.filled()
    return colours.indices.map { place in
      let certainty = certainties[place]
      if certainty == 1 { return colours[place] }
      let (x, y) = (Float(place % width), Float(place / width))
      let smooth = coarse.interpolated(below, x / 2 - 0.25, y / 2 - 0.25)
      return certainty * colours[place] + (1 - certainty) * smooth
    }
  }

  /// Half as many columns and rows, each the mean of what is known of up to four.
  private func halved() -> SparseColours {
    var result = SparseColours(width: (width + 1) / 2, height: (height + 1) / 2)
    for place in colours.indices where certainties[place] > 0 {
      let target = place / width / 2 * result.width + place % width / 2
      result.colours[target] += certainties[place] * colours[place]
      result.certainties[target] += certainties[place]
    }
    for place in result.colours.indices where result.certainties[place] > 0 {
      result.colours[place] /= result.certainties[place]
      result.certainties[place] = min(result.certainties[place], 1)
    }
    return result
  }

  /// Bilinear, between the centres of pixels.
  private func interpolated(
    _ values: [SIMD3<Float>], _ x: Float, _ y: Float
  ) -> SIMD3<Float> {
    let (x, y) = (min(max(x, 0), Float(width - 1)), min(max(y, 0), Float(height - 1)))
    let (left, top) = (Int(x), Int(y))
    let (right, bottom) = (min(left + 1, width - 1), min(top + 1, height - 1))
    let (across, down) = (x - Float(left), y - Float(top))
    func row(_ y: Int) -> SIMD3<Float> {
      let (start, end) = (values[y * width + left], values[y * width + right])
      return start + across * (end - start)
    }
    let (upper, lower) = (row(top), row(bottom))
    return upper + down * (lower - upper)
  }
}
