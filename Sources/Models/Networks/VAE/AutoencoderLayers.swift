import Autograd

/// How an autoencoder's fresh weights are drawn.
///
/// With PyTorch's defaults the variance falls by two thirds at every convolution, and a small
/// autoencoder stalls at blurs (measured in the project's issue: 19 dB against 28).
public struct AutoencoderInitialization: Sendable, Equatable {
  /// Deviation of convolutions outside residual branches, in units of PyTorch's default.
  public var convolutionGain = Float(3).squareRoot()
  /// Whether the last convolution of each residual branch starts at zero.
  public var zeroesResiduals = true
  /// Bias of the log-variance: at noise of 1 that its mean of about 1 would drown in, nothing would
  /// be learnt for long.
  public var logVarianceBias: Float = -6

  public init() {}

  public init(convolutionGain: Float, zeroesResiduals: Bool, logVarianceBias: Float) {
    self.convolutionGain = convolutionGain
    self.zeroesResiduals = zeroesResiduals
    self.logVarianceBias = logVarianceBias
  }
}

/// What encoder and decoder are built of.
struct AutoencoderLayers {
  let configuration: AutoencoderConfiguration
  let initialization: AutoencoderInitialization
  static let epsilon: Float = 1e-6

  func resnet(_ scope: ParameterScope, _ input: Int, _ output: Int) -> ResnetBlock {
    ResnetBlock(
      scope, input, output, groups: configuration.normGroups, epsilon: Self.epsilon,
      gain: initialization.zeroesResiduals ? 0 : 1)
  }

  func norm(_ scope: ParameterScope, _ channels: Int) -> GroupNorm {
    GroupNorm(
      scope, groups: configuration.normGroups, channels: channels, epsilon: Self.epsilon)
  }

  func conv(_ scope: ParameterScope, _ input: Int, _ output: Int, kernel: Int = 3) -> Conv2d {
    Conv2d(scope, input, output, kernel: kernel, gain: initialization.convolutionGain)
  }

  func middle(_ scope: ParameterScope, _ channels: Int) -> AutoencoderMiddle {
    AutoencoderMiddle(
      path: scope.prefix,
      first: resnet(scope / "resnets" / 0, channels, channels),
      attention: PixelAttention(
        scope / "attentions" / 0, channels, groups: configuration.normGroups),
      second: resnet(scope / "resnets" / 1, channels, channels))
  }
}

/// The coarsest point: ResNet block, attention, ResNet block.
struct AutoencoderMiddle: Sendable {
  let path: String
  let first: ResnetBlock
  let attention: PixelAttention
  let second: ResnetBlock

  func callAsFunction(_ x: Variable) -> Variable {
    second(attention(first(x))).traced(as: path)
  }
}
