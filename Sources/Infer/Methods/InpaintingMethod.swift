import Autograd
import Models
import Pictures
import Support
import Tensors

extension MethodDefinition {
  /// Stable Diffusion as the paper compares with it.
  public static let inpainting = MethodDefinition(
    "sd-inpaint",
    summary: "Stable Diffusion with a text (Rombach et al. 2022): a UNet of 9 channels that sees "
      + "the picture with its hole, or of 4, whose latents get the source's back outside the mask",
    needs: [.model, .text], samples: true, conventions: .inpainting, scale: 7.5
  ) { try InpaintingMethod($0) }
}

extension Conventions {
  /// A latent is masked or it isn't, as these models were trained.
  fileprivate static var inpainting: Conventions {
    var conventions = Conventions()
    conventions.maskResize = .nearest
    return conventions
  }
}

/// Paints after a text, with a model of 4 or 9 input channels.
///
/// - Source: `StableDiffusionInpaintPipeline` of diffusers; ldm/models/diffusion/plms.py and ddim.py of
///   CompVis/stable-diffusion.
package struct InpaintingMethod: PaintingMethod {
  private let model: TextModel

  package init(_ model: TextModel) { self.model = model }

  fileprivate init(_ setup: MethodSetup) throws {
    self.init(try TextModel(setup, for: "sd-inpaint"))
  }

  package var canvas: MethodCanvas { .model(ModelCanvas(model.painter.model)) }

  private var layout: InputLayout { model.painter.model.layout }

  private func blending(_ settings: EditSettings) -> Conventions.Blending? {
    layout == .latents ? settings.conventions.blending : nil
  }

  package func record(_ settings: EditSettings) -> MethodRecord {
    let procedure =
      switch blending(settings) {
      case nil: "a text-to-image UNet that sees the picture with its hole and the mask"
      case .afterSteps:
        "a text-to-image UNet; after each step, latents outside the mask become the source's with one "
          + "noise at the next level, at last without"
      case .beforeSteps:
        "a text-to-image UNet; before each step, latents outside the mask become the source's with new "
          + "noise at the step's level"
      }
    var record = MethodRecord(
      name: "sd-inpaint", procedure: procedure, settings: model.told(settings),
      files: model.files)
    let unet = model.painter.model.unet.network.configuration
    record.settings["channels"] = .integer(unet.inChannels)
    return record
  }

  package var notes: [String] { model.painter.model.notes }

  package func steps(_ settings: EditSettings) -> Int { settings.evaluations }

  package func paint(
    _ task: PaintingTask, _ settings: EditSettings, progress: () throws -> Void
  ) throws -> Painting {
    let painter = model.painter
    try painter.checkSteps(settings)
    let condition = try painter.condition(after: .text(task.text ?? ""), settings.conventions)
    let hole = InpaintingSource(painter, task, settings)
    let noise = InpaintingNoise(
      hole.shape, start: try painter.givenNoise(hole.shape, settings), layout: layout, settings)
    let denoiser = GuidedDenoiser(
      painter.model, maskedLatents: hole.maskedLatents(noise.masked), mask: hole.keep,
      condition: condition, scale: settings.conventions.guidance(at: settings.scale),
      precision: settings.precision)
    let sampler = settings.sampler(settings.samplingOptions)
    guard let sampler = sampler as? any SteppedSamplingMethod else {
      throw EditError.cannotBlend(settings.sampler)
    }
    let blend = blending(settings).map {
      LatentBlending(
        $0, source: hole.latents(noise.source), keep: hole.keep, noise: noise,
        extraDraws: settings.sampler.idleDraws(settings))
    }
    var random = noise.later
    let schedule = try painter.schedule(settings)
    let latents: Tensor = try sampler.sample(
      from: noise.start, schedule, steps: settings.steps, prediction: painter.model.prediction,
      using: &random, adjust: { blend?($0, $1, schedule) ?? $0 }
    ) { latents, timestep in
      let output = denoiser.output(for: latents, at: timestep)
      try progress()
      return output
    }
    guard latents.isFinite else {
      throw EditError.notFinite(scale: settings.scale, sampler: settings.sampler)
    }
    let picture = try painter.picture(
      of: latents, settings.conventions, precision: settings.precision)
    return Painting(picture: picture, latents: latents)
  }
}

/// A model that paints after texts.
package struct TextModel: Sendable {
  let painter: Painter
  let path: String
  private let weights: WeightChoice
  private let adapters: [AdapterSource]

  /// - Parameter path: what a record calls it.
  package init(
    _ model: PaintByExampleModel, path: String, weights: WeightChoice = .averaged,
    adapters: [AdapterSource] = []
  ) {
    var model = model
    // Whatever the folder says: diffusers' pipelines take what old folders leave out for an oversight.
    model.schedule.grid.offset = 1
    model.schedule.grid.beginsWithRungeKutta = false
    painter = Painter(model)
    self.path = path
    (self.weights, self.adapters) = (weights, adapters)
  }

  /// - Throws: ``MethodError/notOfTexts(_:method:expected:)``; what is wrong with the model's files.
  init(_ setup: MethodSetup, for method: String) throws {
    let path = setup.model ?? ""
    self.init(
      try ModelFolder(at: path, adapters: setup.adapters).model(setup.weights), path: path,
      weights: setup.weights, adapters: setup.adapters)
    do {
      _ = try painter.model.conditioner.prepare(.text(""), .stretch)
    } catch PromptError.otherKind(_, let expected) {
      throw MethodError.notOfTexts(path, method: method, expected: expected)
    }
  }

  /// What it is made of, for a record.
  var files: [String: String] {
    let own = adapters.enumerated().map {
      ($0.offset == 0 ? "lora" : "lora \($0.offset + 1)", $0.element.path)
    }
    return Dictionary(own) { first, _ in first }.merging(["model": path]) { $1 }
  }

  /// What sampling was told, for a record.
  func told(_ settings: EditSettings) -> [String: JSONValue] {
    let conventions = (settings.conventions.parts.map { ($0.name, $0.value) } + adapters.described)
      .map { ($0.0, JSONValue.string($0.1)) }
    return Dictionary(conventions) { first, _ in first }.merging([
      "weights": .string(weights.rawValue), "sampler": .string(settings.sampler.rawValue),
      "steps": .integer(settings.steps), "scale": .number(Double(settings.scale)),
      "eta": .number(Double(settings.eta)), "posterior": .string(settings.posterior.rawValue),
      "precision": .string(settings.precision.inEffect.rawValue),
    ]) { _, own in own }
  }
}

extension Sampler {
  /// Tensors of noise that CompVis's sampler of this name draws at each step and multiplies by zero.
  fileprivate func idleDraws(_ settings: EditSettings) -> Int {
    guard settings.conventions.generator == .torch, settings.eta == 0 else { return 0 }
    return self == .plms || self == .ddim ? 1 : 0
  }
}
