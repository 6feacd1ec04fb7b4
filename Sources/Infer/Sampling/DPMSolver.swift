import Foundation
import Models
import Tensors

/// The path of the solvers that work with clean latents on the scale of λ = log(√ᾱ/√(1 − ᾱ)).
///
/// - Source: Lu et al., "DPM-Solver++", arXiv:2211.01095.
struct DataPath {
  struct Level {
    /// √ᾱ
    let signal: Double
    /// √(1 − ᾱ)
    let spread: Double
    /// Infinite where there is no noise.
    var lambda: Double { log(signal / spread) }

    init(alpha: Double) {
      signal = alpha.squareRoot()
      spread = (1 - alpha).squareRoot()
    }
  }

  /// Noisiest first.
  let timesteps: [Int]
  /// Of each timestep, and of the clean latents.
  let levels: [Level]

  init(_ schedule: NoiseSchedule, steps: Int) {
    timesteps = schedule.multistepTimesteps(steps)
    levels = timesteps.map { Level(alpha: schedule.alphas[$0]) } + [Level(alpha: 1)]
  }

  /// The length of a step, h.
  func length(_ index: Int) -> Double { levels[index + 1].lambda - levels[index].lambda }

  /// 2 where the step and the one before it are both of a length, else 1: for the first step, for
  /// the last, which is infinitely long, and where two timesteps are the same by rounding.
  func order(_ index: Int) -> Int {
    guard index > 0, index < timesteps.count - 1 else { return 1 }
    return length(index - 1) > 0 && length(index) > 0 ? 2 : 1
  }

  /// A step from clean latents as the network saw them at its start and one step before.
  ///
  /// - Parameter history: newest first.
  /// - Source: arXiv:2211.01095, algorithm 2 (2M): with D = x₀ + (x₀ − x₀′)·h/2h′,
  ///   x ← σ′/σ·x − √ᾱ′·(e^−h − 1)·D.
  func step<Numbers: Latents>(
    _ index: Int, from latents: Numbers, _ history: [Numbers]
  ) -> Numbers {
    let (start, end) = (levels[index], levels[index + 1])
    let gain = -end.signal * expm1(-length(index))
    let slope = order(index) == 2 ? length(index) / (2 * length(index - 1)) : 0
    var result = latents * Float(end.spread / start.spread)
    result.add(history[0], scaledBy: Float(gain * (1 + slope)))
    if slope > 0 { result.add(history[1], scaledBy: Float(-gain * slope)) }
    return result
  }
}

/// DPM-Solver++(2M), the multistep solver of second order; the first and the last step are of first.
///
/// - Parameters:
///   - latents: standard normal noise, `[N, h, w, C]`.
///   - schedule: how much noise each timestep has, and which timesteps to visit.
///   - steps: how many, at least 1.
///   - prediction: what `predict` gives.
///   - adjust: may change latents at each moment; see ``SamplingMoment``.
///   - predict: the network's output for latents at a timestep; called once a step, from the
///     noisiest on.
/// - Source: Lu et al., arXiv:2211.01095, algorithm 2; diffusers' `DPMSolverMultistepScheduler`.
public func dpmSolver<Numbers: Latents>(
  from latents: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction = .noise,
  adjust: (Numbers, SamplingMoment) throws -> Numbers,
  predict: (Numbers, Int) throws -> Numbers
) rethrows -> Numbers {
  let path = DataPath(schedule, steps: steps)
  var latents = latents
  var history: [Numbers] = []  // clean latents, newest first
  for (index, timestep) in path.timesteps.enumerated() {
    latents = try adjust(latents, .step(timestep))
    let output = try predict(latents, timestep)
    let data = prediction.data(from: output, latents: latents, at: timestep, schedule)
    history = [data] + history.prefix(1)
    latents = path.step(index, from: latents, history)
  }
  return try adjust(latents, .end)
}

/// DPM-Solver++(2M) whose latents stay as they are between its steps; the same otherwise.
public func dpmSolver<Numbers: Latents>(
  from latents: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction = .noise,
  predict: (Numbers, Int) throws -> Numbers
) rethrows -> Numbers {
  try dpmSolver(
    from: latents, schedule, steps: steps, prediction: prediction, adjust: unadjusted,
    predict: predict)
}

/// The method behind ``dpmSolver(from:_:steps:prediction:adjust:predict:)``.
struct DPMSolver: SteppedSamplingMethod {
  static let name = "dpm++"
  static let scheduler: SchedulerClass? = .dpmSolver

  init(_ options: SamplingOptions) {}

  func sample<Numbers: Latents>(
    from noise: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction,
    using random: inout some NormalSource,
    adjust: (Numbers, SamplingMoment) throws -> Numbers, predict: (Numbers, Int) throws -> Numbers
  ) throws -> Numbers {
    try dpmSolver(
      from: noise, schedule, steps: steps, prediction: prediction, adjust: adjust,
      predict: predict)
  }
}

extension Sampler {
  public static let dpmSolver = Sampler(DPMSolver.self)
}
