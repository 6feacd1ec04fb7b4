import Foundation

/// The noise schedule and the meaning of the network's output, as in `scheduler_config.json`.
///
/// - Source: `PNDMScheduler` of diffusers.
public struct SchedulerConfiguration: Sendable, Equatable {
  public var timesteps = 1000
  public var start = 0.00085
  public var end = 0.012
  public var prediction = Prediction.noise

  public init() {}

  public var schedule: NoiseSchedule { NoiseSchedule(count: timesteps, start: start, end: end) }

  /// Reads `scheduler/scheduler_config.json` of any of diffusers' schedulers.
  public init(contentsOf file: URL) throws(ModelConfigurationError) {
    try self.init(ConfigurationReader.members(of: file), file: file.path)
  }

  init(_ members: [String: JSONValue], file: String) throws(ModelConfigurationError) {
    var reader = ConfigurationReader(members, file: file)
    reader.fixed("beta_schedule", .string("scaled_linear"))
    reader.fixed("trained_betas", .null)
    reader.fixed("rescale_betas_zero_snr", .bool(false))
    timesteps = reader.integer("num_train_timesteps", default: 1000, limit: 100_000)
    start = reader.number("beta_start", default: 0.0001, below: 1)
    end = reader.number("beta_end", default: 0.02, below: 1)
    prediction = reader.choice("prediction_type", default: .noise)
    try reader.finish()
  }

  /// What `scheduler_config.json` holds, for `PNDMScheduler` without Runge–Kutta steps (PLMS).
  public var json: [String: JSONValue] {
    [
      "_class_name": .string("PNDMScheduler"),
      "_diffusers_version": .string(diffusersVersion),
      "beta_end": .number(end),
      "beta_schedule": .string("scaled_linear"),
      "beta_start": .number(start),
      "clip_sample": .bool(false),
      "num_train_timesteps": .integer(timesteps),
      "prediction_type": .string(prediction.rawValue),
      "set_alpha_to_one": .bool(false),
      "skip_prk_steps": .bool(true),
      "steps_offset": .integer(1),
      "timestep_spacing": .string("leading"),
      "trained_betas": .null,
    ]
  }
}
