import Datasets

/// Everything that a training run is told, decoded from YAML and checked.
///
/// The keys are those of the official `configs/v1.yaml` and our own beside them;
/// `docs/configuration.md` lists all. A key that is not given has the official value where there is
/// one.
public struct TrainingConfiguration: Equatable, Sendable {
  public enum Objective: String, CaseIterable, Sendable {
    /// Reconstruction and KL.
    case autoencoder
    /// Classes and drawings of exemplars: a start for the condition where CLIP's is too large.
    case imageEncoder = "image-encoder"
    /// The method: denoising in the latent space of a frozen autoencoder.
    case latentDiffusion = "latent-diffusion"
  }

  public var objective = Objective.latentDiffusion
  /// Whose rules make the training examples.
  public var variant = Variant.official
  public var seed: UInt64 = 23
  public var initialize = InitializationConfiguration()
  public var networks = NetworkConfiguration()
  public var diffusion = DiffusionConfiguration()
  public var autoencoder = AutoencoderTrainingConfiguration()
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
    /// One line for each thing that the user should know: keys without effect, surprising settings.
    public var notes: [String]
  }

  /// Reads files from left to right and overrides after them.
  ///
  /// - Throws: every problem at once; `exitCode` tells a mistake on the command line from one in a
  ///   file.
  public static func load(
    files: [String], overrides: [String] = []
  ) throws(ConfigurationError) -> Loaded {
    let tree = try ConfigurationTree(files: files, overrides: overrides)
    let decoder = ConfigurationDecoder(tree)
    let configuration = TrainingConfiguration(decoder)
    try decoder.finish()
    return Loaded(configuration: configuration, tree: tree, notes: decoder.notes)
  }

  /// Every key that a configuration may have.
  package static var schema: [ConfigurationDecoder.Key] {
    let empty = SourcePosition(source: "", line: nil)
    let decoder = ConfigurationDecoder(
      ConfigurationTree(root: ConfigurationNode(content: .mapping([]), position: empty)))
    _ = TrainingConfiguration(decoder)
    return decoder.keys
  }

  init(_ decoder: ConfigurationDecoder) {
    let root = decoder.root
    objective = root.choice("objective", default: .latentDiffusion)
    variant = root.choice("variant", default: .official)
    seed = UInt64(root.integer("seed", default: 23, .between(0, 0x1p53)))
    initialize = InitializationConfiguration(root.section("initialize"))
    let model = root.section("model")
    model.target(oneOf: "ldm.models.diffusion.ddpm.LatentDiffusion")
    let parameters = model.section("params")
    networks = NetworkConfiguration(parameters)
    diffusion = DiffusionConfiguration(parameters)
    autoencoder = AutoencoderTrainingConfiguration(
      parameters.section("first_stage_config").section("params"))
    optimizer = OptimizerConfiguration(model, trainer: root.section("lightning").section("trainer"))
    duration = DurationConfiguration(root.section("lightning"))
    precision = TrainingPrecision(root.section("lightning").section("trainer"))
    data = DataConfiguration(root.section("data"))
    checkpoint = CheckpointConfiguration(root.section("checkpoint"))
    validation = ValidationConfiguration(
      root.section("validation"), timesteps: diffusion.timesteps)
    samples = SamplesConfiguration(root.section("samples"))
    adoptSharedValues(from: root)
    checkTogether(root, decoder)
  }

  /// Values that stand once in the configuration and mean something to several parts.
  private mutating func adoptSharedValues(from root: ConfigurationSection) {
    data.train.triplets.variant = variant
    data.validation.triplets.variant = variant
    data.train.triplets.referenceSize = networks.imageEncoder.imageSize
    data.validation.triplets.referenceSize = networks.imageEncoder.imageSize
    networks.autoencoder.sampleSize = data.train.triplets.imageSize
    networks.autoencoder.scalingFactor = diffusion.scaleFactor ?? 1
  }
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

  public init() {}

  init(_ section: ConfigurationSection) {
    func source(_ key: String) -> Source? {
      section.optionalText(key, "folder or `random`").map {
        $0 == "random" ? .random : .folder($0)
      }
    }
    model = source("model")
    unet = source("unet")
    autoencoder = source("vae")
    imageEncoder = source("image_encoder")
  }
}
