import Autograd
import Models
import Pictures
import Support
import Tensors

extension MethodDefinition {
  /// Blended Diffusion, guided by the reference's features.
  public static let blendedImage = MethodDefinition(
    "blended-image",
    summary: "Blended Diffusion (Avrahami et al. 2022) in latent space: a text-to-image UNet "
      + "without a text, guided by CLIP's distance to the reference",
    needs: [.model, .guide, .reference], uses: [.referenceMask],
    mostReferences: EditJob.mostReferences, samples: true, conventions: .blended, sampler: .ddim
  ) { try BlendedMethod($0, after: .picture) }
}

extension MethodDefinition {
  /// Blended Diffusion, guided by a text's features.
  public static let blendedText = MethodDefinition(
    "blended-text",
    summary: "Blended Diffusion (Avrahami et al. 2022) in latent space: a text-to-image UNet with "
      + "a text, guided by CLIP's distance to the same text",
    needs: [.model, .guide, .text], samples: true, conventions: .blended, sampler: .ddim,
    scale: 7.5
  ) { try BlendedMethod($0, after: .text) }
}

extension Conventions {
  /// A latent is masked or it isn't.
  fileprivate static var blended: Conventions {
    var conventions = Conventions()
    conventions.maskResize = .nearest
    return conventions
  }
}

/// Paints by Blended Diffusion in latent space.
package struct BlendedMethod: PaintingMethod {
  /// What CLIP compares with.
  package enum Target: String, Sendable {
    case text = "blended-text"
    case picture = "blended-image"
  }

  private let model: TextModel
  private let guide: Component<CLIPVision>
  private let guidePath: String
  private let options: BlendedOptions
  private let target: Target
  /// Nil where the target is a picture.
  private let textGuide: TextGuide?

  /// - Parameters:
  ///   - model: of 4 channels; its parameters are frozen.
  ///   - guide: whose distance guides; its parameters are frozen.
  ///   - guidePath: what a record calls it.
  ///   - options: of the guidance.
  ///   - target: what CLIP compares with.
  ///   - textGuide: CLIP's other tower, for a target that is a text.
  /// - Throws: ``EditError/badSetting(_:_:_:)``; ``MethodError/needsPlainLatents(_:method:channels:)``.
  package init(
    _ model: TextModel, guide: Component<CLIPVision>, guidePath: String, _ options: BlendedOptions,
    after target: Target, textGuide: TextGuide? = nil
  ) throws {
    try options.validate()
    self.model = model
    self.guide = guide
    self.guidePath = guidePath
    self.options = options
    self.target = target
    self.textGuide = textGuide
    let painted = model.painter.model
    guard painted.layout == .latents else {
      throw MethodError.needsPlainLatents(
        model.path, method: target.rawValue,
        channels: painted.unet.network.configuration.inChannels)
    }
    for store in [painted.unet.parameters, painted.autoencoder.parameters, guide.parameters] {
      for parameter in store.parameters { parameter.isTrainable = false }
    }
  }

  fileprivate init(_ setup: MethodSetup, after target: Target) throws {
    let path = setup.guide ?? ""
    let model = try TextModel(setup, for: target.rawValue)
    try self.init(
      model, guide: CLIPVision.load(from: path), guidePath: path, setup.blended, after: target,
      textGuide: target == .text ? TextGuide(at: path, for: model) : nil)
  }

  package var canvas: MethodCanvas { .model(ModelCanvas(model.painter.model)) }

  package func record(_ settings: EditSettings) -> MethodRecord {
    var told = model.told(settings).merging(options.told) { _, own in own }
    told["sampler"] = .string(Sampler.ddim.rawValue)
    told["posterior"] = .string(EditSettings.PosteriorChoice.mode.rawValue)
    return MethodRecord(
      name: target.rawValue,
      procedure: "latent Blended Diffusion: DDIM whose noise gets √(1 − ᾱ) times the gradient of λ "
        + "times CLIP's squared geodesic distance, the mean over augmented copies of what is inside "
        + "the mask; after each step, latents outside the mask become the source's with new noise "
        + "at the step's level",
      settings: told, files: model.files.merging(["guide": guidePath]) { $1 })
  }

  package func steps(_ settings: EditSettings) -> Int {
    BlendedSampling.places(settings.steps, model.painter.model.schedule, options).count
  }

  package func paint(
    _ task: PaintingTask, _ settings: EditSettings, progress: () throws -> Void
  ) throws -> Painting {
    let painter = model.painter
    try painter.checkSteps(settings)
    var settings = settings
    settings.sampler = .ddim
    settings.posterior = .mode
    let source = InpaintingSource(painter, task, settings)
    let isText = target == .text
    let prompt = isText ? Prompt.text(task.text ?? "") : nil
    let condition = try painter.condition(after: prompt)
    let schedule = try painter.schedule(settings)
    let sampling = BlendedSampling(
      painter.model, schedule, options,
      guide: PictureGuide(guide.network, target: features(of: task)),
      source: source.latents(nil), keep: source.keep,
      hole: Tensor(keeping: task.mask).affine(-1, 1), condition: condition)
    let scale = isText ? settings.conventions.guidance(at: settings.scale) : 1
    let denoiser = GuidedDenoiser(
      painter.model, maskedLatents: Tensor(zeros: source.shape), mask: source.keep,
      condition: condition, scale: scale, precision: settings.precision)
    var random = BlendedNoise(source.shape, settings)
    let start = try painter.givenNoise(source.shape, settings) ?? random.start
    let latents = try sampling.latents(
      from: start, steps: settings.steps, draws: { _ in random.next(copies: options.copies) },
      predict: { denoiser.output(for: $0, at: $1) }, visit: { _ in try progress() })
    guard latents.isFinite else {
      throw EditError.notFinite(scale: settings.scale, sampler: .ddim)
    }
    let picture = try painter.picture(
      of: latents, settings.conventions, precision: settings.precision)
    return Painting(picture: picture, latents: latents)
  }

  /// What CLIP compares with.
  private func features(of task: PaintingTask) -> Tensor {
    if let textGuide { return textGuide.features(of: task.text ?? "") }
    let size = guide.network.configuration.imageSize
    let views = task.views.isEmpty ? [task.reference ?? task.source] : task.views
    let features = views.map { guide.network(Tensor(reference: $0, size: size)) }
    // Of several, the middle of their directions.
    return features.count == 1 ? features[0] : Self.middle(of: features)
  }

  private static func middle(of features: [Tensor]) -> Tensor {
    let directions = features.map { $0 * (1 / Float($0.sumOfSquares().squareRoot())) }
    return directions.dropFirst().reduce(directions[0], +)
  }
}

/// The random numbers of one picture.
private struct BlendedNoise {
  let start: Tensor
  private var blending: SamplerNoise
  private var copies: RandomStream

  init(_ shape: [Int], _ settings: EditSettings) {
    copies = RandomStream(seed: settings.seed, purpose: "augmentations")
    switch settings.conventions.generator {
    case .philox:
      var random = RandomStream(seed: settings.seed, purpose: "latents")
      start = random.normal(shape)
      blending = .stream(RandomStream(seed: settings.seed, purpose: "blending"))
    case .torch:
      var random = SamplerNoise.torch(TorchGenerator(seed: settings.seed))
      start = random.normal(shape)
      blending = random
    }
  }

  mutating func next(copies count: Int) -> (noise: Tensor, copies: [GuidedCopy]) {
    (blending.normal(start.shape), GuidedCopy.drawn(count, using: &copies))
  }
}
