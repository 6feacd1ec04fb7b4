import Foundation
import Support

/// The noise schedule and the meaning of the network's output, as in `scheduler_config.json`.
///
/// - Source: `PNDMScheduler` of diffusers.
public struct SchedulerConfiguration: Sendable, Equatable {
  public var timesteps = 1000
  public var start = 0.00085
  public var end = 0.012
  public var prediction = Prediction.noise
  public var grid = SamplingGrid()

  public init() {}

  public var schedule: NoiseSchedule {
    NoiseSchedule(count: timesteps, start: start, end: end, grid: grid)
  }

  /// Reads `scheduler/scheduler_config.json` of any of diffusers' schedulers.
  ///
  /// What would change the pictures is followed or refused. Absent keys mean what they do for Stable
  /// Diffusion's folders: `steps_offset` 1, `set_alpha_to_one` false, each sampler's own spacing.
  public init(contentsOf file: URL) throws(ModelConfigurationError) {
    try self.init(ConfigurationReader.members(of: file), file: file.path)
  }

  init(_ members: [String: JSONValue], file: String) throws(ModelConfigurationError) {
    var reader = ConfigurationReader(members, file: file)
    reader.fixed("beta_schedule", .string("scaled_linear"))
    reader.fixed("trained_betas", .null)
    reader.fixed("rescale_betas_zero_snr", .bool(false))
    reader.fixed("skip_prk_steps", .bool(true))
    reader.fixed("clip_sample", .bool(false))
    reader.fixed("thresholding", .bool(false))
    reader.fixed("final_sigmas_type", .string("zero"))
    for key in ["karras", "exponential", "beta", "flow"] {
      reader.fixed("use_\(key)_sigmas", .bool(false))
    }
    timesteps = reader.integer("num_train_timesteps", default: 1000, limit: 100_000)
    start = reader.number("beta_start", default: 0.0001, below: 1)
    end = reader.number("beta_end", default: 0.02, below: 1)
    prediction = reader.choice("prediction_type", default: .noise)
    if reader.isGiven("timestep_spacing") {
      grid.spacing = reader.choice("timestep_spacing", default: .leading)
    }
    grid.offset = reader.integer("steps_offset", default: 1, from: 0, limit: timesteps - 1)
    grid.endsAtOne = reader.flag("set_alpha_to_one", default: false)
    try reader.finish()
  }

  /// What `scheduler_config.json` holds, for `PNDMScheduler` without Runge–Kutta steps (PLMS).
  ///
  /// As in the published folder there is no `timestep_spacing` unless one is asked for: with it,
  /// diffusers would give DPM-Solver++ and UniPC other timesteps than for the published one.
  public var json: [String: JSONValue] {
    var members: [String: JSONValue] = [
      "_class_name": .string("PNDMScheduler"),
      "_diffusers_version": .string(diffusersVersion),
      "beta_end": .number(end),
      "beta_schedule": .string("scaled_linear"),
      "beta_start": .number(start),
      "clip_sample": .bool(false),
      "num_train_timesteps": .integer(timesteps),
      "prediction_type": .string(prediction.rawValue),
      "set_alpha_to_one": .bool(grid.endsAtOne),
      "skip_prk_steps": .bool(true),
      "steps_offset": .integer(grid.offset),
      "trained_betas": .null,
    ]
    members["timestep_spacing"] = grid.spacing.map { .string($0.rawValue) }
    return members
  }
}
