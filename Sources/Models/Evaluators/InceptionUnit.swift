import Autograd
import Synchronization
import Tensors

/// Convolution without bias, batch normalisation and ReLU, for inference.
///
/// - Shape: `[N, H, W, input]` → `[N, H', W', output]`.
/// - Source: `BasicConv2d` of torchvision's inception.py.
final class InceptionUnit: Sendable {
  private let weight: Parameter
  private let gain: Parameter
  private let offset: Parameter
  private let mean: Parameter
  private let variance: Parameter
  private let stride: Int
  private let padding: Padding
  /// The normalisation is part of the convolution from its first use on.
  private let folded = Mutex<(weight: Tensor, bias: Tensor)?>(nil)

  private static let epsilon = 0.001

  /// - Parameter isPadded: whether zeros around the picture keep its size (at stride 1).
  init(
    _ scope: ParameterScope, _ input: Int, _ output: Int, kernel: (height: Int, width: Int),
    stride: Int = 1, isPadded: Bool = true
  ) {
    let norm = scope / "bn"
    weight = (scope / "conv").parameter(
      "weight", [output, input, kernel.height, kernel.width],
      .fanIn(input * kernel.height * kernel.width))
    gain = norm.parameter("weight", [output], .constant(1))
    offset = norm.parameter("bias", [output], .constant(0))
    mean = norm.parameter("running_mean", [output], .constant(0))
    variance = norm.parameter("running_var", [output], .constant(1))
    self.stride = stride
    let (vertical, horizontal) = isPadded ? (kernel.height / 2, kernel.width / 2) : (0, 0)
    padding = Padding(top: vertical, left: horizontal, bottom: vertical, right: horizontal)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let (weight, bias) = foldedWeights
    return Convolution(x.shape, weight.shape, stride: stride, padding: padding)
      .forward(x, weight, bias).clamped(0, .infinity)
  }

  private var foldedWeights: (weight: Tensor, bias: Tensor) {
    folded.withLock { folded in
      if let folded { return folded }
      let result = fold()
      folded = result
      return result
    }
  }

  /// `γ (w ∗ x − μ) / √(σ² + ε) + β` as one convolution, computed in double precision.
  private func fold() -> (weight: Tensor, bias: Tensor) {
    let scales = zip(gain.value.values, variance.value.values).map { gain, variance in
      Double(gain) / (Double(variance) + Self.epsilon).squareRoot()
    }
    let means = zip(mean.value.values, scales).map { Double($0) * $1 }
    let bias = zip(offset.value.values, means).map { Float(Double($0) - $1) }
    let (source, size) = (weight.value, weight.count / max(scales.count, 1))
    let scaled = Tensor(weight.shape) { result in
      for (channel, scale) in scales.enumerated() {
        for i in channel * size..<(channel + 1) * size {
          result[i] = Float(Double(source.pointer[i]) * scale)
        }
      }
    }
    return (scaled, Tensor([bias.count], bias))
  }
}
