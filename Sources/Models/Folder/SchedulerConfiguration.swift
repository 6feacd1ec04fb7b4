import Foundation
import Support

/// The noise schedule and the meaning of the network's output, as in `scheduler_config.json`.
///
/// - Source: `PNDMScheduler` of diffusers.
public struct SchedulerConfiguration: Sendable, Equatable {
  public var timesteps = 1000
  public var start = 0.00085
  public var end = 0.012
  public var curve = NoiseSchedule.Curve.root
  public var prediction = Prediction.noise
  public var grid = SamplingGrid()

  public init() {}

  public var schedule: NoiseSchedule {
    NoiseSchedule(count: timesteps, start: start, end: end, curve: curve, grid: grid)
  }

  /// Reads `scheduler/scheduler_config.json` of any of diffusers' schedulers.
  ///
  /// What would change the pictures is followed or refused. Absent keys mean what they do for diffusers'
  /// class of each sampler, whichever class the file names; that class is the network's usual one, or
  /// PLMS's if it is none of ``SchedulerClass``.
  public init(contentsOf file: URL) throws(ModelConfigurationError) {
    // What Python writes for "no limit" is not JSON.
    let members = try ConfigurationReader.members(of: file) { text in
      text.replacing(#/("lambda_min_clipped"\s*:\s*)-Infinity/#) { $0.output.1 + "null" }
    }
    try self.init(members, file: file.relativePath)
  }

  /// - Source: the initialisers of `PNDMScheduler`, `DDIMScheduler`, `DPMSolverMultistepScheduler`,
  ///   `UniPCMultistepScheduler` and `LCMScheduler`, diffusers 0.42.1.
  init(_ members: [String: JSONValue], file: String) throws(ModelConfigurationError) {
    var reader = ConfigurationReader(members, file: file)
    reader.fixed("trained_betas", .null)
    reader.fixed("rescale_betas_zero_snr", .bool(false))
    reader.fixed("thresholding", .bool(false))
    reader.fixed("final_sigmas_type", .string("zero"))
    for key in ["karras", "exponential", "beta", "flow"] {
      reader.fixed("use_\(key)_sigmas", .bool(false))
    }
    timesteps = reader.integer("num_train_timesteps", default: 1000, limit: 100_000)
    start = reader.number("beta_start", default: 0.0001, below: 1)
    end = reader.number("beta_end", default: 0.02, below: 1)
    curve = reader.choice("beta_schedule", default: .linear)
    prediction = reader.choice("prediction_type", default: .noise)
    if reader.isGiven("timestep_spacing") {
      grid.spacing = reader.choice("timestep_spacing", default: .leading)
    }
    grid.offset = reader.integer("steps_offset", default: 0, from: 0, limit: timesteps - 1)
    let endsAtOne = reader.flag("set_alpha_to_one", default: false)
    grid.endsAtOne = reader.isGiven("set_alpha_to_one") ? endsAtOne : nil
    let range = reader.number("clip_sample_range", default: 1)
    grid.bound = reader.flag("clip_sample", default: true) ? Float(range) : nil
    grid.consistency.bound = reader.isGiven("clip_sample") ? grid.bound : nil
    grid.consistency.originalSteps = reader.integer(
      "original_inference_steps", default: 50, limit: timesteps)
    grid.consistency.timestepScaling = reader.number("timestep_scaling", default: 10)
    if case .string(let name) = members["_class_name"] {
      grid.usual = SchedulerClass(rawValue: name) ?? .pndm
    }
    grid.beginsWithRungeKutta = !reader.flag("skip_prk_steps", default: false)
    try reader.finish()
    grid.unsupported = Self.solvers.flatMap { $0.unsupported(in: members) }
  }

  /// What `scheduler_config.json` holds.
  ///
  /// As in the published folder there is no `timestep_spacing` unless one is asked for: with it,
  /// diffusers would give DPM-Solver++ and UniPC other timesteps than for the published one.
  public var json: [String: JSONValue] {
    var members: [String: JSONValue] = [
      "_class_name": .string(grid.usual.rawValue),
      "_diffusers_version": .string(diffusersVersion),
      "beta_end": .number(end),
      "beta_schedule": .string(curve.rawValue),
      "beta_start": .number(start),
      "num_train_timesteps": .integer(timesteps),
      "prediction_type": .string(prediction.rawValue),
      "skip_prk_steps": .bool(!grid.beginsWithRungeKutta),
      "steps_offset": .integer(grid.offset),
      "trained_betas": .null,
    ]
    // Left out, it is true for DDIM alone.
    if grid.consistency.bound == grid.bound { members["clip_sample"] = .bool(grid.bound != nil) }
    members["clip_sample_range"] = grid.bound.map { .number(Double($0)) }
    if grid.consistency.originalSteps != ConsistencyGrid().originalSteps {
      members["original_inference_steps"] = .integer(grid.consistency.originalSteps)
    }
    if grid.consistency.timestepScaling != ConsistencyGrid().timestepScaling {
      members["timestep_scaling"] = .number(grid.consistency.timestepScaling)
    }
    members["set_alpha_to_one"] = grid.endsAtOne.map { .bool($0) }
    members["timestep_spacing"] = grid.spacing.map { .string($0.rawValue) }
    for setting in grid.unsupported { members[setting.key] = setting.value }
    return members
  }
}

extension SchedulerConfiguration {
  /// What one of diffusers' classes can be told, and we have in one way: the default comes first, then
  /// what means the same.
  private struct Solver {
    let scheduler: SchedulerClass
    let settings: [(key: String, values: [JSONValue])]

    func unsupported(in members: [String: JSONValue]) -> [UnsupportedSetting] {
      settings.compactMap { key, values in
        guard let value = members[key], value != .null, !values.contains(value) else { return nil }
        let supported = values.map(\.text).joined(separator: ", ")
        return UnsupportedSetting(
          scheduler: scheduler, key: key, value: value,
          problem: "`\(key)` is \(value.text), supported: \(supported)")
      }
    }
  }

  /// With `final_sigmas_type` zero the last step of DPM-Solver++ is of first order, whatever
  /// `lower_order_final` and `euler_at_final` say.
  private static let solvers = [
    Solver(
      scheduler: .dpmSolver,
      settings: [
        ("solver_order", [.integer(2)]),
        ("algorithm_type", [.string("dpmsolver++"), .string("deis")]),
        ("solver_type", ["midpoint", "logrho", "bh1", "bh2"].map { .string($0) }),
        ("use_lu_lambdas", [.bool(false)]),
        ("lambda_min_clipped", [.null]),
        ("variance_type", [.null]),
        ("use_dynamic_shifting", [.bool(false)]),
      ]),
    Solver(
      scheduler: .uniPC,
      settings: [
        ("solver_order", [.integer(2)]),
        ("predict_x0", [.bool(true)]),
        ("solver_type", ["bh2", "midpoint", "heun", "logrho"].map { .string($0) }),
        ("lower_order_final", [.bool(true)]),
        ("disable_corrector", [.array([])]),
        ("solver_p", [.null]),
        ("use_dynamic_shifting", [.bool(false)]),
        ("shift_terminal", [.null]),
      ]),
  ]
}
