/// The diffusion objective.
public struct DiffusionConfiguration: Equatable, Sendable {
  /// What the network predicts.
  public enum Parameterization: String, CaseIterable, Sendable {
    /// The noise: the paper's. Small models trained from scratch learn no use of the reference so.
    case noise = "eps"
    case velocity = "v"
  }

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

  public var timesteps = 1000
  /// The first and the last β; their square roots are spaced evenly between.
  public var linearStart = 0.00085
  public var linearEnd = 0.012
  public var parameterization = Parameterization.noise
  /// Probability that the condition is replaced by the null vector.
  public var nullProbability = 0.2
  public var nullCondition = NullCondition.batch
  /// Latents are multiplied by this; nil: measured on the training data, 1 / standard deviation.
  public var scaleFactor: Double? = 0.18215
  public var imageEncoderTraining = ImageEncoderTraining.mapper
  /// Whether each transformer's output projection starts at zero. Officially it does; small models
  /// trained from scratch do better without.
  public var zeroesTransformerOutput = true
  /// Recomputes activations in the backward pass instead of keeping them: less memory, more time.
  public var recomputes = true

  public init() {}

  /// Reads `model.params`.
  init(_ section: ConfigurationSection) {
    timesteps = section.integer("timesteps", default: 1000, .between(2, 100_000))
    linearStart = section.number("linear_start", default: 0.00085, .between(0, 1))
    linearEnd = section.number("linear_end", default: 0.012, .between(0, 1))
    if linearEnd < linearStart {
      section.fail("linear_end", "is \(linearEnd), below `linear_start` (\(linearStart))")
    }
    parameterization = section.choice("parameterization", default: .noise)
    nullProbability = section.number("u_cond_percent", default: 0.2, .share)
    nullCondition = section.choice("null_condition", default: .batch)
    scaleFactor = section.number("scale_factor", orWord: "auto", default: 0.18215, .above(0))
    if section.bool("scale_by_std", default: false) { scaleFactor = nil }
    imageEncoderTraining = Self.imageEncoderTraining(section)
    let unet = section.section("unet_config").section("params")
    recomputes = unet.bool("use_checkpoint", default: true)
    zeroesTransformerOutput = unet.bool("zero_transformer_output", default: true)
    Self.readOptionsWithoutChoice(section)
  }

  private static func imageEncoderTraining(
    _ section: ConfigurationSection
  ) -> ImageEncoderTraining {
    // The official class freezes its tower whatever `cond_stage_trainable` says.
    let trainable = section.section("cond_stage_config").target([
      "ldm.modules.encoders.modules.FrozenCLIPImageEmbedder": ImageEncoderTraining.mapper,
      "pbe.ImageEncoder": .all,
    ])
    let known: [(word: String, value: ImageEncoderTraining)] = [
      ("true", trainable), ("false", .none), ("mapper", .mapper), ("all", .all),
    ]
    return section.choice("cond_stage_trainable", known, default: "true") ?? trainable
  }

  private static func readOptionsWithoutChoice(_ section: ConfigurationSection) {
    section.fixed("first_stage_key", "inpaint")
    section.fixed("cond_stage_key", "image")
    section.fixed("conditioning_key", "crossattn")
    section.fixed("num_timesteps_cond", "1")
    section.fixed("beta_schedule", "linear")
    section.fixed("given_betas", "null")
    section.fixed("loss_type", "l2")
    section.fixed("original_elbo_weight", "0")
    section.fixed("l_simple_weight", "1")
    section.fixed("learn_logvar", "false")
    section.fixed("logvar_init", "0")
    section.fixed("use_positional_encodings", "false")
    section.fixed("cond_stage_forward", "null")
    section.ignored("concat_mode", "`conditioning_key` is given")
    section.ignored("cosine_s", "`beta_schedule` is linear")
    section.ignored("v_posterior", "only ancestral sampling has it")
    section.ignored("clip_denoised", "only ancestral sampling has it")
    section.ignored("log_every_t", "pictures are made with the sampler; see `samples`")
    section.ignored("monitor", "checkpoints are kept by step; see `checkpoint`")
    section.refused("ckpt_path", instead: "set `initialize.model`")
    section.refused("load_only_unet", instead: "set `initialize.unet`")
    section.refused("ignore_keys", instead: "weights are loaded strictly; see `initialize`")
  }
}

/// The autoencoder objective and how an autoencoder starts.
public struct AutoencoderTrainingConfiguration: Equatable, Sendable {
  public enum Reconstruction: String, CaseIterable, Sendable {
    case absolute = "l1"
    case squared = "l2"
  }

  /// Pixel error, averaged over the picture's values.
  public var reconstruction = Reconstruction.absolute
  /// Weight of the KL divergence from a standard normal, which is summed over the latent and
  /// divided by the number of values of the picture.
  public var klWeight = 1e-6
  /// Standard deviation of convolutions outside residual branches, in units of PyTorch's default;
  /// √3 keeps the variance of a signal.
  public var convolutionGain = 1.732
  /// Whether each residual branch's last convolution starts at zero.
  public var zeroesResiduals = true
  /// Initial bias of the posterior's log-variance.
  public var logVarianceBias = -6.0

  public init() {}

  /// Reads `first_stage_config.params`.
  init(_ section: ConfigurationSection) {
    let start = section.section("initialization")
    convolutionGain = start.number("conv_gain", default: 1.732, .above(0))
    zeroesResiduals = start.bool("zero_residual", default: true)
    logVarianceBias = start.number("log_variance_bias", default: -6, .between(-30, 20))
    let loss = section.section("lossconfig")
    // The official file names no loss, since it trains no autoencoder.
    loss.target(oneOf: "pbe.AutoencoderLoss", "torch.nn.Identity")
    let settings = loss.section("params")
    reconstruction = settings.choice("reconstruction", default: .absolute)
    klWeight = settings.number("kl_weight", default: 1e-6, .atLeast(0))
  }
}
