import Models
import Tensors

/// Where in a sampling latents are about to be looked at.
public enum SamplingMoment: Sendable, Equatable {
  /// A step begins at this timestep.
  case step(Int)
  /// The network is asked at this timestep on behalf of a step that began earlier.
  case trial(Int)
  /// The last step is done.
  case end
}

/// A sampler whose latents can be changed between its steps, as inpainting by blending does.
public protocol SteppedSamplingMethod: SamplingMethod {
  /// The latents of a picture; see ``SamplingMethod/sample(from:_:steps:prediction:using:predict:)``.
  ///
  /// - Parameter adjust: called with latents at each moment before they are used; the sampler goes on with
  ///   what it returns.
  func sample<Numbers: Latents>(
    from noise: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction,
    using random: inout some NormalSource,
    adjust: (Numbers, SamplingMoment) throws -> Numbers, predict: (Numbers, Int) throws -> Numbers
  ) throws -> Numbers
}

extension SteppedSamplingMethod {
  public func sample<Numbers: Latents>(
    from noise: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction,
    using random: inout some NormalSource, predict: (Numbers, Int) throws -> Numbers
  ) throws -> Numbers {
    try sample(
      from: noise, schedule, steps: steps, prediction: prediction, using: &random,
      adjust: { latents, _ in latents }, predict: predict)
  }
}

/// Leaves latents as they are.
func unadjusted<Numbers: Latents>(_ latents: Numbers, _ moment: SamplingMoment) -> Numbers {
  latents
}
