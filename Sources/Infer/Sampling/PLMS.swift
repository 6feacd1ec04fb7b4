import Models
import Support
import Tensors

/// What PLMS does when there is one step, in which the implementations differ.
public enum SingleStep: String, CaseIterable, Sendable {
  /// Its usual first step, of two evaluations: ldm/models/diffusion/plms.py.
  case heun
  /// DDIM's step, of one evaluation: diffusers' `PNDMScheduler`.
  case euler
}

/// What PLMS extrapolates, in which the implementations differ if the network predicts v.
public enum PLMSHistory: String, CaseIterable, Sendable {
  /// The noise in the latents of each step: ldm/models/diffusion/plms.py.
  case noise
  /// What the network said, read as noise in the current latents: diffusers' `PNDMScheduler`.
  case output
}

/// PLMS: DDIM's step on noise extrapolated from the last four evaluations (Adams–Bashforth); the
/// first step is a Heun step of two evaluations.
///
/// - Parameters:
///   - latents: standard normal noise, `[N, h, w, C]`.
///   - schedule: how much noise each timestep has, and which timesteps to visit.
///   - steps: how many, at least 1.
///   - prediction: what `predict` gives.
///   - singleStep: what to do when there is one step.
///   - kind: what to extrapolate.
///   - adjust: may change latents at each moment; see ``SamplingMoment``.
///   - predict: the network's output for latents at a timestep, from the noisiest on.
/// - Source: Liu et al., "Pseudo numerical methods for diffusion models", arXiv:2202.09778, eq. 12;
///   ldm/models/diffusion/plms.py; `PNDMScheduler` of diffusers, whose Runge–Kutta steps (eq. 13) begin
///   where the schedule's grid says so, and need at least four steps.
public func plms<Numbers: Latents>(
  from latents: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction = .noise,
  singleStep: SingleStep = .heun, history kind: PLMSHistory = .noise,
  adjust: (Numbers, SamplingMoment) throws -> Numbers,
  predict: (Numbers, Int) throws -> Numbers
) rethrows -> Numbers {
  func noise(_ output: Numbers, _ latents: Numbers, _ timestep: Int) -> Numbers {
    prediction.noise(from: output, latents: latents, at: timestep, schedule)
  }
  func remembered(_ output: Numbers, _ latents: Numbers, _ timestep: Int) -> Numbers {
    kind == .output ? output : noise(output, latents, timestep)
  }
  func step(
    from timestep: Int, to next: Int?, _ latents: Numbers, _ combined: Numbers
  ) -> Numbers {
    let noise = kind == .output ? noise(combined, latents, timestep) : combined
    return ImplicitStep(schedule, from: timestep, to: next)(latents, noise: noise)
  }

  var places = schedule.samplingSteps(steps)
  var latents = latents
  var history: [Numbers] = []  // newest first
  if schedule.grid.beginsWithRungeKutta {
    check(places.count > 3, "\(steps) steps, of which three are Runge–Kutta's")
    let half = schedule.stride(steps) / 2
    for (place, following) in zip(places, places.dropFirst()).prefix(3) {
      latents = try adjust(latents, .step(place.timestep))
      let (next, first) = try rungeKuttaStep(
        from: place.timestep, to: following.timestep, half: half, latents,
        slope: { latents, timestep in
          let seen =
            timestep == place.timestep ? latents : try adjust(latents, .trial(timestep))
          return remembered(try predict(seen, timestep), seen, timestep)
        },
        step: { step(from: place.timestep, to: $0, latents, $1) })
      (latents, history) = (next, [first] + history)
    }
    places.removeFirst(3)
  }
  let takesHeun = history.isEmpty && (places.count > 1 || singleStep == .heun)
  for (index, place) in places.enumerated() {
    let timestep = place.timestep
    latents = try adjust(latents, .step(timestep))
    let newest = remembered(try predict(latents, timestep), latents, timestep)
    history = [newest] + history.prefix(3)
    guard index == 0, takesHeun else {
      latents = step(from: timestep, to: place.next, latents, extrapolated(history))
      continue
    }
    let following = places[min(1, places.count - 1)]
    let ahead = try adjust(
      step(from: timestep, to: place.next, latents, newest), .trial(following.timestep))
    let second = remembered(
      try predict(ahead, following.timestep), ahead, following.timestep)
    let again = places.count > 1 ? schedule.step(to: following.timestep, steps: steps) : place
    latents = step(from: again.timestep, to: again.next, latents, (newest + second) * 0.5)
  }
  return try adjust(latents, .end)
}

