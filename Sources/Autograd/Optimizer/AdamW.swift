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
  /// Which elements of each parameter are changed here: all, unless several processes share the work.
  /// They begin at pieces of the loops over memory, which are then the same however the work is shared.
  public let parts: [Range<Int>]
  /// Of the parts. Empty before the first step: a run of no steps needs no memory for them.
  public var firstMoments: [Tensor] = []
  public var secondMoments: [Tensor] = []
  /// Steps taken so far.
  public var stepCount = 0
  private let beta1: Float
  private let beta2: Float
  private let epsilon: Float
  private let weightDecay: Float

  /// - Parameters:
  ///   - parameters: what is optimised.
  ///   - parts: the elements of each that are changed here; nil for all.
  ///   - betas: how slowly the moments forget.
  ///   - epsilon: keeps the step finite where there is no gradient.
  ///   - weightDecay: share of a weight that a step of learning rate 1 takes off.
  public init(
    _ parameters: [Parameter], parts: [Range<Int>]? = nil, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0.01
  ) {
    self.parameters = parameters
    self.parts = parts ?? parameters.map { 0..<$0.count }
    check(self.parts.count == parameters.count, "one part a parameter")
    for part in self.parts {
      check(part.isEmpty || part.lowerBound % elementGrain == 0, "a part begins within a piece")
    }
    (beta1, beta2) = (Float(betas.0), Float(betas.1))
    self.epsilon = Float(epsilon)
    self.weightDecay = Float(weightDecay)
  }

  /// Changes the parameters.
  ///
  /// - Parameters:
  ///   - gradients: of the parts, in the order of the parameters; nil counts as zero.
  ///   - learningRate: of this step; it multiplies the weight decay too. The effect of a parameter's
  ///     own rate is that of training the parameter divided by it.
  ///   - scale: multiplies every gradient (clipping).
  public mutating func step(_ gradients: [Tensor?], learningRate: Double, scale: Double = 1) {
    check(gradients.count == parameters.count, "one gradient a parameter")
    if firstMoments.isEmpty {
      firstMoments = parameters.indices.map { Tensor(zeros: shape(ofPart: $0)) }
      secondMoments = firstMoments
    }
    stepCount += 1
    let correction1 = Float(1 - Self.power(Double(beta1), stepCount))
    let correction2 = Float(1 - Self.power(Double(beta2), stepCount))
    for (i, parameter) in parameters.enumerated() where !parts[i].isEmpty {
      let gradient = gradients[i] ?? Tensor(zeros: shape(ofPart: i))
      check(
        gradient.count == parts[i].count, "\(parameter.name): \(gradient.shape) for \(parts[i])")
      let rate = parameter.rate
      let step = AdamWStep(
        learningRate: Float(learningRate * rate), beta1: beta1, beta2: beta2,
        epsilon: epsilon / Float(rate), weightDecay: weightDecay / Float(rate),
        correction1: correction1, correction2: correction2, gradientScale: Float(scale))
      parameter.update {
        step.apply(
          to: UnsafeMutableBufferPointer(rebasing: $0[parts[i]]), &firstMoments[i],
          &secondMoments[i], gradient: gradient)
      }
    }
  }

  /// The parameter's own where the part is all of it, else the number of its elements.
  package func shape(ofPart index: Int) -> [Int] {
    let (part, parameter) = (parts[index], parameters[index])
    return part.count == parameter.count ? parameter.shape : [part.count]
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
