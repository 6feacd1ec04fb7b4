import Tensors

// Between 8-bit pictures and what the networks take and give.

extension Tensor {
  /// A picture in [−1, 1].
  ///
  /// - Shape: → `[1, height, width, 3]`.
  public init(signed picture: Image) {
    self.init([1, picture.height, picture.width, 3]) { output in
      for (i, value) in picture.pixels.enumerated() { output[i] = Float(value) / 127.5 - 1 }
    }
  }

  /// The network's mask: 0 where the picture is to be repainted (at least 128), 1 where it is kept.
  ///
  /// - Shape: → `[1, height, width, 1]`.
  public init(keeping mask: GrayImage) {
    self.init([1, mask.height, mask.width, 1]) { output in
      for (i, value) in mask.pixels.enumerated() { output[i] = value >= 128 ? 0 : 1 }
    }
  }
}

/// How values between two of 8 bits become one of them.
public enum PixelRounding: String, CaseIterable, Sendable {
  case round
  case truncate
}

extension Image {
  /// A picture from values in [−1, 1].
  ///
  /// - Shape: `[1, H, W, 3]`.
  public init(_ tensor: Tensor, rounding: PixelRounding = .round) {
    let rule: FloatingPointRoundingRule =
      rounding == .round ? .toNearestOrAwayFromZero : .towardZero
    let pixels = tensor.values.map { value -> UInt8 in
      value.isNaN ? 0 : UInt8(min(max((value + 1) * 127.5, 0), 255).rounded(rule))
    }
    self.init(width: tensor.shape[2], height: tensor.shape[1], pixels: pixels)
  }
}
