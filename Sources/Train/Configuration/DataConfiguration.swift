import Datasets
import Pictures

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

  init(_ decoder: ConfigurationDecoder) {
    decoder.read(Self.keys, into: &self)
    train.read("data.params.train", from: decoder)
    var defaults = train
    defaults.directory = nil
    defaults.split = .validation
    validation = defaults
    validation.read("data.params.validation", from: decoder)
    decoder.read(Self.ignoredKeys, into: &self)
  }

  private static var keys: KeyTable<Self> {
    KeyTable(
      "data",
      [
        .target("target", oneOf: "main.DataModuleFromConfig", doc: "The data module."),
        Key(
          "params.batch_size", \.batchSize, .integer(.between(1, 65_536)), "Examples of a batch."),
        Key(
          "params.num_workers", \.workers, .integer(.between(0, 1024)),
          """
          Threads that prepare examples (officially 2 × batch size processes); 0 prepares them in \
          the training thread.
          """),
        Key(
          "params.cache_latents", \.cachesLatents, .bool,
          """
          Keep mean and log-variance of latents in the run directory (see formats.md). Only square \
          pictures are found again: others are cropped anew at each visit.
          """),
      ])
  }

  private static var ignoredKeys: KeyTable<Self> {
    KeyTable(
      "data.params",
      [
        .ignored("test", because: "benches are scored by pbe-eval"),
        .ignored("predict", because: "pictures are made by pbe-sample"),
        .ignored("wrap", because: "it wraps Python's data sets"),
        .ignored(
          "shuffle_test_loader", "shuffle_val_dataloader",
          because: "the order is random for training and fixed for validation"),
        .ignored(
          "use_worker_init_fn", because: "examples do not depend on the worker that makes them"),
      ])
  }
}

/// One data set: training or validation.
public struct DatasetConfiguration: Equatable, Sendable {
  /// An OpenImages folder or a `.jsonl` manifest; nil when the configuration doesn't say.
  public var directory: String?
  /// The part of an OpenImages folder that is read.
  public var split: DatasetSplit
  /// The boxes of an OpenImages folder that are used.
  public var boxes = BoxFilter()
  /// What the boxes of a manifest count where its lines don't say.
  public var boxNotation: BoxNotation?
  /// How examples are made of pictures and boxes.
  public var triplets = TripletSettings()
  /// Probability that the autoencoder trains on a picture with a grey hole, as it will see them in
  /// the diffusion model's masked pictures.
  public var holeProbability = 0.3

  public init(split: DatasetSplit) { self.split = split }

  /// Reads what is given at `path`; the rest stays.
  fileprivate mutating func read(_ path: String, from decoder: ConfigurationDecoder) {
    let usual = boxes
    decoder.read(Self.keys(path, split: split), into: &self)
    if boxes.minimumArea > boxes.maximumArea {
      decoder.fail(
        "\(path).params.min_area",
        "is \(boxes.minimumArea), above `max_area` (\(boxes.maximumArea))")
      boxes = usual
    }
    triplets.augmentation.read("\(path).params.augmentation", from: decoder)
    var holes = Holes(probability: holeProbability)
    decoder.read(Holes.keys("\(path).params.augmentation.holes"), into: &holes)
    holeProbability = holes.enabled ? holes.probability : 0
  }

  private static func keys(_ path: String, split: DatasetSplit) -> KeyTable<Self> {
    KeyTable(
      path,
      [
        .target("target", oneOf: "ldm.data.open-images.OpenImageDataset", doc: "The data set."),
        Key(
          "params.dataset_dir", \.directory,
          .text("OpenImages folder or .jsonl file", written: { $0 }) { $0 },
          "Folder in OpenImages' layout, or a manifest (see formats.md)."),
        Key(
          "params.state", \.split, .choice,
          """
          Part of an OpenImages folder that is \(split == .train ? "trained" : "validated") on.
          """),
        Key(
          "params.min_area", \.boxes.minimumArea, .number(.share),
          """
          Boxes of an OpenImages folder that cover a smaller share of the picture are not used. A \
          manifest is used as it is.
          """),
        Key(
          "params.max_area", \.boxes.maximumArea, .number(.share),
          "Boxes of an OpenImages folder that cover a larger share of the picture are not used."),
        Key(
          "params.box_units", \.boxNotation, .choice,
          """
          What the boxes of a manifest are given in, where its lines don't say: pixels, or fractions \
          of the picture's sides. Where nothing says it they are pixels, and boxes that look like \
          fractions are refused.
          """),
        Key(
          "params.image_size", \.triplets.imageSize, .integer(.in(TripletSettings.imageSizes)),
          "Pixels of a training picture, a side."),
        Key(
          "params.arbitrary_mask_percent", \.triplets.arbitraryMaskPercent, .number(.share),
          "Probability of a free-form mask; the rest are rectangles."),
        Key(
          "params.reference_mask_probability", \.triplets.referenceMaskProbability, .number(.share),
          """
          Probability that a reference shows its object alone, as `pbe-sample --reference-mask` does: \
          cut to its mask, CLIP's mean colour around it. The data must have masks of its objects (see \
          formats.md); those without one are shown as ever.
          """),
        Key(
          "params.most_views", \.triplets.mostViews, .integer(.in(TripletSettings.views)),
          """
          Latent diffusion only: each batch shows its objects 1 to so many times, drawn anew, and each \
          view is a token, as each `--reference` of pbe-sample. Views are the references of a line that \
          has several, or else one picture augmented several times.
          """),
        Key(
          "params.antialias", \.triplets.antialias, .bool,
          """
          Average over what a smaller picture covers. Officially off; small pictures of \
          photographs need it.
          """),
      ])
  }
}

/// Grey holes in the autoencoder's pictures.
private struct Holes {
  var enabled = true
  var probability: Double

  static func keys(_ path: String) -> KeyTable<Self> {
    KeyTable(
      path,
      [
        Key(
          "enabled", \.enabled, .bool,
          """
          Autoencoder only: cut grey holes into pictures, as the diffusion model's masked pictures \
          have them.
          """),
        Key("probability", \.probability, .number(.share), "How often."),
      ])
  }
}
