/// For each output position of one axis: its two inputs and the second one's share.
private struct LinearPositions {
  var lower: [Int] = []
  var upper: [Int] = []
  var fraction: [Float] = []

  init(_ size: Int, _ newSize: Int) {
    let scale = Double(size) / Double(newSize)
    for position in 0..<newSize {
      let center = Float((Double(position) + 0.5) * scale - 0.5)
      let first = Int(center.rounded(.down))
      let inside = first >= 0 && first < size - 1
      lower.append(min(max(first, 0), size - 1))
      upper.append(min(max(first, 0) + 1, size - 1))
      fraction.append(inside ? center - Float(first) : 0)
    }
  }

  /// The shares of both inputs with 11 bits after the point, as OpenCV rounds them.
  func fixedPoint(_ position: Int) -> (Int32, Int32) {
    let share = fraction[position] * 2048
    return (
      Int32((2048 - share).rounded(.toNearestOrEven)), Int32(share.rounded(.toNearestOrEven))
    )
  }
}

extension Plane<UInt8> {
  func openCVBilinear(_ newWidth: Int, _ newHeight: Int) -> Plane {
    let columns = LinearPositions(width, newWidth)
    let rows = LinearPositions(height, newHeight)
    let wide = Plane<Int32>(width: width, height: height, channels: channels, samples: [])
      .making(newWidth, height) { output in
        forEachSample(of: columns, rows: height) { index, lower, upper, x in
          let (share0, share1) = columns.fixedPoint(x)
          output[index] = Int32(samples[lower]) &* share0 &+ Int32(samples[upper]) &* share1
        }
      }
    let rowCount = newWidth * channels
    return making(newWidth, newHeight) { output in
      for y in 0..<newHeight {
        let (share0, share1) = rows.fixedPoint(y)
        let (row0, row1) = (rows.lower[y] * rowCount, rows.upper[y] * rowCount)
        for i in 0..<rowCount {
          let top = (share0 &* (wide.samples[row0 + i] >> 4)) >> 16
          let bottom = (share1 &* (wide.samples[row1 + i] >> 4)) >> 16
          output[y * rowCount + i] = UInt8(truncatingIfNeeded: (top &+ bottom &+ 2) >> 2)
        }
      }
    }
  }
}

extension Plane<Float> {
  func openCVBilinear(_ newWidth: Int, _ newHeight: Int) -> Plane {
    let columns = LinearPositions(width, newWidth)
    let rows = LinearPositions(height, newHeight)
    let wide = making(newWidth, height) { output in
      forEachSample(of: columns, rows: height) { index, lower, upper, x in
        let share = columns.fraction[x]
        output[index] = samples[lower] * (1 - share) + samples[upper] * share
      }
    }
    let rowCount = newWidth * channels
    return making(newWidth, newHeight) { output in
      for y in 0..<newHeight {
        let share = rows.fraction[y]
        let (row0, row1) = (rows.lower[y] * rowCount, rows.upper[y] * rowCount)
        for i in 0..<rowCount {
          let (top, bottom) = (wide.samples[row0 + i], wide.samples[row1 + i])
          output[y * rowCount + i] = top * (1 - share) + bottom * share
        }
      }
    }
  }
}

extension Plane {
  /// Calls `body` with the index of each sample of the widened plane, of its two inputs, and its x.
  @inline(__always)
  fileprivate func forEachSample(
    of columns: LinearPositions, rows: Int, _ body: (Int, Int, Int, Int) -> Void
  ) {
    var next = 0
    for y in 0..<rows {
      for x in columns.lower.indices {
        for channel in 0..<channels {
          let lower = (y * width + columns.lower[x]) * channels + channel
          let upper = (y * width + columns.upper[x]) * channels + channel
          body(next, lower, upper, x)
          next += 1
        }
      }
    }
  }
}
