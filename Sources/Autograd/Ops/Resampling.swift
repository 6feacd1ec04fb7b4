import Tensors

extension Variable {
  /// Each picture at another size, or blurred: a linear map of its rows and one of its columns.
  ///
  /// - Shape: `[N, H, W, C]` → `[N, H', W', C]`.
  package func resampled(rows: AxisResampling, columns: AxisResampling) -> Variable {
    .record("resample", [self], value.resampled(rows: rows, columns: columns)) { dy in
      [dy.resampled(rows: rows.transposed, columns: columns.transposed)]
    }
  }

  /// Bilinear interpolation with the pictures' corner pixels on each other.
  ///
  /// - Shape: `[N, H, W, C]` → `[N, height, width, C]`.
  /// - Source: torch.nn.functional.interpolate, `align_corners=True`.
  public func resizedBilinearAligned(height: Int, width: Int) -> Variable {
    resampled(
      rows: .linearAligned(shape[1], to: height), columns: .linearAligned(shape[2], to: width))
  }

  /// Bicubic interpolation.
  ///
  /// - Shape: `[N, H, W, C]` → `[N, height, width, C]`.
  /// - Source: torch.nn.functional.interpolate, `mode="bicubic"`, `align_corners=False`.
  public func resizedBicubic(height: Int, width: Int) -> Variable {
    resampled(rows: .cubic(shape[1], to: height), columns: .cubic(shape[2], to: width))
  }

  /// The largest value of each window of `size` × `size`, side by side; its gradient goes to the first
  /// of equal ones.
  ///
  /// - Shape: `[N, H, W, C]` → `[N, H / size, W / size, C]`, rounded down.
  /// - Source: torch.nn.functional.max_pool2d.
  public func maximumPooled(size: Int) -> Variable {
    let x = value
    return .record("maximumPool", [self], x.maximumPooled(size: size, stride: size)) { dy in
      [x.maximumPoolGradient(size: size, dy)]
    }
  }

  /// The largest value of each channel in each picture; its gradient goes to the first of equal ones.
  ///
  /// - Shape: `[N, H, W, C]` → `[N, 1, 1, C]`.
  /// - Source: torch.nn.AdaptiveMaxPool2d(1).
  public func maximaOfChannels() -> Variable {
    let shape = shape
    let (y, places) = value.maximaOfChannels()
    return .record("channelMaximum", [self], y) { dy in
      let (positions, channels) = (shape[1] * shape[2], shape[3])
      var dx = Tensor(zeros: shape)
      dx.withUnsafeMutableBufferPointer { dx in
        for (i, place) in places.enumerated() {
          let (picture, channel) = i.quotientAndRemainder(dividingBy: channels)
          dx[(picture * positions + place) * channels + channel] = dy.pointer[i]
        }
      }
      return [dx]
    }
  }

  /// The mean of each channel in each picture.
  ///
  /// - Shape: `[N, H, W, C]` → `[N, 1, 1, C]`.
  public func meansOfChannels() -> Variable {
    let (pictures, positions, channels) = (shape[0], shape[1] * shape[2], shape[3])
    let share = Variable(Tensor(full: [pictures, 1, positions], 1 / Float(max(positions, 1))))
    return share.matrixProduct(reshaped([pictures, positions, channels]))
      .reshaped([pictures, 1, 1, channels])
  }

  /// One channel as `count` equal ones.
  ///
  /// - Shape: `[…, 1]` → `[…, count]`.
  public func repeatedChannel(_ count: Int) -> Variable {
    linear(Variable(Tensor(full: [count, 1], 1)), nil)
  }
}
