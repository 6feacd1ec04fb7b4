import Models
import Support
import Tensors

/// Few steps with a consistency model: each goes to the clean latents at once, and noise of the next
/// timestep is added to them.
///
/// - Parameters:
///   - latents: standard normal noise, `[N, h, w, C]`.
///   - schedule: how much noise each timestep has, and what the model was distilled on.
///   - steps: how many, 1 to those that were distilled.
///   - prediction: what `predict` gives.
///   - random: drawn from after each step but the last.
///   - adjust: may change latents at each moment; see ``SamplingMoment``.
///   - predict: the network's output for latents at a timestep; called once a step, from the
///     noisiest on.
/// - Source: Luo et al., "Latent consistency models", arXiv:2310.04378, algorithm 3; diffusers'
///   `LCMScheduler`.
public func lcm<Numbers: Latents>(
  from latents: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction = .noise,
  using random: inout some NormalSource,
  adjust: (Numbers, SamplingMoment) throws -> Numbers,
  predict: (Numbers, Int) throws -> Numbers
) rethrows -> Numbers {
  let most = schedule.grid.consistency.originalSteps
  check((1...most).contains(steps), "\(steps) steps of a model distilled on \(most)")
  let timesteps = schedule.consistencyTimesteps(steps)
  var latents = latents
  for (index, timestep) in timesteps.enumerated() {
    latents = try adjust(latents, .step(timestep))
    let output = try predict(latents, timestep)
    var data = prediction.data(from: output, latents: latents, at: timestep, schedule)
    if let bound = schedule.grid.consistency.bound { data = data.clamped(-bound, bound) }
    latents = schedule.consistency(data, latents, at: timestep)
    guard index + 1 < steps else { break }
    let next = timesteps[index + 1]
    latents = latents * schedule.signal(at: next)
    latents.add(.constant(random.normal(latents.shape)), scaledBy: schedule.spread(at: next))
  }
  return try adjust(latents, .end)
}

/// The same where latents stay as they are between its steps.
public func lcm<Numbers: Latents>(
  from latents: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction = .noise,
  using random: inout some NormalSource, predict: (Numbers, Int) throws -> Numbers
) rethrows -> Numbers {
  try lcm(
    from: latents, schedule, steps: steps, prediction: prediction, using: &random,
    adjust: unadjusted, predict: predict)
}

/// The method behind ``lcm(from:_:steps:prediction:using:adjust:predict:)``.
struct LCM: SteppedSamplingMethod {
  static let name = "lcm"
  static let scheduler: SchedulerClass? = .consistency
  static let usual = SamplerDefaults(steps: 4, scale: 1)  // guidance was distilled, too

  init(_ options: SamplingOptions) {}

  static func mostSteps(_ schedule: NoiseSchedule) -> Int {
    schedule.grid.consistency.originalSteps
  }

  func sample<Numbers: Latents>(
    from noise: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction,
    using random: inout some NormalSource,
    adjust: (Numbers, SamplingMoment) throws -> Numbers, predict: (Numbers, Int) throws -> Numbers
  ) throws -> Numbers {
    try lcm(
      from: noise, schedule, steps: steps, prediction: prediction, using: &random,
      adjust: adjust, predict: predict)
  }
}

extension Sampler {
  public static let lcm = Sampler(LCM.self)
}
