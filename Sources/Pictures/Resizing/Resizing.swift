import Support

/// How `resized` computes a pixel.
public enum ResizeFilter: String, Sendable, Codable, CaseIterable {
  /// Pillow's `NEAREST`.
  case nearest
  /// Pillow's `BILINEAR`: a triangle, widened on reduction (antialias).
  case bilinear
  /// Pillow's `BICUBIC`: a = −0.5, widened on reduction (antialias).
  case bicubic
  /// OpenCV's `INTER_LINEAR`: the four neighbours, no antialias. On floats this is also PyTorch's
  /// `interpolate(mode="bilinear", align_corners=False)`.
  case openCVBilinear
}

extension Raster<UInt8> {
  /// The picture at another size.
  ///
  /// - Source: Pillow (`src/libImaging/Resample.c`) bit for bit; OpenCV
  ///   (`modules/imgproc/src/resize.cpp`) within 1.
  public func resized(width newWidth: Int, height newHeight: Int, filter: ResizeFilter) -> Self {
    precondition(newWidth > 0 && newHeight > 0)
    if newWidth == width && newHeight == height { return self }
    let plane = Plane(width: width, height: height, channels: channels, samples: pixels)
    let result =
      switch filter {
      case .nearest: plane.nearest(newWidth, newHeight)
      case .bilinear: plane.convolved(newWidth, newHeight, .triangle)
      case .bicubic: plane.convolved(newWidth, newHeight, .cubic)
      case .openCVBilinear: plane.openCVBilinear(newWidth, newHeight)
      }
    return replacing(width: newWidth, height: newHeight, pixels: result.samples)
  }
}

extension Raster<Float> {
  /// The picture at another size; as Pillow's mode `F`, OpenCV's `CV_32F`.
  public func resized(width newWidth: Int, height newHeight: Int, filter: ResizeFilter) -> Self {
    precondition(newWidth > 0 && newHeight > 0)
    if newWidth == width && newHeight == height { return self }
    let plane = Plane(width: width, height: height, channels: channels, samples: pixels)
    let result =
      switch filter {
      case .nearest: plane.nearest(newWidth, newHeight)
      case .bilinear: plane.convolved(newWidth, newHeight, .triangle)
      case .bicubic: plane.convolved(newWidth, newHeight, .cubic)
      case .openCVBilinear: plane.openCVBilinear(newWidth, newHeight)
      }
    return replacing(width: newWidth, height: newHeight, pixels: result.samples)
  }
}

/// Samples with their shape: what the resizing passes hand on.
struct Plane<Sample> {
  var width: Int
  var height: Int
  var channels: Int
  /// `height × width × channels` values.
  var samples: [Sample]

  /// A plane of the same channels, filled by `body`.
  func making(
    _ width: Int, _ height: Int, _ body: (UnsafeMutableBufferPointer<Sample>) -> Void
  ) -> Plane {
    let count = width * height * channels
    let result = [Sample](unsafeUninitializedCapacity: count) { buffer, initialized in
      body(buffer)
      initialized = count
    }
    return Plane(width: width, height: height, channels: channels, samples: result)
  }

  /// Pillow's nearest neighbour, which adds up the step in double precision.
  func nearest(_ newWidth: Int, _ newHeight: Int) -> Plane {
    let columns = nearestPositions(width, newWidth)
    let rows = nearestPositions(height, newHeight)
    return making(newWidth, newHeight) { output in
      var next = 0
      for row in rows {
        for column in columns {
          let first = (row * width + column) * channels
          for channel in 0..<channels {
            output[next] = samples[first + channel]
            next += 1
          }
        }
      }
    }
  }
}

private func nearestPositions(_ size: Int, _ newSize: Int) -> [Int] {
  let step = Double(size) / Double(newSize)
  var position = step * 0.5
  return (0..<newSize).map { _ in
    defer { position += step }
    return min(Int(position), size - 1)
  }
}
