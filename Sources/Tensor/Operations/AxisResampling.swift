import Support

/// One axis of a picture at another size: each output position is a weighted sum of a few inputs.
package struct AxisResampling: Sendable {
  package let inputSize: Int
  /// Sources and weights of output position i are those in `starts[i]..<starts[i + 1]`.
  let starts: [Int]
  let sources: [Int]
  let weights: [Float]

  package var outputSize: Int { starts.count - 1 }

  private init(inputSize: Int, _ taps: [[(source: Int, weight: Float)]]) {
    self.inputSize = inputSize
    starts = taps.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    sources = taps.flatMap { $0.map(\.source) }
    weights = taps.flatMap { $0.map(\.weight) }
  }

  /// The map of gradients back: each input position is a sum over the outputs that it went into.
  package var transposed: AxisResampling {
    var taps = [[(source: Int, weight: Float)]](repeating: [], count: inputSize)
    for output in 0..<outputSize {
      for i in starts[output]..<starts[output + 1] {
        taps[sources[i]].append((output, weights[i]))
      }
    }
    return AxisResampling(inputSize: outputSize, taps)
  }

  /// What an output position is made of.
  package func taps(_ output: Int) -> [(source: Int, weight: Float)] {
    (starts[output]..<starts[output + 1]).map { (sources[$0], weights[$0]) }
  }
}

extension AxisResampling {
  /// Linear interpolation with the first and last positions of both sizes on each other.
  ///
  /// - Source: torch.nn.functional.interpolate, `mode="bilinear"`, `align_corners=True`.
  package static func linearAligned(_ size: Int, to newSize: Int) -> AxisResampling {
    let scale = newSize > 1 ? Float(size - 1) / Float(newSize - 1) : 0
    return AxisResampling(
      inputSize: size,
      (0..<newSize).map { position in
        let center = Float(position) * scale
        let lower = min(Int(center), size - 1)
        let share = center - Float(lower)
        return [(lower, 1 - share), (min(lower + 1, size - 1), share)]
      })
  }

  /// Cubic convolution with pixels as areas (A = −0.75); border pixels go on outside.
  ///
  /// - Source: torch.nn.functional.interpolate, `mode="bicubic"`, `align_corners=False`.
  package static func cubic(_ size: Int, to newSize: Int) -> AxisResampling {
    let scale = Double(size) / Double(newSize)
    return AxisResampling(
      inputSize: size,
      (0..<newSize).map { position in
        let center = (Double(position) + 0.5) * scale - 0.5
        let lower = center.rounded(.down)
        return (-1...2).map { offset in
          let source = min(max(Int(lower) + offset, 0), size - 1)
          return (source, Float(cubicWeight(abs(center - lower - Double(offset)))))
        }
      })
  }

  private static func cubicWeight(_ distance: Double) -> Double {
    let (x, a) = (distance, -0.75)
    return x <= 1
      ? ((a + 2) * x - (a + 3)) * x * x + 1
      : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
  }

  /// A Gaussian blur whose border mirrors the picture, its outermost pixels not repeated.
  ///
  /// - Source: kornia.filters.gaussian_blur2d, `border_type="reflect"`.
  package static func blur(_ size: Int, taps: Int, deviation: Double) -> AxisResampling {
    let bell = gaussian(taps, deviation)
    return AxisResampling(
      inputSize: size,
      (0..<size).map { position in
        bell.enumerated().map { i, weight in
          (mirrored(position + i - taps / 2, size), Float(weight))
        }
      })
  }

  private static func mirrored(_ position: Int, _ size: Int) -> Int {
    guard size > 1 else { return 0 }
    let period = 2 * (size - 1)
    let place = (position % period + period) % period
    return place < size ? place : period - place
  }
}

extension Tensor {
  /// Each picture with its rows and columns resampled.
  ///
  /// - Shape: `[N, H, W, C]` → `[N, H', W', C]`.
  package func resampled(rows: AxisResampling, columns: AxisResampling) -> Tensor {
    check(
      rank == 4 && shape[1] == rows.inputSize && shape[2] == columns.inputSize,
      "resampling \(shape) from \(rows.inputSize)×\(columns.inputSize)")
    // The axis that shrinks most goes first.
    let rowsFirst = rows.outputSize * columns.inputSize <= columns.outputSize * rows.inputSize
    return rowsFirst
      ? resampledRows(rows).resampledColumns(columns)
      : resampledColumns(columns).resampledRows(rows)
  }

  private func resampledRows(_ axis: AxisResampling) -> Tensor {
    let (batch, height, length) = (shape[0], shape[1], shape[2] * shape[3])
    return Tensor([batch, axis.outputSize, shape[2], shape[3]]) { y in
      parallelRanges(batch * axis.outputSize, grain: Self.rowGrain(4 * length)) { lines in
        for line in lines {
          let (picture, row) = line.quotientAndRemainder(dividingBy: axis.outputSize)
          let to = y + line * length
          to.update(repeating: 0, count: length)
          for i in axis.starts[row]..<axis.starts[row + 1] {
            let from = pointer + (picture * height + axis.sources[i]) * length
            kernels.addScaled(from, axis.weights[i], to, length)
          }
        }
      }
    }
  }

  private func resampledColumns(_ axis: AxisResampling) -> Tensor {
    let (lines, width, channels) = (shape[0] * shape[1], shape[2], shape[3])
    let newWidth = axis.outputSize
    return Tensor([shape[0], shape[1], newWidth, channels]) { y in
      parallelRanges(lines, grain: Self.rowGrain(4 * newWidth * channels)) { range in
        for line in range {
          axis.resample(
            pointer + line * width * channels, channels: channels,
            into: y + line * newWidth * channels)
        }
      }
    }
  }

  /// The weights of a Gaussian blur of pictures of one channel, as a convolution: `[1, 1, taps, taps]`.
  package static func gaussianKernel(taps: Int, deviation: Double) -> Tensor {
    let bell = gaussian(taps, deviation)
    return Tensor([1, 1, taps, taps], bell.flatMap { a in bell.map { Float(a * $0) } })
  }
}

extension AxisResampling {
  /// One line of pixels, `[inputSize, channels]` → `[outputSize, channels]`.
  package func resample(
    _ line: UnsafePointer<Float>, channels: Int, into y: UnsafeMutablePointer<Float>
  ) {
    for position in 0..<outputSize {
      let to = y + position * channels
      to.update(repeating: 0, count: channels)
      for i in starts[position]..<starts[position + 1] {
        kernels.addScaled(line + sources[i] * channels, weights[i], to, channels)
      }
    }
  }

  /// Row `position` of a picture of rows of `length` numbers, resampled along this axis.
  package func resampleRow(
    _ position: Int, _ picture: UnsafePointer<Float>, length: Int,
    into y: UnsafeMutablePointer<Float>
  ) {
    y.update(repeating: 0, count: length)
    for i in starts[position]..<starts[position + 1] {
      kernels.addScaled(picture + sources[i] * length, weights[i], y, length)
    }
  }
}
