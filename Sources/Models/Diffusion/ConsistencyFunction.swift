import Autograd
import Tensors

/// What a consistency model is distilled on, as `scheduler_config.json` has it for few steps.
///
/// - Source: Luo et al., "Latent consistency models", arXiv:2310.04378, section 4; `LCMScheduler` of
///   diffusers, whose defaults these are.
public struct ConsistencyGrid: Sendable, Equatable {
  /// Steps of the sampler that is distilled: few steps visit some of its timesteps.
  public var originalSteps = 50
  /// Factor of a timestep in the boundary condition.
  public var timestepScaling = 10.0
  /// The clean latents are held within ± this; nil is without bounds.
  public var bound: Float?

  public init() {}
}

/// The consistency function `f(x, t) = c_skip(t) · x + c_out(t) · x₀`, where x₀ is what the network takes
/// for the clean latents: at timestep 0 it is `x` itself, whatever the network says.
///
/// Training and sampling both ask here, so that they cannot drift apart.
///
/// - Source: Song et al., "Consistency models", arXiv:2303.01469, eq. 5 and appendix C; scaled as in Luo et
///   al., arXiv:2310.04378, appendix, and diffusers'
///   `LCMScheduler.get_scalings_for_boundary_condition_discrete`.
public struct ConsistencyFunction: Sendable, Equatable {
  /// Half of what latents deviate by.
  public static let dataDeviation = 0.5

  private let scaling: Double

  public init(_ grid: ConsistencyGrid) { scaling = grid.timestepScaling }

  /// c_skip, the share of the noisy latents.
  public func skip(at timestep: Int) -> Float {
    Float(Self.variance / (scaled(timestep) * scaled(timestep) + Self.variance))
  }

  /// c_out, the factor of the clean latents.
  public func out(at timestep: Int) -> Float {
    let t = scaled(timestep)
    return Float(t / (t * t + Self.variance).squareRoot())
  }

  /// - Parameters:
  ///   - data: what the network takes for the clean latents, `[N, …]`.
  ///   - latents: noisy, `[N, …]`.
  ///   - timestep: theirs.
  public func callAsFunction<Numbers: Latents>(
    _ data: Numbers, _ latents: Numbers, at timestep: Int
  ) -> Numbers {
    var result = data * out(at: timestep)
    result.add(latents, scaledBy: skip(at: timestep))
    return result
  }

  private static let variance = dataDeviation * dataDeviation

  private func scaled(_ timestep: Int) -> Double { scaling * Double(timestep) }
}

extension NoiseSchedule {
  public var consistency: ConsistencyFunction { ConsistencyFunction(grid.consistency) }

  /// The timesteps that a consistency model is distilled at, rising.
  ///
  /// - Source: `set_timesteps` of diffusers' `LCMScheduler`.
  public var originalTimesteps: [Int] {
    let stride = max(alphas.count / grid.consistency.originalSteps, 1)
    return (1...grid.consistency.originalSteps).map { $0 * stride - 1 }
  }

  /// The timesteps of so few steps, noisiest first: about evenly among ``originalTimesteps``, of which
  /// there must be as many.
  ///
  /// - Source: `set_timesteps` of diffusers' `LCMScheduler`.
  public func consistencyTimesteps(_ steps: Int) -> [Int] {
    let original = Array(originalTimesteps.reversed())
    let stride = Double(original.count) / Double(steps)
    return (0..<steps).map { original[Int(Double($0) * stride)] }
  }
}
