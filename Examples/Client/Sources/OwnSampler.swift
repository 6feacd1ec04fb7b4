import PaintByExample

/// A sampler of one's own: Euler's method in the variance-exploding view, x/√ᾱ against σ = √(1/ᾱ − 1).
///
/// - Source: Karras et al., arXiv:2206.00364, algorithm 1 without its second-order correction.
struct Euler: SamplingMethod {
  static let name = "euler"

  init(_ options: SamplingOptions) {}

  func sample<Numbers: Latents>(
    from noise: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction,
    using random: inout some NormalSource, predict: (Numbers, Int) throws -> Numbers
  ) throws -> Numbers {
    let last = schedule.alphas.count - 1
    let timesteps = (0..<steps).map { last - $0 * last / max(steps - 1, 1) }
    var latents = noise
    for (place, timestep) in timesteps.enumerated() {
      let output = try predict(latents, timestep)
      let clean = prediction.data(from: output, latents: latents, at: timestep, schedule)
      guard place + 1 < timesteps.count else { return clean }
      let (signal, spread) = (schedule.signal(at: timestep), schedule.spread(at: timestep))
      let next = timesteps[place + 1]
      let (nextSignal, nextSpread) = (schedule.signal(at: next), schedule.spread(at: next))
      let seen = (latents - clean * signal) * (1 / spread)
      latents = clean * nextSignal + seen * nextSpread
    }
    return latents
  }
}
