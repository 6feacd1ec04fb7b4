import Support
import Tensors

/// AdamW: moments of the gradient decide the step, weight decay acts on the weight itself.
///
/// A parameter that had no influence has gradient zero: it still decays, as PyTorch's does where the
/// official code gives it a zero gradient (queries and keys of attention to one token).
///
/// - Source: Loshchilov & Hutter, arXiv:1711.05101; torch.optim.AdamW.
public struct AdamW {
  public let parameters: [Parameter]
  /// Empty before the first step: a run of no steps needs no memory for them.
  public var firstMoments: [Tensor] = []
  public var secondMoments: [Tensor] = []
  /// Steps taken so far.
  public var stepCount = 0
  private let beta1: Float
  private let beta2: Float
  private let epsilon: Float
  private let weightDecay: Float

  public init(
    _ parameters: [Parameter], betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
    weightDecay: Double = 0.01
  ) {
    self.parameters = parameters
    (beta1, beta2) = (Float(betas.0), Float(betas.1))
    self.epsilon = Float(epsilon)
    self.weightDecay = Float(weightDecay)
  }

  /// Changes the parameters.
  ///
  /// - Parameters:
  ///   - gradients: in the order of the parameters; nil counts as zero.
  ///   - learningRate: of this step; it multiplies the weight decay too.
  ///   - scale: multiplies every gradient (clipping).
  public mutating func step(_ gradients: [Tensor?], learningRate: Double, scale: Double = 1) {
    check(gradients.count == parameters.count, "one gradient a parameter")
    if firstMoments.isEmpty {
      firstMoments = parameters.map { Tensor(zeros: $0.shape) }
      secondMoments = firstMoments
    }
    stepCount += 1
    let step = AdamWStep(
      learningRate: Float(learningRate), beta1: beta1, beta2: beta2, epsilon: epsilon,
      weightDecay: weightDecay, correction1: Float(1 - Self.power(Double(beta1), stepCount)),
      correction2: Float(1 - Self.power(Double(beta2), stepCount)), gradientScale: Float(scale))
    for (i, parameter) in parameters.enumerated() {
      let gradient = gradients[i] ?? Tensor(zeros: parameter.shape)
      parameter.update {
        step.apply(to: $0, &firstMoments[i], &secondMoments[i], gradient: gradient)
      }
    }
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}
