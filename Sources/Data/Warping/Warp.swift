import Foundation
import Pictures

/// A map of the plane, `(x, y) ↦ (a·x + b·y + c, d·x + e·y + f)`, in pixel coordinates whose whole
/// numbers are pixel centres (OpenCV's).
package struct AffineMap: Sendable, Equatable {
  package var a, b, c, d, e, f: Double

  package init(_ a: Double, _ b: Double, _ c: Double, _ d: Double, _ e: Double, _ f: Double) {
    (self.a, self.b, self.c, self.d, self.e, self.f) = (a, b, c, d, e, f)
  }

  /// Counter-clockwise (as seen on the picture) about a point.
  ///
  /// - Source: OpenCV, `getRotationMatrix2D` with scale 1.
  package static func rotation(degrees: Double, aboutX x: Double, y: Double) -> AffineMap {
    let angle = degrees * .pi / 180
    let (cosine, sine) = (cos(angle), sin(angle))
    return AffineMap(
      cosine, sine, (1 - cosine) * x - sine * y, -sine, cosine, sine * x + (1 - cosine) * y)
  }

  /// The map that takes three points to three others; nil if the first three lie on a line.
  package static func taking(_ from: [(Double, Double)], to: [(Double, Double)]) -> AffineMap? {
    let (x, y) = from[0]
    let (x1, y1) = (from[1].0 - x, from[1].1 - y)
    let (x2, y2) = (from[2].0 - x, from[2].1 - y)
    let area = x1 * y2 - x2 * y1
    guard area != 0 else { return nil }
    func row(_ v: Double, _ v1: Double, _ v2: Double) -> (Double, Double, Double) {
      let a = ((v1 - v) * y2 - (v2 - v) * y1) / area
      let b = ((v2 - v) * x1 - (v1 - v) * x2) / area
      return (a, b, v - a * x - b * y)
    }
    let (a, b, c) = row(to[0].0, to[1].0, to[2].0)
    let (d, e, f) = row(to[0].1, to[1].1, to[2].1)
    return AffineMap(a, b, c, d, e, f)
  }

  /// nil when the map flattens the plane to a line.
  package var inverse: AffineMap? {
    let determinant = a * e - b * d
    guard abs(determinant) > 1e-12 else { return nil }
    let (ia, ib, id, ie) =
      (e / determinant, -b / determinant, -d / determinant, a / determinant)
    return AffineMap(ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f))
  }
}

/// How far each pixel's colour is fetched from: `height × width` offsets in pixels.
package struct DisplacementField: Sendable {
  package var dx: [Float]
  package var dy: [Float]

  package init(dx: [Float], dy: [Float]) {
    self.dx = dx
    self.dy = dy
  }
}

extension Image {
  /// The picture moved by `map`, at the same size; bilinear, mirrored beyond its border.
  ///
  /// - Source: OpenCV, `warpAffine` with `INTER_LINEAR` and `BORDER_REFLECT_101` (which rounds
  ///   coordinates to 1/32 pixel; here it is 1/2048).
  package func warped(by map: AffineMap) -> Image {
    guard let back = map.inverse else { return self }
    let (a, d) = (fixedPoint(back.a), fixedPoint(back.d))
    return resampled { x, y, _ in
      let row = Double(y)
      return (
        fixedPoint(back.b * row + back.c) &+ x &* a, fixedPoint(back.e * row + back.f) &+ x &* d
      )
    }
  }

  /// Each pixel's colour fetched from its place plus the field's offset; otherwise as `warped`.
  ///
  /// - Source: OpenCV, `remap`.
  package func warped(by field: DisplacementField) -> Image {
    precondition(field.dx.count == width * height && field.dy.count == width * height)
    return field.dx.withUnsafeBufferPointer { dx in
      field.dy.withUnsafeBufferPointer { dy in
        resampled { x, y, i in
          (x << 32 &+ fixedPoint(Double(dx[i])), y << 32 &+ fixedPoint(Double(dy[i])))
        }
      }
    }
  }

  /// - Parameter source: where the pixel (x, y), number i, is fetched from, in `fixedPoint`.
  ///   Inlined, so that it costs no call.
  @inline(__always)
  private func resampled(_ source: (_ x: Int, _ y: Int, _ i: Int) -> (Int, Int)) -> Image {
    let (width, height) = (width, height)
    var result = self
    pixels.withUnsafeBufferPointer { from in
      result.pixels.withUnsafeMutableBufferPointer { to in
        guard let from = from.baseAddress, let to = to.baseAddress else { return }
        for y in 0..<height {
          for x in 0..<width {
            let i = y &* width &+ x
            let (u, v) = source(x, y, i)
            bilinear(from, width, height, u, v, into: to + i &* 3)
          }
        }
      }
    }
    return result
  }
}

/// A coordinate with 32 bits after the point, up to a million pixels either way: whole numbers are
/// the places where floats would need `floor`, a call on plain x86-64.
@inline(__always)
private func fixedPoint(_ value: Double) -> Int {
  Int(min(max(value, -1e6), 1e6) * 0x1p32)
}

@inline(__always)
private func bilinear(
  _ from: UnsafePointer<UInt8>, _ width: Int, _ height: Int, _ u: Int, _ v: Int,
  into to: UnsafeMutablePointer<UInt8>
) {
  var (x0, y0) = (u >> 32, v >> 32)
  var (x1, y1) = (x0 &+ 1, y0 &+ 1)
  if x0 < 0 || x1 >= width { (x0, x1) = (mirrored(x0, width), mirrored(x1, width)) }
  if y0 < 0 || y1 >= height { (y0, y1) = (mirrored(y0, height), mirrored(y1, height)) }
  let (upper, lower) = (from + y0 &* width &* 3, from + y1 &* width &* 3)
  let (left, right) = (x0 &* 3, x1 &* 3)
  // Shares of the right and the lower neighbour, of 2048.
  let p = Int32(truncatingIfNeeded: (u >> 21) & 2047)
  let q = Int32(truncatingIfNeeded: (v >> 21) & 2047)
  for channel in 0..<3 {
    let (a, b) = (Int32(upper[left &+ channel]), Int32(upper[right &+ channel]))
    let (c, d) = (Int32(lower[left &+ channel]), Int32(lower[right &+ channel]))
    let top = a &* (2048 &- p) &+ b &* p
    let bottom = c &* (2048 &- p) &+ d &* p
    let sum = top &* (2048 &- q) &+ bottom &* q
    to[channel] = UInt8(truncatingIfNeeded: (sum &+ 0x20_0000) >> 22)
  }
}

/// An index beyond a row's ends, mirrored about the end samples (…2 1 | 0 1 2…).
package func mirrored(_ index: Int, _ count: Int) -> Int {
  if index >= 0 && index < count { return index }
  guard count > 1 else { return 0 }
  let period = 2 * (count - 1)
  let place = ((index % period) + period) % period
  return place < count ? place : period - place
}
