import Models
import Tensors

/// How latents are brought from noise to a picture.
public enum Sampler: String, CaseIterable, Sendable {
  case plms
  case ddim

  /// Network evaluations for so many steps; with guidance each is of two conditions.
  public func evaluations(steps: Int) -> Int { self == .plms ? steps + 1 : steps }
}

/// From ᾱ at one timestep to ᾱ at the one before it, with the noise that the network sees.
///
/// - Source: Song et al., "Denoising diffusion implicit models", arXiv:2010.02502, eq. 12.
struct ImplicitStep {
  let alpha: Double
  let previousAlpha: Double
  /// Deviation of the noise that is added again, σ_t of eq. 16; 0 is deterministic.
  let sigma: Double

  /// - Parameter index: place in the rising list of timesteps; before the first comes ᾱ_0, not 1.
  init(_ schedule: NoiseSchedule, _ timesteps: [Int], _ index: Int, eta: Float) {
    alpha = schedule.alphas[timesteps[index]]
    previousAlpha = schedule.alphas[index > 0 ? timesteps[index - 1] : 0]
    let variance = (1 - previousAlpha) / (1 - alpha) * (1 - alpha / previousAlpha)
    sigma = Double(eta) * max(variance, 0).squareRoot()
  }

  func callAsFunction(_ latents: Tensor, noise: Tensor) -> Tensor {
    let ratio = (previousAlpha / alpha).squareRoot()
    let direction = max(1 - previousAlpha - sigma * sigma, 0).squareRoot()
    // x₀ = (x − √(1 − ᾱ)·ε)/√ᾱ, then √ᾱ′·x₀ + direction·ε, gathered by ε.
    var result = latents * Float(ratio)
    result.add(noise, scaledBy: Float(direction - ratio * (1 - alpha).squareRoot()))
    return result
  }
}

/// DDIM; `eta` 0 is deterministic, 1 is ancestral sampling.
///
/// - Parameters:
///   - latents: standard normal noise, `[N, h, w, C]`.
///   - predictNoise: ε for latents at a timestep; called once a step, from the noisiest on.
/// - Source: Song et al., arXiv:2010.02502, eq. 12.
public func ddim(
  from latents: Tensor, _ schedule: NoiseSchedule, steps: Int, eta: Float = 0,
  using random: inout RandomStream, predictNoise: (Tensor, Int) throws -> Tensor
) rethrows -> Tensor {
  let timesteps = schedule.samplingTimesteps(steps)
  var latents = latents
  for index in timesteps.indices.reversed() {
    let step = ImplicitStep(schedule, timesteps, index, eta: eta)
    latents = step(latents, noise: try predictNoise(latents, timesteps[index]))
    if step.sigma > 0 {
      latents.add(Tensor(normal: latents.shape, using: &random), scaledBy: Float(step.sigma))
    }
  }
  return latents
}

/// PLMS: DDIM's step on noise extrapolated from the last four evaluations (Adams–Bashforth); the
/// first step is a Heun step of two evaluations.
///
/// - Source: Liu et al., "Pseudo numerical methods for diffusion models", arXiv:2202.09778, eq. 12;
///   ldm/models/diffusion/plms.py.
public func plms(
  from latents: Tensor, _ schedule: NoiseSchedule, steps: Int,
  predictNoise: (Tensor, Int) throws -> Tensor
) rethrows -> Tensor {
  let timesteps = schedule.samplingTimesteps(steps)
  var latents = latents
  var history: [Tensor] = []  // newest first
  for index in timesteps.indices.reversed() {
    let step = ImplicitStep(schedule, timesteps, index, eta: 0)
    let noise = try predictNoise(latents, timesteps[index])
    var effective: Tensor
    if history.isEmpty {
      let ahead = step(latents, noise: noise)
      effective = noise * 0.5
      effective.add(try predictNoise(ahead, timesteps[max(index - 1, 0)]), scaledBy: 0.5)
    } else {
      let weights = adamsBashforth[min(history.count, 3)]
      effective = noise * weights[0]
      for (past, weight) in zip(history, weights.dropFirst()) {
        effective.add(past, scaledBy: weight)
      }
    }
    history = [noise] + history.prefix(2)
    latents = step(latents, noise: effective)
  }
  return latents
}

/// Weights of the newest and the earlier evaluations, by how many earlier ones there are.
private let adamsBashforth: [[Float]] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
]
