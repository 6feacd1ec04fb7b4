/// A filter kernel over (−support, support).
struct ResizeKernel: Sendable {
  let support: Double
  let weight: @Sendable (Double) -> Double

  static let triangle = ResizeKernel(support: 1) { max(0, 1 - abs($0)) }

  /// Keys' cubic with a = −0.5.
  static let cubic = ResizeKernel(support: 2) { position in
    let (x, a) = (abs(position), -0.5)
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
    return 0
  }
}

/// For each output position of one axis: which inputs it sums, with what weights.
struct ResizeWeights {
  /// The most inputs that an output sums.
  let taps: Int
  let start: [Int]
  let count: [Int]
  /// `newSize × taps`; each row's first `count` sum to 1.
  let weights: [Double]

  /// On reduction the kernel is widened by the scale, so that every input counts.
  init(_ size: Int, _ newSize: Int, _ kernel: ResizeKernel) {
    let scale = Double(size) / Double(newSize)
    let widening = max(scale, 1)
    let support = kernel.support * widening
    taps = Int(support.rounded(.up)) * 2 + 1
    var (start, count) = ([Int](), [Int]())
    var weights = [Double](repeating: 0, count: newSize * taps)
    for position in 0..<newSize {
      let center = (Double(position) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let end = min(size, Int(center + support + 0.5))
      let inverse = 1 / widening
      let row = (first..<end).map { kernel.weight((Double($0) - center + 0.5) * inverse) }
      let sum = row.reduce(0, +)
      for (tap, weight) in row.enumerated() {
        weights[position * taps + tap] = sum == 0 ? weight : weight / sum
      }
      start.append(first)
      count.append(end - first)
    }
    (self.start, self.count, self.weights) = (start, count, weights)
  }

  /// Weights as Pillow's integers, with `fixedPointBits` bits after the point.
  var fixedPoint: [Int32] {
    weights.map { weight in
      let scaled = weight * Double(1 << fixedPointBits)
      return Int32(weight < 0 ? scaled - 0.5 : scaled + 0.5)
    }
  }
}

/// 32 bits less 8 of the sample, less 2 for the overshoot of negative lobes.
private let fixedPointBits = 22

extension Plane {
  /// Both passes in the order of Pillow 13: rows first when they shrink by more than twice as much
  /// as the columns; columns first otherwise, as in earlier versions. An axis that keeps its size
  /// is left alone.
  fileprivate func inPillowsOrder(
    _ newWidth: Int, _ newHeight: Int, columns: (Plane) -> Plane, rows: (Plane) -> Plane
  ) -> Plane {
    if newWidth == width { return rows(self) }
    if newHeight == height { return columns(self) }
    let rowsFirst = newHeight < height && height - newHeight > 2 * (width - newWidth)
    return rowsFirst ? columns(rows(self)) : rows(columns(self))
  }
}

extension Plane<UInt8> {
  /// Two passes, each rounded to 8 bits.
  func convolved(_ newWidth: Int, _ newHeight: Int, _ kernel: ResizeKernel) -> Plane {
    inPillowsOrder(
      newWidth, newHeight,
      columns: { $0.widthChanged(newWidth, ResizeWeights($0.width, newWidth, kernel)) },
      rows: { $0.heightChanged(newHeight, ResizeWeights($0.height, newHeight, kernel)) })
  }

  private func widthChanged(_ newWidth: Int, _ axis: ResizeWeights) -> Plane {
    let weights = axis.fixedPoint
    return making(newWidth, height) { output in
      samples.withUnsafeBufferPointer { input in
        weights.withUnsafeBufferPointer { weights in
          for y in 0..<height {
            let row = UnsafeBufferPointer(rebasing: input[y * width * channels..<input.count])
            var next = y * newWidth * channels
            for x in 0..<newWidth {
              let kernel = UnsafeBufferPointer(
                rebasing: weights[x * axis.taps..<x * axis.taps + axis.count[x]])
              let first = axis.start[x] * channels
              if channels == 3 {
                let sums = sumRGB(row, first, kernel)
                for channel in 0..<3 { output[next + channel] = clip(sums[channel]) }
              } else {
                for channel in 0..<channels {
                  output[next + channel] = clip(sum(row, first + channel, channels, kernel))
                }
              }
              next += channels
            }
          }
        }
      }
    }
  }

