import Autograd
import Models
import Pictures
import Tensors

/// Edits pictures of any size: crops to the mask, repaints at the model's size, puts the result back.
///
/// What becomes of the weights between edits is the ``Residency``.
public struct Editor: Sendable {
  /// Whether networks stay in memory.
  public enum Residency: Sendable {
    /// All of them, packed for products: for many edits, one after the other or at once.
    case keep
    /// Each network's weights leave when its part is done, so that the peak is that of the largest part
    /// and not of all together; they come back from their file when next needed.
    case release
  }

  public let painter: Painter
  private let residency: Residency

  public init(_ model: PaintByExampleModel, residency: Residency = .release) {
    painter = Painter(model, encodesOnce: residency == .release)
    self.residency = residency
  }

  private var model: PaintByExampleModel { painter.model }

  /// An edit whose inputs have been checked.
  public struct Plan: Sendable {
    let source: Image
    let mask: RepaintMask
    let region: WorkRegion
    let conventions: Conventions
    let precision: ProductPrecision
    /// The source's file, if it has an opacity or a profile that a result keeps.
    var file: SourceFile?
    /// Width and height at which the network works.
    public var size: PictureSize { region.size }

    /// Of a picture of the source's size, the part that the network saw.
    func workedPart(of picture: Image) -> Image { picture.cropped(to: region.rectangle) }
  }

  /// What the networks made of the inputs, for any number of seeds and scales.
  public struct Prepared: Sendable {
    let plan: Plan
    let condition: Tensor
    let surroundings: Painter.Surroundings
  }

  /// Checks the settings and decides where to work. The mask must be made for this source.
  ///
  /// - Throws: ``EditError``.
  public func plan(source: Image, mask: RepaintMask, _ settings: EditSettings) throws -> Plan {
    try settings.validate()
    let region = try WorkRegion(
      picture: PictureSize(source), bounds: mask.bounds, crop: settings.crop,
      size: settings.size, modelSize: model.pictureSize, multiple: model.sizeMultiple)
    return Plan(
      source: source, mask: mask, region: region, conventions: settings.conventions,
      precision: settings.precision)
  }

  /// The memory that an edit will need at its peak, beyond weights that have been kept.
  ///
  /// - Parameters:
  ///   - plan: of the edit, from `plan(source:mask:_:)`.
  ///   - size: at which the network works; nil for the plan's own.
  ///   - isGuided: whether any guidance scale is not 1.
  public func memory(for plan: Plan, size: PictureSize? = nil, isGuided: Bool) -> MemoryEstimate {
    let region = plan.region.rectangle
    return MemoryEstimate(
      model, size: size ?? plan.size, picture: PictureSize(plan.source),
      region: PictureSize(width: region.width, height: region.height),
      keepsFile: plan.file != nil, isGuided: isGuided,
      keptWeights: residency == .keep ? stores : nil)
  }

  /// The largest size of the plan's proportions that fits into `available` bytes; nil if none does.
  public func largestSize(for plan: Plan, isGuided: Bool, available: Int) -> PictureSize? {
    let multiple = model.sizeMultiple
    let steps = (1...max(plan.size.width / multiple, 1)).reversed()
    return steps.lazy.map { columns in
      let rows = max(columns * plan.size.height / plan.size.width, 1)
      return PictureSize(width: columns * multiple, height: rows * multiple)
    }.first { memory(for: plan, size: $0, isGuided: isGuided).total <= available }
  }

  /// Encodes reference and source.
  ///
  /// - Throws: `PromptError`, ``EditError``.
  public func prepare(_ plan: Plan, reference: Image) throws -> Prepared {
    try prepare(plan, after: .picture(reference))
  }

  /// Encodes the source and what it is to be painted after.
  ///
  /// - Throws: `PromptError`; ``EditError/nothingVisible(_:size:)``.
  public func prepare(_ plan: Plan, after prompt: Prompt) throws -> Prepared {
    try prepare(plan, after: [prompt])
  }

