import Models
import Pictures
import Support
import Tensors

/// What a session edits with: this project's model, or another method.
protocol EditEngine: Sendable {
  /// Whether a network sees the part around the mask, so that it matters how large the mask is in it.
  var isShownTheRegion: Bool { get }
  /// Pixels a side that it was made for; nil for any.
  var side: Int? { get }
  /// How it samples where nothing is said.
  var usualSampler: Sampler { get }

  /// What of its files had no place in it, a sentence each.
  var notes: [String] { get }

  /// Whether a job has what it takes, before anything is read.
  func check(_ given: GivenInputs) throws
  /// Reports to progress that one result makes.
  func steps(_ settings: EditSettings) -> Int
  func plan(
    source: DecodedImage, mask: RepaintMask, _ settings: EditSettings
  ) throws -> Editor.Plan
  /// Nil where it is not known.
  func memory(for plan: Editor.Plan, isGuided: Bool) -> MemoryEstimate?
  func largestSize(for plan: Editor.Plan, isGuided: Bool, available: Int) -> PictureSize?
  /// Of the noise that it starts from, `[1, h, w, C]`.
  func latentShape(_ size: PictureSize) throws -> [Int]
  /// What all seeds and scales share.
  func prepare(_ plan: Editor.Plan, _ inputs: EditInputs) throws -> PreparedEdit
  /// What a PNG says of how it was made.
  func description(
    of settings: EditSettings, _ inputs: EditInputs, _ plan: Editor.Plan, scale: String,
    seed: UInt64
  ) -> [(key: String, value: String)]
  /// Frees what is kept between edits.
  func release()
  /// How latents look, where the engine shows them as they form.
  func preview() -> LatentPreview?
}

/// Which inputs there are, before they are read.
struct GivenInputs {
  /// How many pictures of what is to be painted.
  var references: Int
  var referenceMask: Bool
  var text: Bool

  var reference: Bool { references > 0 }
}

extension GivenInputs {
  init(_ job: EditJob) {
    self.init(
      references: job.references.count,
      referenceMask: job.references.contains { $0.mask != nil },
      text: job.prompt != nil)
  }
}

/// Makes one result: the picture as it is to be written, and its latents if there are any. `watch` is told
/// the clean latents that each evaluation of the network expects.
typealias PreparedEdit = (
  _ settings: EditSettings, _ progress: () throws -> Void, _ watch: (Tensor) -> Void
) throws -> Painting

/// What a method painted.
public struct Painting: Sendable {
  public let picture: Image
  /// Denoised, scaled as the network has them, `[1, h, w, C]`; nil for a method without latents.
  public let latents: Tensor?

  public init(picture: Image, latents: Tensor? = nil) {
    self.picture = picture
    self.latents = latents
  }
}

/// Edits with a model of this project's method.
struct ModelEngine: EditEngine {
  let editor: Editor
  let model: String
  let weights: WeightChoice
  let adapters: [AdapterSource]
  let decoder: DecoderChoice

  var notes: [String] { editor.painter.model.notes }
  var isShownTheRegion: Bool { true }
  var side: Int? { editor.painter.model.pictureSize }
  var usualSampler: Sampler { .usual(for: editor.painter.model.schedule) }

  func check(_ given: GivenInputs) throws {
    guard editor.painter.model.layout != .latents else { throw EditError.seesNoPicture(model) }
    guard !given.text || !given.reference else { throw EditError.promptAndReference }
    guard given.text || given.reference else { throw EditError.nothingToPaintAfter }
  }

  func steps(_ settings: EditSettings) -> Int { settings.evaluations }

  func plan(
    source: DecodedImage, mask: RepaintMask, _ settings: EditSettings
  ) throws -> Editor.Plan {
    try editor.painter.checkTimesteps(settings)
    return try editor.plan(source: source, mask: mask, settings)
  }

  func memory(for plan: Editor.Plan, isGuided: Bool) -> MemoryEstimate? {
    editor.memory(for: plan, isGuided: isGuided)
  }

  func largestSize(for plan: Editor.Plan, isGuided: Bool, available: Int) -> PictureSize? {
    editor.largestSize(for: plan, isGuided: isGuided, available: available)
  }

  func latentShape(_ size: PictureSize) -> [Int] { editor.painter.latentShape(size) }

  func prepare(_ plan: Editor.Plan, _ inputs: EditInputs) throws -> PreparedEdit {
    let prompts =
      inputs.text.map { [.text($0)] } ?? inputs.references.map { Prompt.picture($0.shown) }
    guard !prompts.isEmpty else { throw EditError.nothingToPaintAfter }
    let prepared = try editor.prepare(plan, after: prompts)
    return { settings, progress, watch in
      let edited = try editor.edit(prepared, settings, progress: progress, watch: watch)
      return Painting(picture: edited.picture, latents: edited.latents)
    }
  }

  func release() { editor.release() }

  func preview() -> LatentPreview? { LatentPreview(editor.painter.model) }

  func description(
    of settings: EditSettings, _ inputs: EditInputs, _ plan: Editor.Plan, scale: String,
    seed: UInt64
  ) -> [(key: String, value: String)] {
    var facts: [(key: String, value: String)] =
      [
        ("model", model.readablePath),
        ("weights", weights.rawValue),
      ] + adapters.described + [
        ("seed", "\(seed)"),
        ("sampler", settings.sampler.rawValue),
        ("steps", "\(settings.steps)"),
        ("scale", scale),
        ("eta", settings.eta.shortest),
        ("size", "\(plan.size.width)x\(plan.size.height)"),
        ("crop", settings.crop.rawValue),
        ("paste-back", settings.pastesBack ? "yes" : "no"),
        ("posterior", settings.posterior.rawValue),
        ("precision", settings.precision.inEffect.rawValue),
      ]
    if decoder != .full { facts.append(("decoder", decoder.description.readablePath)) }
    facts += settings.pasteBackDescription
    facts += settings.conventions.parts.map { ($0.name, $0.value) }
    if let prompt = inputs.prompt { facts.append(("prompt", prompt)) }
    return facts + inputs.references.description
  }
}

extension EditSettings {
  /// How the rest of the picture was kept, if it was.
  var pasteBackDescription: [(key: String, value: String)] {
    pastesBack
      ? [("feather", feather.shortest), ("match-seam", matchesSeam ? "yes" : "no")] : []
  }
}