  private func heightChanged(_ newHeight: Int, _ axis: ResizeWeights) -> Plane {
    let weights = axis.fixedPoint
    let rowCount = width * channels
    var sums = [Int32](repeating: 0, count: rowCount)
    return making(width, newHeight) { output in
      samples.withUnsafeBufferPointer { input in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0..<newHeight {
            sums.update(repeating: 1 << (fixedPointBits - 1))
            for tap in 0..<axis.count[y] {
              let weight = weights[y * axis.taps + tap]
              let row = (axis.start[y] + tap) * rowCount
              for i in 0..<rowCount { sums[i] &+= Int32(input[row &+ i]) &* weight }
            }
            for i in 0..<rowCount { output[y &* rowCount &+ i] = clip(sums[i]) }
          }
        }
      }
    }
  }
}

@inline(__always)
private func clip(_ sum: Int32) -> UInt8 {
  UInt8(truncatingIfNeeded: max(0, min(255, sum >> Int32(fixedPointBits))))
}

@inline(__always)
private func sum(
  _ row: UnsafeBufferPointer<UInt8>, _ first: Int, _ step: Int,
  _ kernel: UnsafeBufferPointer<Int32>
) -> Int32 {
  var sum: Int32 = 1 << (fixedPointBits - 1)
  for (tap, weight) in kernel.enumerated() {
    sum &+= Int32(row[first &+ tap &* step]) &* weight
  }
  return sum
}

@inline(__always)
private func sumRGB(
  _ row: UnsafeBufferPointer<UInt8>, _ first: Int, _ kernel: UnsafeBufferPointer<Int32>
) -> SIMD3<Int32> {
  var sums = SIMD3<Int32>(repeating: 1 << (fixedPointBits - 1))
  var position = first
  for weight in kernel {
    let pixel = SIMD3<Int32>(
      Int32(row[position]), Int32(row[position &+ 1]), Int32(row[position &+ 2]))
    sums &+= pixel &* SIMD3(repeating: weight)
    position &+= 3
  }
  return sums
}

extension Plane<Float> {
  /// As Pillow's mode `F`: sums in double precision, `Float` between the passes.
  func convolved(_ newWidth: Int, _ newHeight: Int, _ kernel: ResizeKernel) -> Plane {
    inPillowsOrder(
      newWidth, newHeight,
      columns: { $0.widthChanged(newWidth, ResizeWeights($0.width, newWidth, kernel)) },
      rows: { $0.heightChanged(newHeight, ResizeWeights($0.height, newHeight, kernel)) })
  }

  private func widthChanged(_ newWidth: Int, _ axis: ResizeWeights) -> Plane {
    making(newWidth, height) { output in
      samples.withUnsafeBufferPointer { input in
        var next = 0
        for y in 0..<height {
          for x in 0..<newWidth {
            for channel in 0..<channels {
              let first = (y * width + axis.start[x]) * channels + channel
              var sum = 0.0
              for tap in 0..<axis.count[x] {
                sum += Double(input[first + tap * channels]) * axis.weights[x * axis.taps + tap]
              }
              output[next] = Float(sum)
              next += 1
            }
          }
        }
      }
    }
  }

  private func heightChanged(_ newHeight: Int, _ axis: ResizeWeights) -> Plane {
    let rowCount = width * channels
    var sums = [Double](repeating: 0, count: rowCount)
    return making(width, newHeight) { output in
      samples.withUnsafeBufferPointer { input in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0..<newHeight {
            sums.update(repeating: 0)
            for tap in 0..<axis.count[y] {
              let weight = axis.weights[y * axis.taps + tap]
              let row = (axis.start[y] + tap) * rowCount
              for i in 0..<rowCount { sums[i] += Double(input[row &+ i]) * weight }
            }
            for i in 0..<rowCount { output[y &* rowCount &+ i] = Float(sums[i]) }
          }
        }
      }
    }
  }
}