/// - Parameters:
///   - half: half a stride, rounded down. Where the stride is odd, `start − half` and `end + half` differ,
///     as in diffusers.
///   - slope: what the network says of latents at a timestep.
///   - step: from the start to a timestep along a slope.
/// - Returns: the latents at `end`, and the slope at `start`.
private func rungeKuttaStep<Numbers: Latents>(
  from start: Int, to end: Int, half: Int, _ latents: Numbers,
  slope: (Numbers, Int) throws -> Numbers, step: (Int, Numbers) -> Numbers
) rethrows -> (end: Numbers, first: Numbers) {
  let first = try slope(latents, start)
  let second = try slope(step(start - half, first), end + half)
  let third = try slope(step(end + half, second), end + half)
  let fourth = try slope(step(end, third), end)
  return (step(end, (first + fourth) * (1 / 6) + (second + third) * (1 / 3)), first)
}

extension NoiseSchedule {
  /// The step that leads to a timestep. The first step counted back from the second one's is the same
  /// unless rounding put that one elsewhere.
  fileprivate func step(to next: Int, steps: Int) -> SamplingStep {
    SamplingStep(timestep: min(next + stride(steps), alphas.count - 1), next: next)
  }
}

/// Adams–Bashforth, of an order as high as there are evaluations.
///
/// - Parameter history: one to four evaluations, newest first.
private func extrapolated<Numbers: Latents>(_ history: [Numbers]) -> Numbers {
  let weights = adamsBashforth[history.count - 1]
  var result = history[0] * weights[0]
  for (past, weight) in zip(history, weights).dropFirst() { result.add(past, scaledBy: weight) }
  return result
}

/// Weights of the newest and the earlier evaluations, by how many there are.
private let adamsBashforth: [[Float]] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
]

/// PLMS whose latents stay as they are between its steps; the same otherwise.
public func plms<Numbers: Latents>(
  from latents: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction = .noise,
  singleStep: SingleStep = .heun, history kind: PLMSHistory = .noise,
  predict: (Numbers, Int) throws -> Numbers
) rethrows -> Numbers {
  try plms(
    from: latents, schedule, steps: steps, prediction: prediction, singleStep: singleStep,
    history: kind, adjust: unadjusted, predict: predict)
}

/// The method behind ``plms(from:_:steps:prediction:singleStep:history:adjust:predict:)``.
struct PLMS: SteppedSamplingMethod {
  static let name = "plms"
  static let scheduler: SchedulerClass? = .pndm
  static let visitsGrid = true
  private let options: SamplingOptions

  init(_ options: SamplingOptions) { self.options = options }

  func evaluations(steps: Int) -> Int {
    steps == 1 && options.singleStep == .euler ? 1 : steps + 1
  }

  func sample<Numbers: Latents>(
    from noise: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction,
    using random: inout some NormalSource,
    adjust: (Numbers, SamplingMoment) throws -> Numbers, predict: (Numbers, Int) throws -> Numbers
  ) throws -> Numbers {
    try plms(
      from: noise, schedule, steps: steps, prediction: prediction,
      singleStep: options.singleStep, history: options.plmsHistory, adjust: adjust,
      predict: predict)
  }
}

extension Sampler {
  public static let plms = Sampler(PLMS.self)
}
