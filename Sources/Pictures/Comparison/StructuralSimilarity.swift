import Foundation

extension Image {
  /// Structural similarity of two pictures of equal size around each pixel, mean of the channels.
  ///
  /// Every pixel is a centre: beyond the border the picture is mirrored (the edge pixel is
  /// repeated), as in scikit-image's full map.
  ///
  /// - Returns: `height × width` values, at most 1; 1 where the windows are equal.
  /// - Source: Wang et al. 2004, with its window (Gaussian, 11 × 11, σ 1.5) and constants; equals
  ///   scikit-image's `structural_similarity(gaussian_weights=True, sigma=1.5,
  ///   use_sample_covariance=False, data_range=255, channel_axis=2, full=True)`.
  package func structuralSimilarity(_ other: Image) -> [Double] {
    precondition(width == other.width && height == other.height)
    let window = GaussianWindow(width: width, height: height)
    var map = [Double](repeating: 0, count: width * height)
    for channel in 0..<3 { addSimilarity(plane(channel), other.plane(channel), window, to: &map) }
    return map.map { $0 / 3 }
  }

  private func plane(_ channel: Int) -> [Double] {
    stride(from: channel, to: pixels.count, by: 3).map { Double(pixels[$0]) }
  }

  private func addSimilarity(
    _ x: [Double], _ y: [Double], _ window: GaussianWindow, to map: inout [Double]
  ) {
    func mean(_ value: (Int) -> Double) -> [Double] { window.average(x.indices.map(value)) }
    let (meansOfX, meansOfY) = (window.average(x), window.average(y))
    let (xx, yy, xy) = (mean { x[$0] * x[$0] }, mean { y[$0] * y[$0] }, mean { x[$0] * y[$0] })
    let c1 = (0.01 * 255) * (0.01 * 255)
    let c2 = (0.03 * 255) * (0.03 * 255)
    for i in map.indices {
      let (a, b) = (meansOfX[i], meansOfY[i])
      let variances = (xx[i] - a * a) + (yy[i] - b * b)
      let covariance = xy[i] - a * b
      let numerator = (2 * a * b + c1) * (2 * covariance + c2)
      map[i] += numerator / ((a * a + b * b + c1) * (variances + c2))
    }
  }
}

/// The weighted mean over an 11 × 11 window, σ 1.5, of planes of one size.
private struct GaussianWindow {
  let width: Int
  let height: Int
  private static let radius = 5
  private static let weights: [Double] = {
    let bell = (-radius...radius).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
    let sum = bell.reduce(0, +)
    return bell.map { $0 / sum }
  }()

  /// Along columns, then along rows.
  func average(_ plane: [Double]) -> [Double] {
    let rows = Self.sources(height)
    let columns = Self.sources(width)
    var down = [Double](repeating: 0, count: plane.count)
    var output = down
    for y in 0..<height {
      for (tap, weight) in Self.weights.enumerated() {
        let from = rows[y + tap] * width
        for x in 0..<width { down[y * width + x] += weight * plane[from + x] }
      }
      let padded = columns.map { down[y * width + $0] }
      for (tap, weight) in Self.weights.enumerated() {
        for x in 0..<width { output[y * width + x] += weight * padded[x + tap] }
      }
    }
    return output
  }

  /// What stands at the positions from `−radius` to `size + radius`, the picture being mirrored:
  /// `… 1 0 | 0 1 2 … n−1 | n−1 n−2 …`.
  private static func sources(_ size: Int) -> [Int] {
    (-radius..<size + radius).map { position in
      let place = ((position % (2 * size)) + 2 * size) % (2 * size)
      return place < size ? place : 2 * size - 1 - place
    }
  }
}
