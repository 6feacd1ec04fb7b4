import Tensors

/// Halves a picture's sides with a strided convolution.
///
/// - Shape: `[N, H, W, C]` → `[N, H/2, W/2, C]`.
/// - Source: `Downsample2D` of diffusers.
public struct Downsample: Sendable {
  let path: String
  let conv: Conv2d

  public init(_ scope: ParameterScope, _ channels: Int, padding: Padding? = nil, gain: Float = 1) {
    path = scope.prefix
    conv = Conv2d(
      scope / "conv", channels, channels, kernel: 3, stride: 2, padding: padding, gain: gain)
  }

  public func callAsFunction(_ x: Variable) -> Variable { conv(x).traced(as: path) }
}

/// Doubles a picture's sides: each pixel four times, then a convolution.
///
/// - Shape: `[N, H, W, C]` → `[N, 2H, 2W, C]`.
/// - Source: `Upsample2D` of diffusers.
public struct Upsample: Sendable {
  let path: String
  let conv: Conv2d

  public init(_ scope: ParameterScope, _ channels: Int, gain: Float = 1) {
    path = scope.prefix
    conv = Conv2d(scope / "conv", channels, channels, kernel: 3, gain: gain)
  }

  public func callAsFunction(_ x: Variable) -> Variable {
    conv(x.upsampledNearest2x()).traced(as: path)
  }
}
