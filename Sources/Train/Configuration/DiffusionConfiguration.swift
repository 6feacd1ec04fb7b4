import Models

/// The diffusion objective.
public struct DiffusionConfiguration: Equatable, Sendable {
  /// What one draw of the null condition is for.
  public enum NullCondition: String, CaseIterable, Sendable {
    /// The whole batch, as the official code does.
    case batch
    case sample
  }

  /// Which part of the image encoder learns. The null vector always does.
  public enum ImageEncoderTraining: Equatable, Sendable {
    case none
    /// Mapper, final norm and projection; the CLIP tower stays as it is.
    case mapper
    case all
  }

  public var timesteps = SchedulerConfiguration().timesteps
  /// The first and the last β; their square roots are spaced evenly between.
  public var linearStart = SchedulerConfiguration().start
  public var linearEnd = SchedulerConfiguration().end
  /// What the network predicts. Small models trained from scratch learn no use of the reference
  /// when that is the noise.
  public var parameterization = SchedulerConfiguration().prediction
  /// Probability that the condition is replaced by the null vector.
  public var nullProbability = 0.2
  public var nullCondition = NullCondition.batch
  /// Latents are multiplied by this; nil: measured on the training data, 1 / standard deviation.
  public var scaleFactor: Double? = AutoencoderConfiguration().scalingFactor
  public var imageEncoderTraining = ImageEncoderTraining.mapper
  /// Whether each transformer's output projection starts at zero. Officially it does; small models
  /// trained from scratch do better without.
  public var zeroesTransformerOutput = true
  public var zeroesLastConvolutions = true
  /// Where activations are recomputed in the backward pass instead of kept: less memory, more time.
  public var recomputed = RecomputedBlocks.all
  /// What learns in place of the weights; nil for these themselves.
  public var adapters: AdapterSettings?

  public init() {}

  init(_ decoder: ConfigurationDecoder) {
    decoder.read(Self.keys, into: &self)
    if linearEnd < linearStart {
      decoder.fail(
        "model.params.linear_end", "is \(linearEnd), below `linear_start` (\(linearStart))")
    }
    var trainable = TrainableParts()
    decoder.read(TrainableParts.keys, into: &trainable)
    imageEncoderTraining = trainable.training
    decoder.read(Self.transformerKeys, into: &self)
    decoder.read(Self.keysWithoutChoice, into: &self)
    adapters = .read(decoder)
  }

  /// The official name for a scale that is measured.
  private var measuresScale: Bool {
    get { scaleFactor == nil }
    set { if newValue { scaleFactor = nil } }
  }

  private static var keys: KeyTable<Self> {
    KeyTable(
      "model.params",
      [
        Key(
          "timesteps", \.timesteps, .integer(.between(2, 100_000)), "Steps of the noise schedule."),
        Key(
          "linear_start", \.linearStart, .number(.share),
          "First β; the square roots of β are spaced evenly."),
        Key("linear_end", \.linearEnd, .number(.share), "Last β."),
        Key(
          "parameterization", \.parameterization,
          .word([("eps", Prediction.noise), ("v", .velocity)]),
          """
          What the UNet predicts: the noise (the paper's) or v. Small models trained from scratch \
          need `v` to learn to use their reference.
          """),
        Key(
          "u_cond_percent", \.nullProbability, .number(.share),
          """
          Probability that the condition is replaced by the learnt null vector, for \
          classifier-free guidance.
          """),
        Key(
          "null_condition", \.nullCondition, .choice,
          """
          Whether one draw replaces it for a whole batch (official) or each sample has its own.
          """),
        Key(
          "scale_factor", \.scaleFactor, .number(.above(0), orWord: "auto"),
          """
          Latents are multiplied by it; `auto` measures 1 / standard deviation on the training \
          data, or takes the autoencoder's own where `lora` trains adapters for a model.
          """),
        Key(
          "scale_by_std", \.measuresScale, .bool, "The official name for `scale_factor: auto`."),
      ])
  }

  private static var transformerKeys: KeyTable<Self> {
    KeyTable(
      "model.params.unet_config.params",
      [
        Key(
          "use_checkpoint", \.recomputed,
          .word([("true", RecomputedBlocks.all), ("false", .none), ("finest", .finest)]),
          """
          Recompute activations in the backward pass: much less memory, about a third more time; \
          `finest` does so at the latents' own size alone, which would keep most of the memory.
          """),
        Key(
          "zero_transformer_output", \.zeroesTransformerOutput, .bool,
          """
          Whether each transformer's output projection starts at zero, as officially. Small models \
          from scratch do better without.
          """),
        Key(
          "zero_last_convolutions", \.zeroesLastConvolutions, .bool,
          """
          Whether each ResNet block's last convolution, and the network's own, start at zero, as \
          officially.
          """),
      ])
  }

  private static var keysWithoutChoice: KeyTable<Self> {
    KeyTable(
      "model.params",
      [
        .fixed("first_stage_key", "inpaint"),
        .fixed("cond_stage_key", "image"),
        .fixed("conditioning_key", "crossattn"),
        .fixed("num_timesteps_cond", "1"),
        .fixed("beta_schedule", "linear"),
        .fixed("given_betas", "null"),
        .fixed("loss_type", "l2"),
        .fixed("original_elbo_weight", "0"),
        .fixed("l_simple_weight", "1"),
        .fixed("learn_logvar", "false"),
        .fixed("logvar_init", "0"),
        .fixed("use_positional_encodings", "false"),
        .fixed("cond_stage_forward", "null"),
        .ignored("concat_mode", because: "`conditioning_key` is given"),
        .ignored("cosine_s", because: "`beta_schedule` is linear"),
        .ignored("v_posterior", "clip_denoised", because: "only ancestral sampling has it"),
        .ignored("log_every_t", because: "pictures are made with the sampler; see `samples`"),
        .ignored("monitor", because: "checkpoints are kept by step; see `checkpoint`"),
        .moved("ckpt_path", instead: "set `initialize.model`"),
        .moved("load_only_unet", instead: "set `initialize.unet`"),
        .moved("ignore_keys", instead: "weights are loaded strictly; see `initialize`"),
      ])
  }
}

/// What the configuration says of the image encoder's learning, in two keys.
private struct TrainableParts {
  typealias Training = DiffusionConfiguration.ImageEncoderTraining

  /// The official class freezes its tower whatever `cond_stage_trainable` says.
  var byClass = Training.mapper
  var word = "true"

  var training: Training {
    switch word {
    case "false": .none
    case "mapper": .mapper
    case "all": .all
    default: byClass
    }
  }

  static var keys: KeyTable<Self> {
    KeyTable(
      "model.params",
      [
        Key(
          "cond_stage_config.target", \.byClass,
          .className([
            ("ldm.modules.encoders.modules.FrozenCLIPImageEmbedder", Training.mapper),
            ("pbe.ImageEncoder", .all),
          ]),
          "CLIP with a frozen tower, or one that learns with the rest."),
        Key(
          "cond_stage_trainable", \.word, .word(oneOf: ["true", "false", "mapper", "all"]),
          """
          Which part of the image encoder learns: `mapper` is mapper, final norm and projection; \
          `all` is the tower, too; `true` is what `cond_stage_config.target` says: the mapper for \
          the frozen CLIP class, all for `pbe.ImageEncoder`. The null vector always learns.
          """),
      ])
  }
}
