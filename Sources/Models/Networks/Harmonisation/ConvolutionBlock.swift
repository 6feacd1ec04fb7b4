import Autograd

/// A convolution, batch norm where wanted, and an activation.
///
/// - Shape: `[N, H, W, input]` → `[N, H', W', output]`.
/// - Source: `ConvBlock` in DCCF's basic_blocks.py, and its names.
struct ConvolutionBlock: Sendable {
  enum Activation: Sendable {
    case relu
    case elu

    func callAsFunction(_ x: Variable) -> Variable {
      switch self {
      case .relu: x.relu()
      case .elu: x.elu()
      }
    }
  }

  private let convolution: Conv2d
  private let norm: BatchNorm?
  private let activation: Activation

  /// PyTorch's start loses two thirds of a signal's variance: too much without norms.
  private static let gain: Float = 1.732

  init(
    _ scope: ParameterScope, _ input: Int, _ output: Int, kernel: Int = 3, stride: Int = 1,
    padding: Int = 1, hasNorm: Bool, bias: Bool = true, _ activation: Activation
  ) {
    convolution = Conv2d(
      scope / "block" / 0, input, output, kernel: kernel, stride: stride,
      padding: .init(padding), bias: bias, gain: Self.gain)
    norm = hasNorm ? BatchNorm(scope / "block" / 1, output) : nil
    self.activation = activation
  }

  func callAsFunction(_ x: Variable) -> Variable {
    let h = convolution(x)
    return activation(norm.map { $0(h) } ?? h)
  }
}

/// Two 3×3 convolutions with ReLU.
///
/// - Source: `UNetDoubleConv` in DCCF's unet.py.
struct DoubleConvolution: Sendable {
  private let first: ConvolutionBlock
  private let second: ConvolutionBlock

  init(_ scope: ParameterScope, _ input: Int, _ output: Int, hasNorm: Bool) {
    first = ConvolutionBlock(scope / "block" / 0, input, output, hasNorm: hasNorm, .relu)
    second = ConvolutionBlock(scope / "block" / 1, output, output, hasNorm: hasNorm, .relu)
  }

  func callAsFunction(_ x: Variable) -> Variable { second(first(x)) }
}
