import Kernels
import Support

/// The numbers of one AdamW step.
package struct AdamWStep {
  package var learningRate: Float
  package var beta1: Float
  package var beta2: Float
  package var epsilon: Float
  package var weightDecay: Float
  /// `1 − βⁿ` for either moment.
  package var correction1: Float
  package var correction2: Float
  /// Multiplies the gradient (clipping).
  package var gradientScale: Float

  package init(
    learningRate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float,
    correction1: Float, correction2: Float, gradientScale: Float
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.correction1 = correction1
    self.correction2 = correction2
    self.gradientScale = gradientScale
  }

  /// Changes a weight and its moments in one pass over memory.
  package func apply(
    to weights: UnsafeMutableBufferPointer<Float>, _ first: inout Tensor, _ second: inout Tensor,
    gradient: Tensor
  ) {
    first.withUnsafeMutableBufferPointer { first in
      second.withUnsafeMutableBufferPointer { second in
        guard let w = weights.baseAddress, let m = first.baseAddress, let v = second.baseAddress
        else { return }
        parallelRanges(weights.count, grain: elementGrain) { range in
          let at = range.lowerBound
          var update = AdamWUpdate(
            parameter: w + at, moment1: m + at, moment2: v + at, gradient: gradient.pointer + at,
            count: range.count, learningRate: learningRate, beta1: beta1, beta2: beta2,
            epsilon: epsilon, decay: weightDecay, correction1: correction1,
            correction2: correction2, gradientScale: gradientScale)
          kernels.adamW(&update)
        }
      }
    }
  }
}

extension Tensor {
  /// `self ← self + weight · (other − self)`, in place.
  package mutating func interpolate(towards other: Tensor, weight: Float) {
    check(shape == other.shape, "interpolating \(shape) towards \(other.shape)")
    withUnsafeMutableBufferPointer { average in
      guard let base = average.baseAddress else { return }
      parallelRanges(average.count, grain: elementGrain) {
        kernels.interpolate(
          base + $0.lowerBound, other.pointer + $0.lowerBound, weight, $0.count)
      }
    }
  }
}
