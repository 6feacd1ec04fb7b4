import Datasets

/// Everything that a training run is told, decoded from YAML and checked.
///
/// The keys are those of the official `configs/v1.yaml` and our own beside them;
/// `docs/configuration.md` lists all. A key that is not given has the official value where there is
/// one.
public struct TrainingConfiguration: Equatable, Sendable {
  /// What is trained, by its name: the method, unless something else is asked for.
  public var objective = "latent-diffusion"
  /// Whose rules make the training examples.
  public var variant = Variant.official
  public var seed: UInt64 = 23
  public var initialize = InitializationConfiguration()
  public var networks = NetworkConfiguration()
  public var diffusion = DiffusionConfiguration()
  public var autoencoder = AutoencoderTrainingConfiguration()
  public var distillation = DistillationConfiguration()
  public var harmonisation = HarmonisationConfiguration()
  public var clip = CLIPTrainingConfiguration()
  public var optimizer = OptimizerConfiguration()
  public var duration = DurationConfiguration()
  public var precision = TrainingPrecision.fp32
  public var data = DataConfiguration()
  public var checkpoint = CheckpointConfiguration()
  public var validation = ValidationConfiguration()
  public var samples = SamplesConfiguration()

  public init() {}

  /// A configuration with what it was made of.
  public struct Loaded: Sendable {
    public var configuration: TrainingConfiguration
    /// The merged files and overrides: what a run's `config.yaml` and `--print-config` show.
    public var tree: ConfigurationTree
    /// What the user should know: keys without effect, surprising settings.
    public var notes: [ConfigurationNote]
  }

  /// - Parameter objectives: that can be chosen.
  init(_ decoder: ConfigurationDecoder, objectives: [ObjectiveName]) {
    decoder.read(Self.keys(objectives), into: &self)
    decoder.read(InitializationConfiguration.keys, into: &initialize)
    decoder.read(Self.modelKeys, into: &self)
    networks = NetworkConfiguration(decoder)
    diffusion = DiffusionConfiguration(decoder)
    distillation = DistillationConfiguration(decoder, timesteps: diffusion.timesteps)
    decoder.read(AutoencoderTrainingConfiguration.keys, into: &autoencoder)
    decoder.read(HarmonisationConfiguration.keys, into: &harmonisation)
    clip = .read(decoder)
    optimizer = OptimizerConfiguration(decoder)
    duration = DurationConfiguration(decoder)
    precision = TrainingPrecision(decoder)
    data = DataConfiguration(decoder)
    decoder.read(CheckpointConfiguration.keys, into: &checkpoint)
    validation = ValidationConfiguration(decoder, timesteps: diffusion.timesteps)
    decoder.read(SamplesConfiguration.keys, into: &samples)
    adoptSharedValues()
  }

  private static func keys(_ objectives: [ObjectiveName]) -> KeyTable<Self> {
    let summaries =
      objectives.dropLast().map(\.summary) + objectives.suffix(1).map { "or \($0.summary)" }
    return KeyTable([
      Key(
        "objective", \.objective, .word(oneOf: objectives.map(\.name)),
        "What is trained: \(summaries.joined(separator: ", "))."),
      Key(
        "variant", \.variant, .choice,
        "Whose rules make the training examples, where the paper and its code differ."),
      Key(
        "seed", \.seed, .integer(.between(0, 0x1p53)),
        """
        Of everything random: weights, order and making of examples, noise. The same seed gives \
        the same run.
        """),
    ])
  }

  private static var modelKeys: KeyTable<Self> {
    KeyTable([
      .target(
        "model.target", oneOf: "ldm.models.diffusion.ddpm.LatentDiffusion", doc: "The method.")
    ])
  }

  /// Values that stand once in the configuration and mean something to several parts.
  private mutating func adoptSharedValues() {
    data.train.triplets.variant = variant
    data.validation.triplets.variant = variant
    data.train.triplets.referenceSize = networks.imageEncoder.imageSize
    data.validation.triplets.referenceSize = networks.imageEncoder.imageSize
    if objective == "harmonisation" {
      networks.harmoniser.sampleSize = data.train.triplets.imageSize
    }
    if objective == "consistency-distillation", initialize.model == nil {
      initialize.model = distillation.teacher.map { .folder($0) }
    }
    networks.autoencoder.sampleSize = data.train.triplets.imageSize
    networks.autoencoder.scalingFactor = diffusion.scaleFactor ?? 1
  }
}

/// An objective, as far as the configuration knows of it.
struct ObjectiveName {
  let name: String
  let summary: String
}

/// Where the weights come from before the first step; nil when the configuration doesn't say.
public struct InitializationConfiguration: Equatable, Sendable {
  public enum Source: Equatable, Sendable {
    case random
    /// A model folder, a run directory or an original checkpoint; for the image encoder also a
    /// folder of CLIP.
    case folder(String)
  }

  /// All networks; the others take precedence for theirs.
  public var model: Source?
  public var unet: Source?
  public var autoencoder: Source?
  public var imageEncoder: Source?
  public var textEncoder: Source?
  /// What the networks are merged with before the first step, each `FILE` or `FILE:WEIGHT`.
  public var adapters: [String] = []

  public init() {}

  static var keys: KeyTable<Self> {
    KeyTable(
      "initialize",
      [
        Key(
          "model", \.model, .source,
          """
          Where all weights come from before the first step: a model folder, a run directory (its \
          latest checkpoint), or `random`.
          """),
        Key(
          "unet", \.unet, .source,
          """
          The same for the UNet alone; random when nothing is said. Its sizes must be the \
          configured ones, except that the first convolution of a text-to-image UNet, such as \
          Stable Diffusion's with its 4 input channels, is widened with zeros.
          """),
        Key(
          "vae", \.autoencoder, .source,
          """
          The same for the autoencoder. Latent diffusion must say it here or in `initialize.model`.
          """),
        Key(
          "image_encoder", \.imageEncoder, .source,
          """
          The same for the image encoder. A folder of CLIP as published will do: it gives the \
          tower, and mapper, projection and null vector start at random.
          """),
        Key(
          "text_encoder", \.textEncoder, .source,
          """
          The same for the text encoder of `text-to-image`, with its tokenizer: a folder of CLIP, or a \
          model that has both. Its sizes are the folder's.
          """),
        Key(
          "lora", \.adapters, .texts("files"),
          """
          Adapters (LoRA) that UNet and conditioner are merged with before the first step: files of \
          diffusers, kohya or PEFT, or runs, each `FILE` or `FILE:WEIGHT`.
          """),
      ])
  }
}

extension Kind<InitializationConfiguration.Source> {
  fileprivate static var source: Kind {
    .text("folder or `random`", written: { "\($0)" }) { $0 == "random" ? .random : .folder($0) }
  }
}
