import Foundation
import Pictures
import Tensors

/// What is done to one reference picture: the random numbers of its augmentation, drawn.
package struct Augmentation: Sendable, Equatable {
  package var flips = false
  /// Degrees, counter-clockwise.
  package var angle: Float?
  /// Pixels on each side of the middle one that are averaged.
  package var blurRadius: Int?
  /// The seed of the elastic deformation.
  package var elasticSeed: UInt64?

  /// Draws from `random` the same numbers whatever is switched on, so that an ablation without
  /// one augmentation differs in nothing else.
  ///
  /// - Parameter size: side of the reference; lengths in `settings` are for 224.
  package init(
    _ settings: AugmentationSettings, size: Int, using random: inout RandomStream
  ) {
    let flips = random.chance(settings.flip.probability)
    let rotates = random.chance(settings.rotate.probability)
    let angle = random.uniform(-1, 1) * settings.rotate.limit
    let blurs = random.chance(settings.blur.probability)
    let (smallest, largest) = (settings.blur.smallest / 2, settings.blur.largest / 2)
    let radius = Float(random.integer(smallest...max(smallest, largest)))
    let warps = random.chance(settings.elastic.probability)
    let elasticSeed = random.next()

    self.flips = flips && settings.flip.enabled
    self.angle = rotates && settings.rotate.enabled ? angle : nil
    let scaled = Int((radius * Float(size) / 224).rounded())
    blurRadius = blurs && settings.blur.enabled ? scaled : nil
    self.elasticSeed = warps && settings.elastic.enabled ? elasticSeed : nil
  }
}

extension Augmentation {
  package var isIdentity: Bool {
    !flips && angle == nil && blurRadius == nil && elasticSeed == nil
  }
}

extension Image {
  /// The reference after its augmentation, in the official order.
  ///
  /// 8 bits between the steps, as there.
  package func augmented(
    by augmentation: Augmentation, _ settings: AugmentationSettings
  ) -> Image {
    var picture = self
    if augmentation.flips { picture = picture.flippedHorizontally() }
    if let angle = augmentation.angle { picture = picture.rotated(degrees: angle) }
    if let radius = augmentation.blurRadius { picture = picture.blurred(radius: radius) }
    if let seed = augmentation.elasticSeed {
      var random = RandomStream(seed: seed, purpose: "elastic")
      picture = picture.elasticallyDeformed(settings.elastic, using: &random)
    }
    return picture
  }

  /// Counter-clockwise about the centre, mirrored at the border.
  package func rotated(degrees: Float) -> Image {
    warped(
      by: .rotation(
        degrees: Double(degrees), aboutX: Double(width) / 2, y: Double(height) / 2))
  }

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

  /// Mean of a square of side `2 · radius + 1`, mirrored at the border.
  ///
  /// - Source: OpenCV, `blur` with `BORDER_REFLECT_101`.
  package func blurred(radius: Int) -> Image {
    guard radius > 0 else { return self }
    let length = width * 3
    let side = 2 * radius + 1
    let sums = rowSums(radius: radius)
    var result = self
    var total = [UInt32](repeating: 0, count: length)
    let share = 1 / Float(side * side)
    for y in 0..<height {
      total.withUnsafeMutableBufferPointer { total in
        total.update(repeating: 0)
        for offset in -radius...radius {
          let start = mirrored(y + offset, height) * length
          sums.withUnsafeBufferPointer { sums in
            for i in 0..<length { total[i] &+= sums[start &+ i] }
          }
        }
        result.pixels.withUnsafeMutableBufferPointer { pixels in
          for i in 0..<length {
            pixels[y &* length &+ i] = UInt8(Float(total[i]) * share + 0.5)
          }
        }
      }
    }
    return result
  }

  /// For each sample the sum of those up to `radius` pixels to its left and right.
  private func rowSums(radius: Int) -> [UInt32] {
    let length = width * 3
    let places = (-radius..<width + radius).map { mirrored($0, width) * 3 }
    var padded = [UInt32](repeating: 0, count: places.count * 3)
    var sums = [UInt32](repeating: 0, count: pixels.count)
    for y in 0..<height {
      for (i, place) in places.enumerated() {
        for channel in 0..<3 {
          padded[i * 3 + channel] = UInt32(pixels[y * length + place + channel])
        }
      }
      sums.withUnsafeMutableBufferPointer { sums in
        padded.withUnsafeBufferPointer { padded in
          for shift in 0...2 * radius {
            for i in 0..<length { sums[y &* length &+ i] &+= padded[i &+ shift &* 3] }
          }
        }
      }
    }
    return sums
  }
}
