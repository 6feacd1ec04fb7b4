import Foundation
import Tensors

/// A random change of all colours: brightness, contrast, saturation, hue and white balance, as one affine
/// map of red, green and blue. What a harmoniser learns to undo.
///
/// Each number is how far its change goes at most, either way; 0 is none.
public struct Recolouring: Equatable, Sendable {
  /// Limits of every number.
  public static let limits: ClosedRange<Float> = 0...1

  /// Added to all channels, in units of the range from black to white.
  public var brightness: Float = 0.15
  /// Of the distance to middle grey.
  public var contrast: Float = 0.3
  /// Of the distance to the pixel's luma.
  public var saturation: Float = 0.4
  /// Of a turn around the axis of greys, in half turns.
  public var hue: Float = 0.06
  /// Of each channel's gain.
  public var whiteBalance: Float = 0.2

  public init() {}

  /// - Throws: ``SynthesisError/setting(key:found:expected:)``.
  package func validate() throws {
    let settings = [
      ("brightness", brightness), ("contrast", contrast), ("saturation", saturation), ("hue", hue),
      ("white_balance", whiteBalance),
    ]
    for (name, value) in settings where !Self.limits.contains(value) {
      throw SynthesisError.setting(
        key: "recolouring.\(name)", found: "\(value)", expected: "a number from 0 to 1")
    }
  }

  /// How many random numbers it takes does not depend on the settings.
  package func drawn(using random: inout RandomStream) -> DrawnRecolouring {
    func within(_ limit: Float) -> Float { limit * random.uniform(-1, 1) }
    let (light, stretch) = (within(brightness), 1 + within(contrast))
    let (vividness, turn) = (1 + within(saturation), within(hue) * .pi)
    let gains = SIMD3(1 + within(whiteBalance), 1 + within(whiteBalance), 1 + within(whiteBalance))
    return DrawnRecolouring(
      brightness: light, contrast: stretch, saturation: vividness, turn: turn, gains: gains)
  }
}

/// A change of colours that was drawn: `rows · x + offset`.
package struct DrawnRecolouring: Sendable, Equatable {
  package let rows: [SIMD3<Float>]
  package let offset: SIMD3<Float>

  private static let luma = SIMD3<Float>(0.299, 0.587, 0.114)

  fileprivate init(
    brightness: Float, contrast: Float, saturation: Float, turn: Float, gains: SIMD3<Float>
  ) {
    // Rodrigues' rotation around (1, 1, 1).
    let (cosine, sine) = (cos(turn), sin(turn) / Float(3).squareRoot())
    let third = (1 - cosine) / 3
    let (same, next, last) = (cosine + third, third - sine, third + sine)
    let turned: [SIMD3<Float>] = [
      SIMD3(same, next, last), SIMD3(last, same, next), SIMD3(next, last, same),
    ]
    // The luma of what was turned.
    let luma =
      turned[0] * Self.luma.x + turned[1] * Self.luma.y + turned[2] * Self.luma.z
    rows = turned.enumerated().map { c, row in
      (luma + (row - luma) * saturation) * contrast * gains[c]
    }
    offset = gains * (0.5 * (1 - contrast) + brightness)
  }

  /// A pixel in [0, 1], which it stays in.
  package func callAsFunction(_ pixel: SIMD3<Float>) -> SIMD3<Float> {
    let changed = SIMD3((rows[0] * pixel).sum(), (rows[1] * pixel).sum(), (rows[2] * pixel).sum())
    return (changed + offset).clamped(lowerBound: .zero, upperBound: .one)
  }
}
