/// Two 3×3 convolutions beside a shortcut; the time embedding shifts the channels between them.
///
/// - Source: `ResnetBlock2D` of diffusers.
public struct ResnetBlock: Sendable {
  let path: String
  let norm1: GroupNorm
  let conv1: Conv2d
  let timeProjection: Linear?
  let norm2: GroupNorm
  let conv2: Conv2d
  let shortcut: Conv2d?

  /// - Parameters:
  ///   - scope: of its layers, named as in diffusers.
  ///   - input: channels of the picture.
  ///   - output: channels of the result; where they differ the shortcut is a 1×1 convolution.
  ///   - time: width of the time embedding; nil without one.
  ///   - groups: of channels in both normalisations; must divide `input` and `output`.
  ///   - epsilon: added to the variance in both normalisations.
  ///   - gain: of the last convolution's initial weights; 0 makes a fresh block the identity.
  public init(
    _ scope: ParameterScope, _ input: Int, _ output: Int, time: Int? = nil, groups: Int,
    epsilon: Float, gain: Float = 1
  ) {
    path = scope.prefix
    norm1 = GroupNorm(scope / "norm1", groups: groups, channels: input, epsilon: epsilon)
    conv1 = Conv2d(scope / "conv1", input, output, kernel: 3)
    timeProjection = time.map { Linear(scope / "time_emb_proj", $0, output) }
    norm2 = GroupNorm(scope / "norm2", groups: groups, channels: output, epsilon: epsilon)
    conv2 = Conv2d(scope / "conv2", output, output, kernel: 3, gain: gain)
    shortcut = input == output ? nil : Conv2d(scope / "conv_shortcut", input, output, kernel: 1)
  }

  /// Sets the last convolution to zero, so that the block is its shortcut.
  public func zero() { conv2.zero() }

  /// - Shape: `x [N, H, W, input]`, `time [N, T]` (after its SiLU) → `[N, H, W, output]`.
  public func callAsFunction(_ x: Variable, time: Variable? = nil) -> Variable {
    var h = conv1(norm1.silu(x))
    if let timeProjection, let time {
      let count = x.shape[0]
      h = h + timeProjection(time.tiled(to: count)).reshaped([count, 1, 1, -1])
    }
    return ((shortcut.map { $0(x) } ?? x) + conv2(norm2.silu(h))).traced(as: path)
  }
}
