import Autograd
import Foundation
import Models
import Support

/// Builds a run's networks: sizes from the configuration, weights from where `initialize` says.
public struct NetworkBuilder {
  let configuration: TrainingConfiguration
  /// Whether weights come from the run's own checkpoint, to go on exactly as they were.
  let isResuming: Bool
  /// What was taken from where, what was left random, and where sources differ from the
  /// configuration; a line each.
  private(set) var notes: [String] = []

  init(configuration: TrainingConfiguration, isResuming: Bool = false) {
    self.configuration = configuration
    self.isResuming = isResuming
  }

  /// Adapters in a run's own checkpoint go on learning by themselves.
  private func folder(_ path: String) throws -> ModelFolder {
    var folder = try ModelFolder(at: path)
    folder.mergesAdapters = !isResuming
    return folder
  }

  private var initialize: InitializationConfiguration { configuration.initialize }
  private var sizes: NetworkConfiguration { configuration.networks }

  /// - Parameter isTrained: whether the run changes its weights, or needs them as they are.
  public mutating func autoencoder(isTrained: Bool) throws -> Component<Autoencoder> {
    switch initialize.autoencoder ?? initialize.model {
    case .folder(let path):
      // Whose latents stay as they are, others have learnt from: from those of the averaged weights.
      let goesOn = isTrained && (isResuming || configuration.autoencoder.trainedPart == .all)
      let component = try ModelFolder(at: path).autoencoder(goesOn ? .raw : .averaged)
      let found = component.network.configuration
      try check(found, sizes.autoencoder, "autoencoder", path)
      notes.append("autoencoder: all weights from \(path)")
      if let scale = configuration.diffusion.scaleFactor, scale != found.scalingFactor, !isTrained {
        notes.append(
          "autoencoder: scaling_factor is \(found.scalingFactor) in \(path), "
            + "\(scale) in the configuration, which holds")
      }
      return component
    case .random:
      return freshAutoencoder()
    case nil:
      guard isTrained else {
        throw RunError.needsWeights(
          "initialize.vae",
          "latent diffusion needs a trained autoencoder; give a model folder, a checkpoint or a run "
            + "directory, or say `random`")
      }
      return freshAutoencoder()
    }
  }

  private func freshAutoencoder() -> Component<Autoencoder> {
    let start = AutoencoderInitialization(
      convolutionGain: Float(configuration.autoencoder.convolutionGain),
      zeroesResiduals: configuration.autoencoder.zeroesResiduals,
      logVarianceBias: Float(configuration.autoencoder.logVarianceBias))
    return Component(seed: configuration.seed) {
      Autoencoder($0, sizes.autoencoder, initialization: start)
    }
  }

  /// What goes on learning does so from its raw weights; what adapters are learnt beside is the averaged
  /// model, with which they will be merged.
  private var usualChoice: WeightChoice {
    configuration.diffusion.adapters == nil ? .raw : .averaged
  }

  /// - Parameter choice: of a trained model's weights; those of the run's own checkpoint are the raw ones.
  ///   Nil: by what learns.
  public mutating func unet(_ choice: WeightChoice? = nil) throws -> Component<UNet> {
    let choice = choice ?? usualChoice
    var component: Component<UNet>
    switch initialize.unet ?? initialize.model {
    case .folder(let path):
      component = try unet(from: folder(path), path, isResuming ? .raw : choice)
    case .random, nil:
      component = Component(sizes.unet, seed: configuration.seed)
      if configuration.diffusion.zeroesTransformerOutput {
        component.network.zeroTransformerOutputs()
      }
      if configuration.diffusion.zeroesLastConvolutions {
        component.network.zeroLastConvolutions()
      }
    }
    component.network.recomputed = configuration.diffusion.recomputed
    return component
  }

