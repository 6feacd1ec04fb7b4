import Tensors

/// A convolution over channels-last pictures.
///
/// - Shape: `[N, H, W, input]` → `[N, H', W', output]`; weight `[output, input, kernel, kernel]`.
/// - Source: torch.nn.Conv2d, its initial distribution included where `gain` is 1.
public struct Conv2d: Sendable {
  public let path: String
  public let weight: Parameter
  public let bias: Parameter?
  let stride: Int
  let padding: Padding

  /// - Parameters:
  ///   - scope: of its `weight` and `bias`.
  ///   - input: channels of the picture.
  ///   - output: channels of the result.
  ///   - kernel: height and width of the kernel.
  ///   - stride: in both directions.
  ///   - padding: half the kernel where none is given, which keeps the size at stride 1.
  ///   - bias: whether a number is added to each channel.
  ///   - gain: multiplies the initial weights; √3 keeps the variance of the input, PyTorch's 1
  ///     loses two thirds of it.
  public init(
    _ scope: ParameterScope, _ input: Int, _ output: Int, kernel: Int, stride: Int = 1,
    padding: Padding? = nil, bias: Bool = true, gain: Float = 1
  ) {
    path = scope.prefix
    let fanIn = input * kernel * kernel
    weight = scope.parameter(
      "weight", [output, input, kernel, kernel], .fanIn(fanIn, gain: gain))
    self.bias = bias ? scope.parameter("bias", [output], .fanIn(fanIn)) : nil
    self.stride = stride
    self.padding = padding ?? Padding(kernel / 2)
  }

  /// Sets weight and bias to zero.
  public func zero() {
    weight.zero()
    bias?.zero()
  }

  public var outputChannels: Int { weight.shape[0] }

  public func callAsFunction(_ x: Variable) -> Variable {
    let y = x.conv2d(weight.variable, bias?.variable, stride: stride, padding: padding)
    return weight.adapter.map { y + $0.convolution(x, stride: stride, padding: padding) } ?? y
  }
}
