import Datasets
import Foundation
import Pictures
import Tensors
import Testing

/// Pixel operations against OpenCV 4.9, Pillow and bezier.
///
/// OpenCV rounds coordinates to 1/32 pixel and weights to 15 bits; on these pictures, whose
/// neighbours differ by up to 60 levels, that is worth two levels.
@Suite struct SynthesisWarpTests {
  let golden: SynthesisGolden

  init() throws { golden = try SynthesisGolden.load() }

  func largestDifference(_ a: [UInt8], _ b: [UInt8]) -> Int {
    #expect(a.count == b.count)
    return zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? .max
  }

  @Test func rotationIsOpenCVs() {
    let rotated = golden.image.rotated(degrees: golden.angle)
    #expect(largestDifference(rotated.pixels, golden.rotated) <= 2)
  }

  @Test func affineMapOfThreePointsIsOpenCVs() throws {
    let map = try #require(
      AffineMap.taking(
        golden.corners.map { ($0[0], $0[1]) }, to: golden.moved.map { ($0[0], $0[1]) }))
    #expect(largestDifference(golden.image.warped(by: map).pixels, golden.affine) <= 2)
  }

  @Test func displacementIsOpenCVsRemap() {
    let field = DisplacementField(dx: golden.dx, dy: golden.dy)
    #expect(largestDifference(golden.image.warped(by: field).pixels, golden.remapped) <= 2)
  }

  @Test func blurIsOpenCVsExactly() {
    #expect(golden.image.blurred(radius: 0) == golden.image)
    #expect(golden.image.blurred(radius: 1).pixels == golden.blur3)
    #expect(golden.image.blurred(radius: 2).pixels == golden.blur5)
    #expect(golden.image.blurred(radius: 3).pixels == golden.blur7)
  }

  /// 2⁻¹⁴ steps of the weights are 2⁻¹³ of the range at most, twice.
  @Test(arguments: [5, 23], [false, true])
  func resizedPartIsOpenCVsOrPillows(size: Int, antialias: Bool) throws {
    let expected = try #require(
      (antialias ? golden.antialiased : golden.resized)["\(size)"])
    var result = [Float](repeating: 0, count: size * size * 3)
    result.withUnsafeMutableBufferPointer {
      golden.image.resample(
        PixelRectangle(x: 3, y: 2, width: 17, height: 13), to: size, antialias: antialias,
        .signed, into: $0)
    }
    #expect(zip(result, expected).allSatisfy { abs($0 - $1) < 3e-4 })
  }

  @Test func aConstantStaysItselfToTheLastBit() {
    let white = GrayImage(width: 97, height: 61, pixels: Array(repeating: 255, count: 97 * 61))
    for antialias in [false, true] {
      var keep = [Float](repeating: .nan, count: 23 * 23)
      keep.withUnsafeMutableBufferPointer {
        white.resample(
          PixelRectangle(x: 5, y: 7, width: 80, height: 50), to: 23, antialias: antialias, .keep,
          into: $0)
      }
      #expect(keep.allSatisfy { $0 == 0 })
    }
  }

  @Test func polygonIsPillowsButForItsOutline() {
    for polygon in golden.polygons {
      let shape = MaskShape.polygon(
        polygon.points.map { MaskShape.Point(x: $0[0], y: $0[1]) })
      let drawn = shape.drawn(in: PixelRectangle(x: 0, y: 0, width: 64, height: 60)).pixels
      let expected = polygon.rows.joined().map { $0 == "#" ? UInt8(255) : 0 }
      let different = zip(drawn, expected).count { $0 != $1 }
      let white = expected.count { $0 == 255 }
      #expect(white > 300)
      #expect(different * 50 < white, "\(different) of \(white) pixels differ")
    }
  }

  /// Points to the last bit, since which of them are repeated depends on it.
  @Test func curveIsThatOfTheBezierPackage() {
    for edge in golden.edges {
      let box = PixelRectangle(edge.box[0], edge.box[1], edge.box[2], edge.box[3])
      let grown = PixelRectangle(edge.box[0], edge.box[4], edge.box[2], edge.box[3])
      let curve = MaskShape.edgeCurves(box, grown)[0]
      for (i, point) in edge.points.enumerated() {
        let ours = curve.point(at: Double(i + 1) * 0.05)
        #expect(ours.0 == point[0] && ours.1 == point[1])
      }
    }
  }

  @Test func elasticFieldHasTheSpreadOfSmoothedNoise() throws {
    // Uniform in ±a has deviation a/√3; smoothed by a Gaussian of deviation s, a/√3 / (2 s √π).
    var random = RandomStream(seed: 1, purpose: "field")
    var squares: Float = 0
    for _ in 0..<60 {
      let field = try #require(
        DisplacementField.random(
          width: 120, height: 120, alpha: 100, sigma: 12, using: &random))
      // Far from the border, where mirrored noise counts twice.
      squares += field.dx[60 * 120 + 60] * field.dx[60 * 120 + 60]
      squares += field.dy[60 * 120 + 60] * field.dy[60 * 120 + 60]
    }
    let deviation = (squares / 120).squareRoot()
    let expected = 100 / Float(3).squareRoot() / (2 * 12 * Float.pi.squareRoot())
    #expect(abs(deviation / expected - 1) < 0.2)
  }

  @Test func mirroringRepeatsNoBorderSample() {
    #expect((-4..<8).map { mirrored($0, 4) } == [2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1])
    #expect(mirrored(-7, 1) == 0)
  }
}
