import Foundation
import Pictures

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
    var map = [Double](repeating: 0, count: width * height)
    for channel in 0..<3 {
      let x = plane(channel)
      let y = other.plane(channel)
      let window = GaussianWindow(width: width, height: height)
      let moments = WindowMoments(
        x: window.average(x), y: window.average(y), xx: window.average(products(x, x)),
        yy: window.average(products(y, y)), xy: window.average(products(x, y)))
      moments.addSimilarity(to: &map)
    }
    for i in map.indices { map[i] /= 3 }
    return map
  }

  private func plane(_ channel: Int) -> [Double] {
    stride(from: channel, to: pixels.count, by: 3).map { Double(pixels[$0]) }
  }

  private func products(_ a: [Double], _ b: [Double]) -> [Double] {
    a.indices.map { a[$0] * b[$0] }
  }
}

/// Means of x, y, x², y² and xy in the window around each pixel.
private struct WindowMoments {
  let x, y, xx, yy, xy: [Double]

  func addSimilarity(to map: inout [Double]) {
    let c1 = (0.01 * 255) * (0.01 * 255)
    let c2 = (0.03 * 255) * (0.03 * 255)
    for i in map.indices {
      let (a, b) = (x[i], y[i])
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
  private let weights: [Double]
  private static let radius = 5

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    let bell = (-Self.radius...Self.radius).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
    let sum = bell.reduce(0, +)
    weights = bell.map { $0 / sum }
  }

  func average(_ plane: [Double]) -> [Double] {
    alongRows(alongColumns(plane))
  }

  private func alongColumns(_ plane: [Double]) -> [Double] {
    var output = [Double](repeating: 0, count: plane.count)
    for y in 0..<height {
      for (tap, weight) in weights.enumerated() {
        let from = mirrored(y + tap - Self.radius, height) * width
        for x in 0..<width { output[y * width + x] += weight * plane[from + x] }
      }
    }
    return output
  }

  private func alongRows(_ plane: [Double]) -> [Double] {
    let sources = (0..<width + 2 * Self.radius).map { mirrored($0 - Self.radius, width) }
    var output = [Double](repeating: 0, count: plane.count)
    for y in 0..<height {
      let padded = sources.map { plane[y * width + $0] }
      for (tap, weight) in weights.enumerated() {
        for x in 0..<width { output[y * width + x] += weight * padded[x + tap] }
      }
    }
    return output
  }

  /// The pixel that stands at a position outside `0..<size`: `… 1 0 | 0 1 2 … n−1 | n−1 n−2 …`.
  private func mirrored(_ position: Int, _ size: Int) -> Int {
    let period = 2 * size
    let place = ((position % period) + period) % period
    return place < size ? place : period - 1 - place
  }
}
