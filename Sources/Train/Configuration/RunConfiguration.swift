import Inference

/// How long a run lasts: whichever limit comes first.
public struct DurationConfiguration: Equatable, Sendable {
  public var maxSteps: Int?
  public var maxEpochs: Int? = 1000

  public init() {}

  /// Reads `lightning`.
  init(_ section: ConfigurationSection) {
    let trainer = section.section("trainer")
    let steps = trainer.optionalInteger("max_steps", .between(-1, 1e12))
    let epochs = trainer.optionalInteger(
      "max_epochs", default: "1000 if `max_steps` is not given", .between(-1, 1e9))
    // -1 is Lightning's way to say no limit.
    maxSteps = steps == -1 ? nil : steps
    maxEpochs = epochs == -1 ? nil : epochs ?? (steps == nil ? 1000 : nil)

    let devices = "training runs in one process on this machine's CPU; --threads says how many"
    for key in [
      "accelerator", "auto_select_gpus", "devices", "distributed_backend", "gpus", "num_nodes",
      "plugins", "replace_sampler_ddp", "strategy", "sync_batchnorm", "tpu_cores",
    ] { trainer.ignored(key, devices) }
    for key in ["amp_backend", "amp_level"] { trainer.ignored(key, "see `precision`") }
    for key in ["benchmark", "deterministic"] {
      trainer.ignored(key, "runs are deterministic always")
    }
    for key in [
      "enable_progress_bar", "log_every_n_steps", "logger", "profiler",
      "progress_bar_refresh_rate", "weights_summary",
    ] { trainer.ignored(key, "every step is logged; see `samples` for pictures") }
    for key in ["check_val_every_n_epoch", "num_sanity_val_steps", "val_check_interval"] {
      trainer.ignored(key, "see `validation.every`")
    }
    for key in ["callbacks", "checkpoint_callback", "default_root_dir"] {
      trainer.ignored(key, "see `checkpoint` and --output")
    }
    trainer.refused("resume_from_checkpoint", instead: "use --resume RUN_DIR")
    section.ignored("logger", "log.jsonl and TensorBoard files are always written")
    section.ignored("modelcheckpoint", "see `checkpoint`")
    section.ignored("callbacks", "see `checkpoint`, `validation` and `samples`")
  }
}

/// When checkpoints are written and which are kept.
public struct CheckpointConfiguration: Equatable, Sendable {
  /// Steps between two; the last step always has one.
  public var every = 1000
  /// Newest checkpoints that are kept.
  public var keepLast = 2
  /// Checkpoints at multiples of this are kept, too; nil: none.
  public var keepEvery: Int?

  public init() {}

  init(_ section: ConfigurationSection) {
    every = section.integer("every", default: 1000)
    keepLast = section.integer("keep_last", default: 2, .between(1, 1e6))
    keepEvery = section.optionalInteger("keep_every")
  }
}

/// The loss on fixed pictures, timesteps and noise, with its own, a shuffled and no reference.
public struct ValidationConfiguration: Equatable, Sendable {
  /// Steps between two; 0: never.
  public var every = 1000
  /// Examples of the validation set; those at its beginning.
  public var cases = 32
  /// Each case is scored at each of these.
  public var timesteps = [100, 300, 500, 700, 900]

  public init() {}

  init(_ section: ConfigurationSection, timesteps count: Int) {
    every = section.integer("every", default: 1000, .between(0, 1e9))
    cases = section.integer("cases", default: 32, .between(1, 1e6))
    timesteps = section.integers("timesteps", default: timesteps, .between(0, 1e5))
    if timesteps.isEmpty || timesteps.contains(where: { $0 >= count }) {
      section.fail("timesteps", "should list at least one, all below `model.params.timesteps`")
    }
  }
}

/// The pictures of `samples/`, made from the first validation cases.
public struct SamplesConfiguration: Equatable, Sendable {
  /// Steps between two; 0: never.
  public var every = 1000
  public var count = 4
  public var sampler = Sampler.plms
  public var steps = 50
  /// Guidance: 1 is none.
  public var scale = 5.0

  public init() {}

  init(_ section: ConfigurationSection) {
    every = section.integer("every", default: 1000, .between(0, 1e9))
    count = section.integer("count", default: 4, .between(1, 256))
    sampler = section.choice("sampler", default: .plms)
    steps = section.integer("steps", default: 50, .between(1, 1000))
    scale = section.number("scale", default: 5, .between(0, 100))
  }
}
