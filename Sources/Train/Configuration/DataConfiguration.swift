import Datasets

/// Where the training examples come from and how they are made.
public struct DataConfiguration: Equatable, Sendable {
  /// Examples of a batch. One process makes it whole: there are no GPUs to multiply it by.
  public var batchSize = 4
  /// Threads that prepare examples.
  public var workers = 2
  /// Keeps mean and log-variance of every latent on disk between epochs.
  public var cachesLatents = false
  public var train = DatasetConfiguration(split: .train)
  public var validation = DatasetConfiguration(split: .validation)

  public init() {}

  /// Reads `data`.
  init(_ section: ConfigurationSection) {
    section.target(oneOf: "main.DataModuleFromConfig")
    let parameters = section.section("params")
    batchSize = parameters.integer("batch_size", default: 4, .between(1, 65_536))
    workers = parameters.integer("num_workers", default: 2, .between(0, 1024))
    cachesLatents = parameters.bool("cache_latents", default: false)
    train = DatasetConfiguration(parameters.section("train"), defaults: train)
    var defaults = train
    defaults.directory = nil
    defaults.split = .validation
    validation = DatasetConfiguration(parameters.section("validation"), defaults: defaults)
    parameters.ignored("test", "benches are scored by pbe-eval")
    parameters.ignored("predict", "pictures are made by pbe-sample")
    let order = "the order is random for training and fixed for validation"
    parameters.ignored("wrap", "it wraps Python's data sets")
    parameters.ignored("shuffle_test_loader", order)
    parameters.ignored("shuffle_val_dataloader", order)
    parameters.ignored("use_worker_init_fn", "examples do not depend on the worker that makes them")
  }
}

/// One data set: training or validation.
public struct DatasetConfiguration: Equatable, Sendable {
  public enum Split: String, CaseIterable, Sendable {
    case train, validation, test
  }

  /// An OpenImages folder or a `.jsonl` manifest; nil when the configuration doesn't say.
  public var directory: String?
  /// The part of an OpenImages folder that is read.
  public var split: Split
  /// Boxes that cover a smaller or larger share of their picture are not used.
  public var areaLimits: ClosedRange<Double> = 0.02...0.8
  /// How examples are made of pictures and boxes.
  public var triplets = TripletSettings()
  /// Probability that the autoencoder trains on a picture with a grey hole, as it will see them in
  /// the diffusion model's masked pictures.
  public var holeProbability = 0.3

  public init(split: Split) { self.split = split }

  /// Reads `data.params.train` or `data.params.validation`.
  init(_ section: ConfigurationSection, defaults: DatasetConfiguration) {
    self = defaults
    section.target(oneOf: "ldm.data.open-images.OpenImageDataset")
    let parameters = section.section("params")
    directory = parameters.optionalText("dataset_dir", "OpenImages folder or .jsonl file")
    split = parameters.choice("state", default: split)
    let smallest = parameters.number("min_area", default: areaLimits.lowerBound, .share)
    let largest = parameters.number("max_area", default: areaLimits.upperBound, .share)
    if smallest <= largest {
      areaLimits = smallest...largest
    } else {
      parameters.fail("min_area", "is \(smallest), above `max_area` (\(largest))")
    }
    triplets.imageSize = parameters.integer(
      "image_size", default: triplets.imageSize, .between(8, 16_384))
    triplets.arbitraryMaskPercent = parameters.number(
      "arbitrary_mask_percent", default: triplets.arbitraryMaskPercent, .share)
    triplets.antialias = parameters.bool("antialias", default: triplets.antialias)
    let augmentation = parameters.section("augmentation")
    triplets.augmentation = AugmentationSettings(augmentation, defaults: triplets.augmentation)
    let holes = augmentation.section("holes")
    let hasHoles = holes.bool("enabled", default: true)
    let probability = holes.number("probability", default: holeProbability, .share)
    holeProbability = hasHoles ? probability : 0
  }
}

extension AugmentationSettings {
  /// Reads `augmentation`; each has its own switch and probability.
  init(_ section: ConfigurationSection, defaults: AugmentationSettings) {
    self = defaults
    flip.read(section.section("flip"))
    rotate.read(section.section("rotate"))
    blur.read(section.section("blur"))
    elastic.read(section.section("elastic"))
  }
}

extension AugmentationSettings.Flip {
  fileprivate mutating func read(_ section: ConfigurationSection) {
    enabled = section.bool("enabled", default: enabled)
    probability = section.number("probability", default: probability, .share)
  }
}

extension AugmentationSettings.Rotate {
  fileprivate mutating func read(_ section: ConfigurationSection) {
    enabled = section.bool("enabled", default: enabled)
    probability = section.number("probability", default: probability, .share)
    limit = section.number("limit", default: limit, .between(0, 180))
  }
}

extension AugmentationSettings.Blur {
  fileprivate mutating func read(_ section: ConfigurationSection) {
    enabled = section.bool("enabled", default: enabled)
    probability = section.number("probability", default: probability, .share)
    smallest = section.integer("smallest", default: smallest, .between(1, 99))
    largest = section.integer("largest", default: largest, .between(1, 99))
    if smallest % 2 == 0 || largest % 2 == 0 || smallest > largest {
      section.fail("smallest", "and `largest` must be odd and in order")
    }
  }
}

extension AugmentationSettings.Elastic {
  fileprivate mutating func read(_ section: ConfigurationSection) {
    enabled = section.bool("enabled", default: enabled)
    probability = section.number("probability", default: probability, .share)
    alpha = section.number("alpha", default: alpha, .between(0, 10_000))
    sigma = section.number("sigma", default: sigma, .between(0.1, 1000))
    affine = section.number("alpha_affine", default: affine, .between(0, 112))
  }
}
