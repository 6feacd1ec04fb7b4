import Models
import Pictures

/// What the implementations of the method do differently; none of it is the method itself. The
/// defaults are this project's own.
public struct Conventions: Sendable, Equatable {
  /// How the mask gets the latents' size.
  public enum MaskResize: String, CaseIterable, Sendable {
    /// Without antialiasing: edges between two latents come out fractional.
    case bilinear
    /// The top left pixel of each latent.
    case nearest
  }

  /// Where random numbers come from.
  public enum Generator: String, CaseIterable, Sendable {
    /// `RandomStream`: the order of the draws does not matter.
    case philox
    /// PyTorch's generator on the CPU, seeded before the first draw.
    case torch
  }

  /// Which noise is drawn first; matters to ``Generator/torch``. DDIM's own comes after both.
  public enum DrawOrder: String, CaseIterable, Sendable {
    /// That of the masked picture's latents.
    case posteriorFirst = "posterior-first"
    /// The noise that sampling starts from.
    case latentsFirst = "latents-first"
  }

  /// At which scales only the reference's condition is evaluated.
  public enum UnguidedScales: String, CaseIterable, Sendable {
    case one = "1"
    case upToOne = "up-to-1"
  }

  /// How many timesteps PLMS and DDIM visit.
  public enum Timesteps: String, CaseIterable, Sendable {
    /// As many as were asked for.
    case counted
    /// To the end of the schedule: more where the number asked for does not divide its length.
    case spanning
  }

  /// When a text-to-image model's latents get the source's back outside the mask.
  public enum Blending: String, CaseIterable, Sendable {
    /// After each step, with one noise for all and the level that comes next; clean ones at the end.
    case afterSteps = "after-steps"
    /// Before each step, with noise of its own.
    case beforeSteps = "before-steps"
  }

  public var maskResize = MaskResize.bilinear
  public var referenceResize = ReferenceResize.stretch
  public var generator = Generator.philox
  public var drawOrder = DrawOrder.posteriorFirst
  /// How the decoder's values become 8 bits.
  public var rounding = PixelRounding.round
  public var unguidedScales = UnguidedScales.one
  public var singleStep = SingleStep.heun
  public var plmsHistory = PLMSHistory.noise
  public var timesteps = Timesteps.counted
  /// Of text-to-image models that inpaint.
  public var blending = Blending.afterSteps

  public init() {}

  /// The guidance scale to compute with; 1 is without guidance.
  func guidance(at scale: Float) -> Float {
    unguidedScales == .upToOne ? max(scale, 1) : scale
  }

  /// All parts, named as `pbe-sample`'s options.
  public var parts: [(name: String, value: String)] {
    [
      ("mask-resize", maskResize.rawValue), ("reference-resize", referenceResize.rawValue),
      ("rng", generator.rawValue), ("draw-order", drawOrder.rawValue),
      ("rounding", rounding.rawValue), ("unguided", unguidedScales.rawValue),
      ("single-step", singleStep.rawValue), ("plms-history", plmsHistory.rawValue),
      ("timesteps", timesteps.rawValue),
    ]
  }
}

/// An implementation that others compare with.
public enum ReferenceImplementation: String, CaseIterable, Codable, Sendable {
  /// Fantasy-Studio/Paint-by-Example, scripts/inference.py.
  case official
  /// `PaintByExamplePipeline` of diffusers.
  case diffusers
  /// CompVis/stable-diffusion, the `mask` and `x0` of its samplers; for text-to-image models.
  case compvis

  public var conventions: Conventions {
    var conventions = Conventions()
    conventions.generator = .torch
    switch self {
    case .official:
      conventions.rounding = .truncate
      conventions.timesteps = .spanning
    case .compvis:
      conventions.rounding = .truncate
      conventions.timesteps = .spanning
      conventions.maskResize = .nearest
      conventions.blending = .beforeSteps
    case .diffusers:
      conventions.maskResize = .nearest
      conventions.referenceResize = .clip
      conventions.drawOrder = .latentsFirst
      conventions.unguidedScales = .upToOne
      conventions.singleStep = .euler
      conventions.plmsHistory = .output
    }
    return conventions
  }
}

extension EditSettings {
  /// Makes pictures as another implementation does: with its conventions, of the whole picture at
  /// the size it has, and without putting the rest of it back.
  public mutating func follow(_ reference: ReferenceImplementation) {
    conventions = reference.conventions
    crop = .none
    size = .picture
    pastesBack = false
  }
}
