import Pictures

/// One axis of a bilinear resize: for each new sample the old ones it is made of.
package struct LinearTaps {
  /// Old samples per new one.
  let count: Int
  /// First old sample of each new one; all `count` lie inside.
  let first: [Int]
  /// `count` weights for each new sample: multiples of 2⁻¹⁴ whose sum is exactly 1, so that what
  /// has one value (a mask's hole) keeps it to the last bit.
  let weights: [Float]

  /// - Parameter antialias: on reduction, a triangle as wide as what the new sample covers;
  ///   otherwise the two nearest samples at any ratio. Positions are those of pixel centres.
  /// - Source: PyTorch, `interpolate(mode: "bilinear", align_corners: false, antialias:)`.
  package init(from old: Int, to new: Int, antialias: Bool) {
    let ratio = Double(old) / Double(new)
    let reach = antialias ? max(1, ratio) : 1
    count = min(old, Int((2 * reach).rounded(.up)) + (reach > 1 ? 1 : 0))
    var first: [Int] = []
    var weights: [Float] = []
    for i in 0..<new {
      // Without antialias the border sample is repeated; with it, what lies outside is left out.
      let exact = (Double(i) + 0.5) * ratio - 0.5
      let center = reach > 1 ? exact : min(max(exact, 0), Double(old - 1))
      let start = min(max(0, Int((center - reach).rounded(.down)) + 1), old - count)
      let taps = (start..<start + count).map { max(0, 1 - abs(Double($0) - center) / reach) }
      let sum = taps.reduce(0, +)
      var rounded = taps.map { Float(($0 / sum * 16384).rounded() / 16384) }
      let largest = rounded.indices.max { rounded[$0] < rounded[$1] } ?? 0
      rounded[largest] += 1 - rounded.reduce(0, +)
      first.append(start)
      weights += rounded
    }
    (self.first, self.weights) = (first, weights)
  }
}

/// `value / divisor + shift`, from 8 bits to what a network takes.
package struct Normalization: Sendable {
  let divisor: Float
  let shift: Float

  /// 0…255 to −1…1.
  package static let signed = Normalization(divisor: 127.5, shift: -1)
  /// White (repaint) to 0, black (keep) to 1: the network's mask.
  package static let keep = Normalization(divisor: -255, shift: 1)
}

extension Raster<UInt8> {
  /// A part of the picture, resized to `size × size` and normalised, without a copy in between.
  ///
  /// - Parameter output: `size × size × channels` values, channels last.
  package func resample(
    _ part: PixelRectangle, to size: Int, antialias: Bool, _ normalization: Normalization,
    into output: UnsafeMutableBufferPointer<Float>
  ) {
    let length = size * channels
    let (divisor, shift) = (normalization.divisor, normalization.shift)
    precondition(output.count == size * length)
    forEachResampledRow(of: part, size, antialias) { y, row in
      let start = y * length
      for i in 0..<length { output[start &+ i] = row[i] / divisor + shift }
    }
  }

  /// A part of the picture, resized to `size × size`.
  package func stretched(_ part: PixelRectangle, to size: Int, antialias: Bool) -> Self {
    let length = size * channels
    let pixels = [UInt8](unsafeUninitializedCapacity: size * length) { output, count in
      forEachResampledRow(of: part, size, antialias) { y, row in
        let start = y * length
        for i in 0..<length { output[start &+ i] = UInt8(row[i] + 0.5) }
      }
      count = size * length
    }
    return replacing(width: size, height: size, pixels: pixels)
  }

  /// Calls `body` with each new row, top to bottom, in 0…255.
  private func forEachResampledRow(
    of part: PixelRectangle, _ size: Int, _ antialias: Bool,
    _ body: (_ y: Int, _ row: UnsafePointer<Float>) -> Void
  ) {
    let columns = LinearTaps(from: part.width, to: size, antialias: antialias)
    let rows = LinearTaps(from: part.height, to: size, antialias: antialias)
    let (stride, length) = (width * channels, part.width * channels)
    // Along y first: that pass is contiguous, and what it drops needs no gathering along x.
    let line = UnsafeMutablePointer<Float>.allocate(capacity: length)
    let row = UnsafeMutablePointer<Float>.allocate(capacity: size * channels)
    defer {
      line.deallocate()
      row.deallocate()
    }
    pixels.withUnsafeBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      let corner = pixels + part.y * stride + part.x * channels
      for y in 0..<size {
        line.update(repeating: 0, count: length)
        for tap in 0..<rows.count {
          let weight = rows.weights[y * rows.count + tap]
          let old = corner + (rows.first[y] + tap) * stride
          if weight == 0 { continue }
          for i in 0..<length { line[i] += weight * Float(old[i]) }
        }
        switch channels {
        case 1: gather(line, columns, channels: 1, into: row)
        case 3: gather(line, columns, channels: 3, into: row)
        default: gather(line, columns, channels: channels, into: row)
        }
        body(y, row)
      }
    }
  }
}

/// Inlined where `channels` is known, so that the loop over them is unrolled.
@inline(__always)
private func gather(
  _ line: UnsafePointer<Float>, _ taps: LinearTaps, channels: Int,
  into output: UnsafeMutablePointer<Float>
) {
  taps.first.withUnsafeBufferPointer { first in
    taps.weights.withUnsafeBufferPointer { weights in
      guard let first = first.baseAddress, let weights = weights.baseAddress else { return }
      let size = taps.first.count
      if taps.count == 2 {
        for x in 0..<size {
          let (old, new) = (line + first[x] &* channels, output + x &* channels)
          let (a, b) = (weights[2 &* x], weights[2 &* x &+ 1])
          for channel in 0..<channels {
            new[channel] = a * old[channel] + b * old[channels &+ channel]
          }
        }
        return
      }
      for x in 0..<size {
        let (old, new) = (line + first[x] &* channels, output + x &* channels)
        for channel in 0..<channels { new[channel] = 0 }
        for tap in 0..<taps.count {
          let weight = weights[x &* taps.count &+ tap]
          for channel in 0..<channels {
            new[channel] += weight * old[tap &* channels &+ channel]
          }
        }
      }
    }
  }
}