  /// A text-to-image UNet sees noisy latents alone: its first convolution is widened with zeros.
  private mutating func unet(
    from folder: ModelFolder, _ path: String, _ choice: WeightChoice
  ) throws -> Component<UNet> {
    let component = try folder.unet(choice)
    var found = component.network.configuration
    let (present, wanted) = (found.inChannels, sizes.unet.inChannels)
    let isWidened = present == found.outChannels && present < wanted
    if isWidened { found.inChannels = wanted }
    try check(found, sizes.unet, "UNet", path)
    notes.append(
      "UNet: all weights from \(path)"
        + (isWidened
          ? "; its first convolution widened from \(present) to \(wanted) input channels with zeros"
          : ""))
    let prediction = configuration.diffusion.scheduler.prediction
    if let other = (try? folder.scheduler())?.prediction, other != prediction {
      notes.append(
        "UNet: prediction_type is \(other.rawValue) in \(path), \(prediction.rawValue) in the "
          + "configuration, which holds")
    }
    return isWidened ? component.widened(to: wanted) : component
  }

  /// What a model folder says about noise and sampling: noise as the configuration has it, sampled as the
  /// model is that the UNet comes from. One that was distilled to few steps needs more again.
  func scheduler() -> SchedulerConfiguration {
    var scheduler = configuration.diffusion.scheduler
    guard case .folder(let path) = initialize.unet ?? initialize.model,
      let grid = (try? ModelFolder(at: path).scheduler())?.grid, grid.usual != .consistency
    else { return scheduler }
    scheduler.grid = grid
    return scheduler
  }

  /// Averaged weights where the encoder is asked for by itself, or its tower stays as it is; the raw ones
  /// of a whole model that goes on learning.
  ///
  /// - Parameter isTowerTrained: whether the run changes the tower's weights.
  public mutating func imageEncoder(isTowerTrained: Bool) throws -> Component<ImageEncoder> {
    let isOwn = initialize.imageEncoder != nil
    let choice: WeightChoice =
      isResuming ? .raw : isTowerTrained && !isOwn ? usualChoice : .averaged
    switch initialize.imageEncoder ?? initialize.model {
    case .folder(let path) where CLIPFolder.looksLikeOne(path):
      return try imageEncoder(from: CLIPFolder(at: path))
    case .folder(let path):
      let component = try folder(path).imageEncoder(choice)
      try check(component.network.configuration, sizes.imageEncoder, "image encoder", path)
      notes.append("image encoder: all weights from \(path)")
      return component
    case .random, nil:
      return Component(sizes.imageEncoder, seed: configuration.seed)
    }
  }

  private mutating func imageEncoder(from clip: CLIPFolder) throws -> Component<ImageEncoder> {
    var found = clip.configuration
    found.projectionDimension = sizes.imageEncoder.projectionDimension  // CLIP's own is not used
    found.condition = sizes.imageEncoder.condition
    try check(found, sizes.imageEncoder, "image encoder", clip.path)
    let component = Component<ImageEncoder>(sizes.imageEncoder, seed: configuration.seed)
    let skipped = try clip.load(into: component)
    notes.append(
      "image encoder: the vision tower from \(clip.path); mapper, projection and null vector start "
        + "at random" + (skipped.isEmpty ? "" : "; skipped \(skipped)"))
    return component
  }

  /// Without weights to start from, its filters leave colours as they are.
  public mutating func harmoniser() throws -> Component<Harmoniser> {
    guard case .folder(let path) = initialize.model else {
      let component = Component(seed: configuration.seed) { Harmoniser($0, sizes.harmoniser) }
      component.network.startFromIdentity()
      return component
    }
    let component = try Harmoniser.load(from: path, .raw)
    try check(component.network.configuration, sizes.harmoniser, "harmoniser", path)
    notes.append("harmoniser: all weights from \(path)")
    return component
  }

