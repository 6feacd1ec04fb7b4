import Autograd
import Tensors

/// Weighs channels by what is in the whole picture.
///
/// - Shape: `[N, H, W, C]` → same.
/// - Source: `ChannelAttention` in DCCF's ops.py.
struct ChannelAttention: Sendable {
  private let hidden: Linear
  private let output: Linear

  init(_ scope: ParameterScope, _ channels: Int) {
    let inner = max(channels / 16, 8)
    hidden = Linear(scope / "attention_transform" / 0, 2 * channels, inner)
    output = Linear(scope / "attention_transform" / 2, inner, channels)
  }

  func callAsFunction(_ x: Variable) -> Variable {
    let pooled = Variable.concatenated([x.meansOfChannels(), x.maximaOfChannels()], axis: 3)
    return x * output(hidden(pooled).relu()).sigmoid()
  }
}

/// Attends to object and background apart; the object also learns from the mix of both.
///
/// - Shape: `[N, H, W, C]` → same.
/// - Source: Cong et al., arXiv:1907.06406; `SpatialSeparatedAttention` in DCCF's ssam_model.py.
struct SeparatedAttention: Sendable {
  private let background: ChannelAttention
  private let foreground: ChannelAttention
  private let mix: ChannelAttention
  private let learning: [ConvolutionBlock]
  /// Softens the mask's border. A constant that checkpoints hold as if it were a weight.
  private let blur: Parameter

  private static let taps = 7

  init(_ scope: ParameterScope, _ channels: Int, width: Double) {
    background = ChannelAttention(scope / "background_gate", channels)
    foreground = ChannelAttention(scope / "foreground_gate", channels)
    mix = ChannelAttention(scope / "mix_gate", channels)
    let inner = max(Int(width * Double(channels) + 1e-6), 1)
    let sizes = [(channels, inner), (inner, channels)]
    learning = sizes.enumerated().map { i, size in
      ConvolutionBlock(
        scope / "learning_block" / i, size.0, size.1, hasNorm: true, bias: false, .relu)
    }
    let kernel = Tensor.gaussianKernel(taps: Self.taps, deviation: 1)
    blur = (scope / "mask_blurring").parameter("weight", kernel.shape, .constant(0))
    blur.value = kernel
    blur.isTrainable = false
  }

  /// - Parameter mask: `[N, S, S, 1]`, 1 where the object is.
  func callAsFunction(_ x: Variable, mask: Variable) -> Variable {
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    let isSameSize = mask.shape[1] == height && mask.shape[2] == width
    let sized =
      isSameSize ? mask : mask.resizedBilinearAligned(height: height, width: width)
    let soft = sized.conv2d(blur.variable, nil, padding: Padding(Self.taps / 2))
      .repeatedChannel(channels)
    let outside = background(x)
    let inside = learning.reduce(foreground(x)) { $1($0) } + mix(x)
    return outside + soft * (inside - outside)
  }
}
