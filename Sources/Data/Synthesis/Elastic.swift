import Foundation
import Tensors

extension DisplacementField {
  /// A smooth random field: noise uniform in ±alpha for each pixel, smoothed by a Gaussian. nil if
  /// it moves nothing by 1/64 pixel: OpenCV, which rounds to 1/32, would return the same picture.
  ///
  /// A field this smooth needs no noise at every pixel. It is drawn on a grid a quarter of `sigma`
  /// apart, whose values stand for the mean of the pixels they cover (so their deviation is that
  /// of one pixel divided by the spacing), and interpolated in between.
  ///
  /// - Source: Simard et al., "Best practices for convolutional neural networks", ICDAR 2003;
  ///   albumentations, `ElasticTransform` (mirrored at the border, edge sample repeated).
  package static func random(
    width: Int, height: Int, alpha: Float, sigma: Float, using random: inout RandomStream
  ) -> DisplacementField? {
    let spacing = max(1, Int(sigma / 4))
    let (columns, rows) = (width / spacing + 2, height / spacing + 2)
    let kernel = smoothingKernel(sigma: sigma / Float(spacing))
    let grids = (0..<2).map { _ in
      let noise = (0..<rows * columns).map { _ in
        random.uniform(-alpha, alpha) / Float(spacing)
      }
      let smooth = smoothedRowsTransposed(noise, rows, columns, kernel)
      return smoothedRowsTransposed(smooth, columns, rows, kernel)
    }
    guard grids.joined().contains(where: { abs($0) >= 1 / 64 }) else { return nil }
    let fields = grids.map {
      interpolated($0, columns, width: width, height: height, spacing: spacing)
    }
    return DisplacementField(dx: fields[0], dy: fields[1])
  }

  /// A Gaussian cut at four deviations, of sum 1; its middle is at `count / 2`.
  private static func smoothingKernel(sigma: Float) -> [Float] {
    let radius = max(1, Int(4 * sigma + 0.5))
    let weights = (-radius...radius).map { exp(-0.5 * pow(Float($0) / sigma, 2)) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  private static func smoothedRowsTransposed(
    _ values: [Float], _ rows: Int, _ columns: Int, _ kernel: [Float]
  ) -> [Float] {
    let radius = kernel.count / 2
    // Mirrored with the edge sample repeated: period 2·columns.
    let places = (-radius..<columns + radius).map { i in
      let place = ((i % (2 * columns)) + 2 * columns) % (2 * columns)
      return min(place, 2 * columns - 1 - place)
    }
    var result = [Float](repeating: 0, count: values.count)
    for row in 0..<rows {
      let line = places.map { values[row * columns + $0] }
      for column in 0..<columns {
        var sum: Float = 0
        for k in kernel.indices { sum += kernel[k] * line[column + k] }
        result[column * rows + row] = sum
      }
    }
    return result
  }

  private static func interpolated(
    _ grid: [Float], _ columns: Int, width: Int, height: Int, spacing: Int
  ) -> [Float] {
    var result = [Float](repeating: 0, count: width * height)
    for y in 0..<height {
      let (row, q) = (y / spacing, Float(y % spacing) / Float(spacing))
      for x in 0..<width {
        let (column, p) = (x / spacing, Float(x % spacing) / Float(spacing))
        let i = row * columns + column
        let upper = grid[i] + p * (grid[i + 1] - grid[i])
        let lower = grid[i + columns] + p * (grid[i + columns + 1] - grid[i + columns])
        result[y * width + x] = upper + q * (lower - upper)
      }
    }
    return result
  }
}

extension AffineMap {
  /// The affine part of the elastic deformation: three corners of a square of a third of the
  /// picture about its centre, each moved by up to `shift` pixels along either axis.
  ///
  /// - Source: albumentations 0.4.3, `elastic_transform`.
  package static func random(
    width: Int, height: Int, shift: Float, using random: inout RandomStream
  ) -> AffineMap? {
    let (x, y) = (Double(width / 2), Double(height / 2))
    let side = Double(min(width, height) / 3)
    let corners = [(x + side, y + side), (x + side, y - side), (x - side, y - side)]
    let moved = corners.map { corner in
      let dx = Double(random.uniform(-shift, shift))
      return (corner.0 + dx, corner.1 + Double(random.uniform(-shift, shift)))
    }
    return taking(corners, to: moved)
  }
}
