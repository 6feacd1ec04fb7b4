import Models
import Tensors

/// From ᾱ at one timestep to ᾱ at another, with the noise that the network sees.
///
/// - Source: Song et al., "Denoising diffusion implicit models", arXiv:2010.02502, eq. 12.
package struct ImplicitStep {
  let alpha: Double
  let nextAlpha: Double
  /// Deviation of the noise that is added again, σ_t of eq. 16; 0 is deterministic.
  let sigma: Double

  /// - Parameter next: nil is the end of the schedule.
  package init(_ schedule: NoiseSchedule, from timestep: Int, to next: Int?, eta: Float = 0) {
    alpha = schedule.alphas[timestep]
    nextAlpha = next.map { schedule.alphas[$0] } ?? schedule.finalAlpha
    let variance = (1 - nextAlpha) / (1 - alpha) * (1 - alpha / nextAlpha)
    sigma = Double(eta) * max(variance, 0).squareRoot()
  }

  package func callAsFunction<Numbers: Latents>(_ latents: Numbers, noise: Numbers) -> Numbers {
    let ratio = (nextAlpha / alpha).squareRoot()
    // x₀ = (x − √(1 − ᾱ)·ε)/√ᾱ, then √ᾱ′·x₀ + direction·ε, gathered by ε.
    var result = latents * Float(ratio)
    result.add(noise, scaledBy: Float(direction - ratio * (1 - alpha).squareRoot()))
    return result
  }

  /// The same from clean latents that are not those of the noise any more.
  func callAsFunction<Numbers: Latents>(data: Numbers, noise: Numbers) -> Numbers {
    var result = data * Float(nextAlpha.squareRoot())
    result.add(noise, scaledBy: Float(direction))
    return result
  }

  private var direction: Double { max(1 - nextAlpha - sigma * sigma, 0).squareRoot() }
}

/// DDIM; `eta` 0 is deterministic, 1 is ancestral sampling.
///
/// - Parameters:
///   - latents: standard normal noise, `[N, h, w, C]`.
///   - schedule: how much noise each timestep has, and which timesteps to visit.
///   - steps: how many, at least 1.
///   - prediction: what `predict` gives.
///   - eta: scales the noise that each step adds.
///   - random: drawn from after each step, unless `eta` is 0.
///   - adjust: may change latents at each moment; see ``SamplingMoment``.
///   - predict: the network's output for latents at a timestep; called once a step, from the
///     noisiest on.
/// - Source: Song et al., arXiv:2010.02502, eq. 12; diffusers' `DDIMScheduler`, `clip_sample` included.
public func ddim<Numbers: Latents>(
  from latents: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction = .noise,
  eta: Float = 0, using random: inout some NormalSource,
  adjust: (Numbers, SamplingMoment) throws -> Numbers,
  predict: (Numbers, Int) throws -> Numbers
) rethrows -> Numbers {
  var (schedule, latents) = (schedule, latents)
  schedule.grid.endsAtOne = schedule.grid.endsAtOne ?? true
  for place in schedule.samplingSteps(steps) {
    let timestep = place.timestep
    let step = ImplicitStep(schedule, from: timestep, to: place.next, eta: eta)
    latents = try adjust(latents, .step(timestep))
    let output = try predict(latents, timestep)
    let noise = prediction.noise(from: output, latents: latents, at: timestep, schedule)
    if let bound = schedule.grid.bound {
      let data = prediction.data(from: output, latents: latents, at: timestep, schedule)
      latents = step(data: data.clamped(-bound, bound), noise: noise)
    } else {
      latents = step(latents, noise: noise)
    }
    if eta > 0 { latents.add(.constant(random.normal(latents.shape)), scaledBy: Float(step.sigma)) }
  }
  return try adjust(latents, .end)
}

/// DDIM whose latents stay as they are between its steps; the same otherwise.
public func ddim<Numbers: Latents>(
  from latents: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction = .noise,
  eta: Float = 0, using random: inout some NormalSource,
  predict: (Numbers, Int) throws -> Numbers
) rethrows -> Numbers {
  try ddim(
    from: latents, schedule, steps: steps, prediction: prediction, eta: eta, using: &random,
    adjust: unadjusted, predict: predict)
}

/// The method behind ``ddim(from:_:steps:prediction:eta:using:adjust:predict:)``.
struct DDIM: SteppedSamplingMethod {
  static let name = "ddim"
  static let scheduler: SchedulerClass? = .ddim
  static let takesEta = true
  static let visitsGrid = true
  private let eta: Float

  init(_ options: SamplingOptions) { eta = options.eta }

  func sample<Numbers: Latents>(
    from noise: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction,
    using random: inout some NormalSource,
    adjust: (Numbers, SamplingMoment) throws -> Numbers, predict: (Numbers, Int) throws -> Numbers
  ) throws -> Numbers {
    try ddim(
      from: noise, schedule, steps: steps, prediction: prediction, eta: eta, using: &random,
      adjust: adjust, predict: predict)
  }
}

extension Sampler {
  public static let ddim = Sampler(DDIM.self)
}