  /// The same after several prompts, such as pictures of one object: the network attends to the tokens of
  /// all of them.
  ///
  /// - Throws: `PromptError`; ``EditError/nothingVisible(_:size:)``.
  public func prepare(_ plan: Plan, after prompts: [Prompt]) throws -> Prepared {
    let hole = plan.region.hole(of: plan.mask.pixels)
    guard hole.pixels.contains(0) else {
      throw EditError.nothingVisible(plan.mask.name, size: plan.size)
    }
    let condition = try painter.condition(after: prompts, plan.conventions)
    finish(model.conditioner.parameters)
    let surroundings = painter.surroundings(
      source: plan.region.part(of: plan.source), mask: hole, plan.conventions,
      precision: plan.precision)
    finish(model.autoencoder.parameters)
    return Prepared(plan: plan, condition: condition, surroundings: surroundings)
  }

  /// The edited picture, of the source's size; without paste-back the network's own.
  ///
  /// - Parameters:
  ///   - prepared: from ``prepare(_:reference:)``.
  ///   - settings: those of the plan, with any seed and scale.
  ///   - progress: called after each evaluation of the network; what it throws ends the edit.
  ///   - watch: told after each evaluation what the network then takes the clean latents for,
  ///     `[1, h, w, C]`.
  /// - Throws: ``EditError``.
  public func edit(
    _ prepared: Prepared, _ settings: EditSettings, progress: () throws -> Void = {},
    watch: (Tensor) -> Void = { _ in }
  ) throws -> Painter.Result {
    let latents = try painter.latents(
      prepared.surroundings, condition: prepared.condition, settings, progress: progress,
      watch: watch)
    finish(model.unet.parameters)
    let painted = prepared.plan.region.content(
      of: try painter.picture(of: latents, settings.conventions, precision: settings.precision))
    finish(model.autoencoder.parameters)
    if let tiny = model.tinyDecoder { finish(tiny.parameters) }
    let picture = prepared.plan.pasted(
      painted, settings, downsampling: model.downsampling)
    return Painter.Result(picture: picture, latents: latents)
  }

  /// Colours meet along the border over the width of a latent.
  package func pasteBack(_ plan: Plan, _ settings: EditSettings) -> PasteBack {
    plan.pasteBack(settings, downsampling: model.downsampling)
  }

  private func finish(_ parameters: ParameterStore) {
    guard residency == .release else { return }
    parameters.unload()
    StoragePool.releaseFreeBlocks()
  }

  /// Frees the memory of all weights, which come back from their files when next needed.
  public func release() {
    stores.forEach { $0.unload() }
    StoragePool.releaseFreeBlocks()
  }

  private var stores: [ParameterStore] {
    [model.conditioner.parameters, model.autoencoder.parameters, model.unet.parameters]
      + (model.tinyDecoder.map { [$0.parameters] } ?? [])
  }
}

extension Editor.Plan {
  /// What a network painted, put back into the source where the settings ask for it.
  ///
  /// - Parameters:
  ///   - painted: the content of the worked part.
  ///   - settings: of the edit.
  ///   - downsampling: pixels a side for each position of a latent.
  func pasted(_ painted: Image, _ settings: EditSettings, downsampling: Int) -> Image {
    guard settings.pastesBack else { return painted }
    let area = region.rectangle
    let fitting = painted.resized(width: area.width, height: area.height, filter: .bicubic)
    return pasted(fitting) {
      $0.pasting(
        fitting, over: area, mask: mask.pixels,
        pasteBack(settings, downsampling: downsampling))
    }
  }

  /// New pixels on the source, which may be transparent.
  ///
  /// - Parameters:
  ///   - fitting: of the worked part's size.
  ///   - paste: pastes them onto an opaque picture.
  func pasted(_ fitting: Image, by paste: (Image) -> Image) -> Image {
    file?.pasting(fitting, onto: source, over: region.rectangle, mask: mask.pixels, paste)
      ?? paste(source)
  }

  /// Colours meet along the border over the width of a latent.
  fileprivate func pasteBack(_ settings: EditSettings, downsampling: Int) -> PasteBack {
    let latent = Float(downsampling * region.rectangle.width) / Float(region.content.width)
    return PasteBack(feather: settings.feather, seamReach: settings.matchesSeam ? latent : 0)
  }
}