  /// A fresh one, or the run's own where it goes on.
  public func tinyDecoder() throws -> Component<TinyDecoder> {
    guard isResuming, case .folder(let path) = initialize.model else {
      return Component(sizes.tinyDecoder, seed: configuration.seed)
    }
    return try TinyDecoder.load(from: path, .raw)
  }

  /// The text encoder and its tokenizer, as they are.
  public mutating func textConditioner() throws -> TextConditioner {
    guard case .folder(let path) = initialize.textEncoder ?? initialize.model else {
      throw RunError.needsWeights(
        "initialize.text_encoder",
        "text to image needs a trained text encoder; give a folder of CLIP with its tokenizer")
    }
    let conditioner = try textConditioner(path)
    guard conditioner.width == sizes.unet.crossAttentionDimension else {
      throw RunError.networkMismatch(
        "text encoder", path,
        [
          "width of a token: \(conditioner.width) there, \(sizes.unet.crossAttentionDimension) in the "
            + "configuration (`unet_config.params.context_dim`)"
        ])
    }
    notes.append("text encoder: all weights from \(path)")
    return conditioner
  }

  private func textConditioner(_ path: String) throws -> TextConditioner {
    if CLIPFolder.looksLikeOne(path) { return try TextConditioner(clip: path) }
    let folder = try folder(path)
    return TextConditioner(
      try folder.component(TextTransformer.self), tokenizer: try folder.tokenizer())
  }

  /// The tokenizer of a CLIP in training: the run's own where it goes on.
  public func clipTokenizer() throws -> Tokenizer {
    if let folder = clipFolder { return try Tokenizer(at: folder) }
    guard let path = configuration.clip.tokenizer else {
      throw RunError.needsWeights(
        "model.params.text_stage_config.params.tokenizer", "a CLIP's texts need a tokenizer")
    }
    return try Tokenizer(at: path)
  }

  /// A CLIP for texts of a tokenizer, at random or as it was.
  public mutating func clip(_ tokenizer: Tokenizer) throws -> Component<CLIPModel> {
    var vision = sizes.imageEncoder
    var text = TextEncoderConfiguration()
    let settings = configuration.clip
    vision.projectionDimension = settings.dimension
    text.projectionDimension = settings.dimension
    (text.hiddenSize, text.intermediateSize) = (settings.hiddenSize, 4 * settings.hiddenSize)
    (text.layers, text.heads, text.activation) = (
      settings.layers, settings.heads, vision.activation
    )
    (text.vocabularySize, text.positions) = (tokenizer.vocabularySize, tokenizer.length)
    text.endToken = tokenizer.endToken
    let component = Component<CLIPModel>(vision, text, seed: configuration.seed)
    if let folder = clipFolder {
      try component.load(from: folder)
      notes.append("CLIP: all weights from \(folder)")
    }
    return component
  }

  /// Where a CLIP goes on from.
  private var clipFolder: String? {
    guard case .folder(let path) = initialize.model else { return nil }
    return CLIPFolder.looksLikeOne(path) ? path : "\(path)/\(ComponentName.clip.rawValue)"
  }

  /// What does not decide the weights' shapes.
  private static let free: Set = ["sampleSize", "scalingFactor"]

  /// A property's name as one reads it: `blockOutChannels` as "block out channels".
  private static func words(_ label: String) -> String {
    label.map { $0.isUppercase ? " \($0.lowercased())" : String($0) }.joined()
  }

  /// Sizes in a file that differ from the configured ones would train another network than asked.
  private func check<Configuration: Equatable>(
    _ found: Configuration, _ expected: Configuration, _ name: String, _ path: String
  ) throws {
    let differences = zip(Mirror(reflecting: found).children, Mirror(reflecting: expected).children)
      .filter { "\($0.value)" != "\($1.value)" && !Self.free.contains($0.label ?? "") }
      .map { "\(Self.words($0.label ?? "")): \($0.value) there, \($1.value) in the configuration" }
    if !differences.isEmpty { throw RunError.networkMismatch(name, path, differences) }
  }
}
