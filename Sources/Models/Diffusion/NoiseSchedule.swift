import Support
import Tensors

/// How much noise each timestep has: `x_t = √ᾱ_t · x_0 + √(1 − ᾱ_t) · noise`.
///
/// - Source: Ho et al., arXiv:2006.11239, eq. 4; `make_beta_schedule("linear")` of latent
///   diffusion, "scaled_linear" in diffusers.
public struct NoiseSchedule: Sendable, Equatable {
  /// ᾱ of each timestep, falling from nearly 1 to nearly 0.
  public let alphas: [Double]
  /// Which timesteps samplers visit.
  public var grid: SamplingGrid

  /// What of β is interpolated linearly; `beta_schedule` in diffusers.
  public enum Curve: String, CaseIterable, Sendable {
    /// Its root, as in latent diffusion.
    case root = "scaled_linear"
    case linear
  }

  /// - Parameters:
  ///   - count: of timesteps.
  ///   - start: β of the first timestep.
  ///   - end: β of the last timestep.
  ///   - curve: between those.
  ///   - grid: which timesteps samplers visit.
  public init(
    count: Int = 1000, start: Double = 0.00085, end: Double = 0.012, curve: Curve = .root,
    grid: SamplingGrid = .init()
  ) {
    self.grid = grid
    let isRoot = curve == .root
    let low = isRoot ? start.squareRoot() : start
    let high = isRoot ? end.squareRoot() : end
    var product = 1.0
    alphas = (0..<count).map { t in
      let value = low + (high - low) * Double(t) / Double(max(count - 1, 1))
      product *= 1 - (isRoot ? value * value : value)
      return product
    }
  }

  /// √ᾱ, the factor of the latents.
  public func signal(at timestep: Int) -> Float { Float(alphas[timestep].squareRoot()) }

  /// √(1 − ᾱ), the factor of the noise.
  public func spread(at timestep: Int) -> Float { Float((1 - alphas[timestep]).squareRoot()) }

  /// Latents with the noise of a timestep each.
  ///
  /// - Shape: `latents [N, …]`, `noise [N, …]`, N timesteps → `[N, …]`.
  public func noisy(_ latents: Tensor, _ noise: Tensor, at timesteps: [Int]) -> Tensor {
    .mixed(latents, timesteps.map(signal), noise, timesteps.map(spread))
  }
}

/// What the network's output means.
///
/// Training and sampling both ask here, so that they cannot drift apart.
public enum Prediction: String, CaseIterable, Sendable {
  /// The noise in the latents (Ho et al. 2020).
  case noise = "epsilon"
  /// `√ᾱ · noise − √(1 − ᾱ) · x_0` (Salimans & Ho, arXiv:2202.00512, appendix D).
  case velocity = "v_prediction"

  /// What the network should say.
  ///
  /// - Shape: clean `latents [N, …]`, `noise [N, …]`, N timesteps → `[N, …]`.
  public func target(
    _ latents: Tensor, _ noise: Tensor, at timesteps: [Int], _ schedule: NoiseSchedule
  ) -> Tensor {
    switch self {
    case .noise: noise
    case .velocity:
      .mixed(
        noise, timesteps.map(schedule.signal), latents, timesteps.map { -schedule.spread(at: $0) })
    }
  }

  /// The noise in noisy latents, by what the network said about them.
  ///
  /// - Shape: `output [N, …]`, noisy `latents [N, …]` → `[N, …]`.
  public func noise<Numbers: Latents>(
    from output: Numbers, latents: Numbers, at timestep: Int, _ schedule: NoiseSchedule
  ) -> Numbers {
    switch self {
    case .noise: output
    case .velocity:
      output * schedule.signal(at: timestep) + latents * schedule.spread(at: timestep)
    }
  }

  /// The clean latents in noisy ones, by what the network said about them.
  ///
  /// - Shape: `output [N, …]`, noisy `latents [N, …]` → `[N, …]`.
  public func data<Numbers: Latents>(
    from output: Numbers, latents: Numbers, at timestep: Int, _ schedule: NoiseSchedule
  ) -> Numbers {
    let (signal, spread) = (schedule.signal(at: timestep), schedule.spread(at: timestep))
    return switch self {
    case .noise: (latents - output * spread) * (1 / signal)
    case .velocity: latents * signal - output * spread
    }
  }
}

extension Tensor {
  /// `a[n] · x[n] + b[n] · y[n]` for each sample n.
  fileprivate static func mixed(_ x: Tensor, _ a: [Float], _ y: Tensor, _ b: [Float]) -> Tensor {
    check(
      x.shape == y.shape && x.shape.first == a.count,
      "mixing \(x.shape) and \(y.shape) by \(a.count) timesteps")
    let parts = a.indices.map { n in
      x.slice(n..<n + 1, axis: 0) * a[n] + y.slice(n..<n + 1, axis: 0) * b[n]
    }
    return .concatenated(parts, axis: 0)
  }
}
