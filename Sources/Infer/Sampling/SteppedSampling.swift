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
  /// The latents of a picture.
  ///
  /// - Parameters:
  ///   - noise: standard normal, `[N, h, w, C]`.
  ///   - schedule: how much noise each timestep has, and which timesteps to visit.
  ///   - steps: how many, at least 1.
  ///   - prediction: what `predict` gives.
  ///   - random: for noise that is added on the way.
  ///   - adjust: called with latents at each moment before they are used; the sampler goes on with what it
  ///     returns.
  ///   - predict: the network's output for latents at a timestep, from the noisiest on; what it throws
  ///     ends the sampling.
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
