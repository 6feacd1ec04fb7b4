import Foundation
import Pictures
import Tensors

extension AugmentationSettings {
  /// An affine map that moves three points by up to `affine` pixels, then a smooth random field.
  public struct Elastic: Augmentation {
    package static let name = "elastic"
    /// What ``alpha`` may be.
    public static let alphas: ClosedRange<Float> = 0...10_000
    /// What ``sigma`` may be.
    public static let sigmas: ClosedRange<Float> = 0.1...1000
    /// What ``affine`` may be: half the reference.
    public static let shifts: ClosedRange<Float> = 0...112

    public var enabled = true
    public var probability: Float = 0.3
    /// Height of the field: noise uniform in ±alpha before smoothing. At the default the field moves
    /// nothing by even a hundredth of a pixel, so the affine map is all there is to see.
    public var alpha: Float = 1
    /// Standard deviation of the Gaussian that smooths the field.
    public var sigma: Float = 50
    /// Largest shift, per coordinate, of the affine map's three points.
    public var affine: Float = 50

    public init() {}

    package func drawn(size: Int, using random: inout RandomStream) -> Drawn {
      Drawn(settings: self, seed: random.next())
    }

    package func validate() throws(SynthesisError) {
      let limits = [
        ("sigma", sigma, Self.sigmas), ("alpha", alpha, Self.alphas),
        ("affine", affine, Self.shifts),
      ]
      for (key, value, range) in limits {
        try SynthesisError.require(
          value, in: range, "augmentation.elastic.\(key)", unit: "pixels")
      }
    }

    package struct Drawn: DrawnAugmentation {
      let settings: Elastic
      let seed: UInt64

      package func applied(to picture: Image) -> Image {
        var random = RandomStream(seed: seed, purpose: "elastic")
        return picture.elasticallyDeformed(settings, using: &random)
      }
    }
  }
}

extension Image {
  /// An affine map, then a smooth field (see `DisplacementField.random`).
  ///
  /// - Source: albumentations 0.4.3, `ElasticTransform`.
  package func elasticallyDeformed(
    _ settings: AugmentationSettings.Elastic, using random: inout RandomStream
  ) -> Image {
    let scale = Float(width) / 224
    let map = AffineMap.random(
      width: width, height: height, shift: settings.affine * scale, using: &random)
    let picture = map.map { warped(by: $0) } ?? self
    // Smoothed noise is in proportion to alpha / sigma: with alpha · s² and sigma · s its offsets
    // scale by s, as lengths should.
    let field = DisplacementField.random(
      width: width, height: height, alpha: settings.alpha * scale * scale,
      sigma: settings.sigma * scale, using: &random)
    return field.map { picture.warped(by: $0) } ?? picture
  }
}

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
