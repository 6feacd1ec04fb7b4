import Foundation
import Models
import Tensors

/// UniPC of second order with B₂(h): the step of DPM-Solver++(2M) as the predictor, corrected when
/// the network has seen where it leads. The correction costs no evaluation.
///
/// - Parameters:
///   - latents: standard normal noise, `[N, h, w, C]`.
///   - schedule: how much noise each timestep has, and which timesteps to visit.
///   - steps: how many, at least 1.
///   - prediction: what `predict` gives.
///   - adjust: may change latents at each moment; see ``SamplingMoment``.
///   - predict: the network's output for latents at a timestep; called once a step, from the
///     noisiest on.
/// - Source: Zhao et al., "UniPC", arXiv:2302.04867, UniP-2 and UniC-2 for data prediction;
///   diffusers' `UniPCMultistepScheduler`.
public func uniPC<Numbers: Latents>(
  from latents: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction = .noise,
  adjust: (Numbers, SamplingMoment) throws -> Numbers,
  predict: (Numbers, Int) throws -> Numbers
) rethrows -> Numbers {
  let path = DataPath(schedule, steps: steps)
  var latents = latents
  var start = latents  // of the last step, corrected
  var history: [Numbers] = []  // clean latents, newest first
  for (index, timestep) in path.timesteps.enumerated() {
    latents = try adjust(latents, .step(timestep))
    let output = try predict(latents, timestep)
    let data = prediction.data(from: output, latents: latents, at: timestep, schedule)
    start = index > 0 ? path.corrected(index - 1, from: start, history, data) : latents
    history = [data] + history.prefix(1)
    latents = path.step(index, from: start, history)
  }
  return try adjust(latents, .end)
}

extension DataPath {
  /// A step again, now that the clean latents at its end are known.
  ///
  /// - Parameters:
  ///   - history: clean latents at the step's start and one step before, newest first.
  ///   - data: clean latents at its end.
  /// - Source: arXiv:2302.04867, UniC-2: with D₁ of one step before over r and D₂ of the step's end,
  ///   both less x₀ at its start, x ← σ′/σ·x − √ᾱ′·(e^−h − 1)·(x₀ + ρ₁·D₁/r + ρ₂·D₂).
  fileprivate func corrected<Numbers: Latents>(
    _ index: Int, from latents: Numbers, _ history: [Numbers], _ data: Numbers
  ) -> Numbers {
    let (start, end) = (levels[index], levels[index + 1])
    let gain = -end.signal * expm1(-length(index))
    let (past, future) = correction(index)
    var result = latents * Float(end.spread / start.spread)
    result.add(history[0], scaledBy: Float(gain * (1 - past - future)))
    result.add(data, scaledBy: Float(gain * future))
    if past != 0 { result.add(history[1], scaledBy: Float(gain * past)) }
    return result
  }

  /// Weights of D₁ (ρ₁/r) and D₂ (ρ₂).
  private func correction(_ index: Int) -> (past: Double, future: Double) {
    guard order(index) == 2 else { return (0, 0.5) }
    let h = length(index)
    let ratio = -length(index - 1) / h  // r
    // ρ₁ + ρ₂ = b₁ and r·ρ₁ + ρ₂ = b₂, with bₙ = n!·hφₙ₊₁(−h)/B(h) and B(h) = e^−h − 1.
    let growth = expm1(-h)
    let first = growth / -h - 1
    let second = 2 * (first / -h - 0.5)
    let past = (first - second) / growth / (1 - ratio)
    return (past / ratio, first / growth - past)
  }
}

/// UniPC whose latents stay as they are between its steps; the same otherwise.
public func uniPC<Numbers: Latents>(
  from latents: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction = .noise,
  predict: (Numbers, Int) throws -> Numbers
) rethrows -> Numbers {
  try uniPC(
    from: latents, schedule, steps: steps, prediction: prediction, adjust: unadjusted,
    predict: predict)
}

/// The method behind ``uniPC(from:_:steps:prediction:adjust:predict:)``.
struct UniPC: SteppedSamplingMethod {
  static let name = "unipc"
  static let scheduler: SchedulerClass? = .uniPC

  init(_ options: SamplingOptions) {}

  func sample<Numbers: Latents>(
    from noise: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction,
    using random: inout some NormalSource,
    adjust: (Numbers, SamplingMoment) throws -> Numbers, predict: (Numbers, Int) throws -> Numbers
  ) throws -> Numbers {
    try uniPC(
      from: noise, schedule, steps: steps, prediction: prediction, adjust: adjust,
      predict: predict)
  }
}

extension Sampler {
  public static let uniPC = Sampler(UniPC.self)
}
