import Support

/// Pooling over windows of channels-last pictures.
///
/// Pixels outside the picture take no part: neither as a maximum nor in the number that an average is
/// divided by.
extension Tensor {
  /// The largest value of each window, channel by channel; NaN where a value is.
  ///
  /// - Shape: `[N, H, W, C]` → `[N, H', W', C]` with `H' = (H + 2·padding − size) / stride + 1`.
  /// - Source: torch.nn.functional.max_pool2d.
  package func maximumPooled(size: Int, stride: Int, padding: Int = 0) -> Tensor {
    let channels = shape[3]
    return pooled(size, stride, padding) { window, _, y in
      if window.isFirst {
        y.update(from: window.pixel, count: channels)
      } else {
        for c in 0..<channels where window.pixel[c] > y[c] || window.pixel[c].isNaN {
          y[c] = window.pixel[c]
        }
      }
    }
  }

  /// The mean of each window's pixels inside the picture, channel by channel.
  ///
  /// - Shape: as ``maximumPooled(size:stride:padding:)``.
  /// - Source: torch.nn.functional.avg_pool2d with `count_include_pad=False`.
  package func averagePooled(size: Int, stride: Int, padding: Int = 0) -> Tensor {
    let channels = shape[3]
    return pooled(size, stride, padding) { window, count, y in
      if window.isFirst {
        y.update(from: window.pixel, count: channels)
      } else {
        for c in 0..<channels { y[c] += window.pixel[c] }
      }
      if window.isLast {
        let scale = 1 / Float(count)
        for c in 0..<channels { y[c] *= scale }
      }
    }
  }

  /// A pixel of a window, in reading order.
  private typealias WindowPixel = (pixel: UnsafePointer<Float>, isFirst: Bool, isLast: Bool)

  /// Visits, for each output pixel, the pixels of its window inside the picture: the pixel, how many
  /// there are, and where the output's channels are written.
  private func pooled(
    _ size: Int, _ stride: Int, _ padding: Int,
    _ visit: (WindowPixel, Int, UnsafeMutablePointer<Float>) -> Void
  ) -> Tensor {
    check(
      rank == 4 && padding < size && shape[1] + 2 * padding >= size
        && shape[2] + 2 * padding >= size,
      "pooling of \(shape) with windows of \(size) and padding \(padding)")
    let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
    let newHeight = (height + 2 * padding - size) / stride + 1
    let newWidth = (width + 2 * padding - size) / stride + 1
    return Tensor([batch, newHeight, newWidth, channels]) { y in
      parallelRanges(batch * newHeight, grain: Self.rowGrain(newWidth * channels)) { lines in
        for line in lines {
          let (picture, top) = (line / newHeight, line % newHeight * stride - padding)
          let rows = max(top, 0)..<min(top + size, height)
          for x in 0..<newWidth {
            let left = x * stride - padding
            let columns = max(left, 0)..<min(left + size, width)
            let count = rows.count * columns.count
            var index = 0
            for row in rows {
              for column in columns {
                let pixel = pointer + ((picture * height + row) * width + column) * channels
                index += 1
                visit(
                  (pixel, index == 1, index == count), count,
                  y + (line * newWidth + x) * channels)
              }
            }
          }
        }
      }
    }
  }
}

extension Tensor {
  /// The gradient of ``maximumPooled(size:stride:padding:)`` where windows stand side by side: it goes
  /// to the first of each window's largest values.
  ///
  /// - Parameter dy: of the pooled picture; what is left over at the right and below was in no window.
  package func maximumPoolGradient(size: Int, _ dy: Tensor) -> Tensor {
    let (height, width, channels) = (shape[1], shape[2], shape[3])
    let (newHeight, newWidth) = (dy.shape[1], dy.shape[2])
    return Tensor(shape) { dx in
      parallelFor(shape[0] * newHeight) { line in
        let (picture, row) = line.quotientAndRemainder(dividingBy: newHeight)
        let last = row == newHeight - 1 ? height : (row + 1) * size
        let top = (picture * height + row * size) * width * channels
        (dx + top).update(repeating: 0, count: (last - row * size) * width * channels)
        for column in 0..<newWidth {
          let corner = top + column * size * channels
          let from = dy.pointer + (line * newWidth + column) * channels
          for c in 0..<channels {
            let place = largest(
              from: corner + c, size: size, right: channels, down: width * channels)
            dx[place] = from[c]
          }
        }
      }
    }
  }

  /// Where the first of a window's largest values is.
  private func largest(from corner: Int, size: Int, right: Int, down: Int) -> Int {
    var best = corner
    for y in 0..<size {
      for x in 0..<size {
        let place = corner + y * down + x * right
        if pointer[place] > pointer[best] { best = place }
      }
    }
    return best
  }

  /// The largest value of each channel in each picture, and where it is first.
  ///
  /// - Shape: `[N, H, W, C]` → `[N, 1, 1, C]`; places `N · C` positions.
  package func maximaOfChannels() -> (values: Tensor, places: [Int]) {
    let (batch, channels) = (shape[0], shape[3])
    let positions = shape[1] * shape[2]
    var places = [Int](repeating: 0, count: batch * channels)
    let values = Tensor([batch, 1, 1, channels]) { y in
      places.withUnsafeMutableBufferPointer { places in
        for n in 0..<batch {
          let picture = pointer + n * positions * channels
          let (to, best) = (y + n * channels, n * channels)
          to.update(from: picture, count: channels)
          for position in 1..<max(positions, 1) {
            let pixel = picture + position * channels
            for c in 0..<channels where pixel[c] > to[c] {
              to[c] = pixel[c]
              places[best + c] = position
            }
          }
        }
      }
    }
    return (values, places)
  }
}
