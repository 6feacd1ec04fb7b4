import Inference

/// How long a run lasts: whichever limit comes first.
public struct DurationConfiguration: Equatable, Sendable {
  public var maxSteps: Int?
  public var maxEpochs: Int? = 1000

  public init() {}

  init(_ decoder: ConfigurationDecoder) {
    decoder.read(Self.keys, into: &self)
    let isLimited = decoder.node(at: "lightning.trainer.max_steps") != nil
    if isLimited, decoder.node(at: "lightning.trainer.max_epochs") == nil { maxEpochs = nil }
    // -1 is Lightning's way to say no limit.
    if maxSteps == -1 { maxSteps = nil }
    if maxEpochs == -1 { maxEpochs = nil }
  }

  private static var keys: KeyTable<Self> {
    KeyTable(
      "lightning",
      [
        Key(
          "trainer.max_steps", \.maxSteps, .integer(.between(-1, 1e12)),
          "Steps of the optimiser. 0 writes the first checkpoint and ends; -1 is no limit."),
        Key(
          "trainer.max_epochs", \.maxEpochs, .integer(.between(-1, 1e9)),
          default: .value(if: "`max_steps` is not given"),
          """
          Visits of each training picture; -1 is no limit. The run ends at whichever limit comes \
          first.
          """),
      ] + ignored)
  }

  /// Lightning's keys for what is otherwise here.
  private static var ignored: [Key<Self>] {
    [
      .ignored(
        "trainer.accelerator", "trainer.auto_select_gpus", "trainer.devices",
        "trainer.distributed_backend", "trainer.gpus", "trainer.num_nodes", "trainer.plugins",
        "trainer.replace_sampler_ddp", "trainer.strategy", "trainer.sync_batchnorm",
        "trainer.tpu_cores",
        because: "training runs in one process on this machine's CPU", advice: .threads),
      .ignored("trainer.amp_backend", "trainer.amp_level", because: "see `precision`"),
      .ignored(
        "trainer.benchmark", "trainer.deterministic", because: "runs are deterministic always"),
      .ignored(
        "trainer.enable_progress_bar", "trainer.log_every_n_steps", "trainer.logger",
        "trainer.profiler", "trainer.progress_bar_refresh_rate", "trainer.weights_summary",
        because: "every step is logged; see `samples` for pictures"),
      .ignored(
        "trainer.check_val_every_n_epoch", "trainer.num_sanity_val_steps",
        "trainer.val_check_interval", because: "see `validation.every`"),
      .ignored(
        "trainer.callbacks", "trainer.checkpoint_callback", "trainer.default_root_dir",
        because: "see `checkpoint`", advice: .output),
      .moved(
        "trainer.resume_from_checkpoint", instead: "resume the run in its directory",
        advice: .resume),
      .ignored("logger", because: "log.jsonl and TensorBoard files are always written"),
      .ignored("modelcheckpoint", because: "see `checkpoint`"),
      .ignored("callbacks", because: "see `checkpoint`, `validation` and `samples`"),
    ]
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

  static var keys: KeyTable<Self> {
    KeyTable(
      "checkpoint",
      [
        Key(
          "every", \.every, .integer(),
          "Steps between two checkpoints; the last step always has one."),
        Key(
          "keep_last", \.keepLast, .integer(.between(1, 1e6)), "Newest checkpoints that are kept."),
        Key(
          "keep_every", \.keepEvery, .integer(),
          "Checkpoints at multiples of this many steps are kept, too."),
      ])
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

  /// - Parameter count: timesteps of the noise schedule.
  init(_ decoder: ConfigurationDecoder, timesteps count: Int) {
    decoder.read(Self.keys, into: &self)
    if timesteps.isEmpty || timesteps.contains(where: { $0 >= count }) {
      decoder.fail(
        "validation.timesteps", "should list at least one, all below `model.params.timesteps`")
    }
  }

  private static var keys: KeyTable<Self> {
    KeyTable(
      "validation",
      [
        Key(
          "every", \.every, .integer(.between(0, 1e9)),
          "Steps between two validations; 0 is never."),
        Key(
          "cases", \.cases, .integer(.between(1, 1e6)),
          """
          Validation examples, always the same. In batches of `batch_size`, of which the last is \
          left out if it is not full; `loss_shuffled` takes references of the same batch, so it \
          needs at least 2.
          """),
        Key(
          "timesteps", \.timesteps, .integers(.between(0, 1e5)),
          "Each example is scored at each of these, with fixed noise."),
      ])
  }
}

/// The pictures of `samples/`, made from the first validation cases.
public struct SamplesConfiguration: Equatable, Sendable {
  /// Steps between two; 0: never.
  public var every = 1000
  public var count = 4
  public var sampler = EditSettings().sampler
  public var steps = EditSettings().steps
  /// Guidance: 1 is none.
  public var scale = Double(EditSettings().scale)

  public init() {}

  static var keys: KeyTable<Self> {
    KeyTable(
      "samples",
      [
        Key(
          "every", \.every, .integer(.between(0, 1e9)),
          "Steps between two sheets in `samples/`; 0 is never."),
        Key("count", \.count, .integer(.between(1, 256)), "Validation examples on a sheet."),
        Key("sampler", \.sampler, .choice, "How they are made."),
        Key("steps", \.steps, .integer(.between(1, 1000)), "Steps of the sampler."),
        Key("scale", \.scale, .number(.between(0, 100)), "Guidance scale; 1 is none."),
      ])
  }
}
