import Pictures
import Tensors

/// How a picture is edited, apart from what and by which model.
public struct EditSettings: Sendable, Equatable {
  /// Which part of the picture the network sees.
  public enum Crop: String, CaseIterable, Sendable {
    /// The part around the mask, with context: a square, or longer where the mask is; the whole
    /// picture where it is no larger.
    case auto
    /// The whole picture, resized.
    case none
  }

  /// What stands for the latents of the masked picture.
  public enum PosteriorChoice: String, CaseIterable, Sendable {
    case sample
    case mode
  }

  /// Width and height at which the network works.
  public enum WorkSize: Sendable, Equatable {
    /// About as many pixels as the model was made for.
    case model
    /// Those that the worked part of the picture has: nothing is resized. A part that is chosen
    /// around the mask has sides that the network can take, if need be beyond the picture's edge.
    case picture
    case exactly(PictureSize)
  }

  public var sampler = Sampler.plms
  /// Sampling steps, 1…1000.
  public var steps = 50
  /// Guidance scale, the similarity control; 1 is without guidance.
  public var scale: Float = 5
  /// DDIM's η: 0 is deterministic.
  public var eta: Float = 0
  public var seed: UInt64 = 42
  public var crop = Crop.auto
  /// Whether unmasked pixels are taken from the source.
  public var pastesBack = true
  /// Over how many of the source's pixels, from the mask's border inward, its old pixels fade out
  /// when the rest is taken from it; 0 leaves nothing of them and antialiases the border.
  public var feather: Float = 0
  /// Whether new pixels near the mask's border are moved to the colours outside it.
  public var matchesSeam = true
  public var posterior = PosteriorChoice.sample
  public var size = WorkSize.model
  /// Starts from this instead of seeded noise, `[1, C, h, w]` as in PyTorch.
  public var noise: Tensor?
  public var conventions = Conventions()
  /// Of the UNet's linear maps.
  public var precision = ProductPrecision.fp32

  public init() {}

  /// Takes a sampler, and the steps and the scale that go with it where it has such.
  public mutating func use(_ sampler: Sampler) {
    self.sampler = sampler
    steps = sampler.usual.steps ?? steps
    scale = sampler.usual.scale ?? scale
  }

  /// What single samplers are told.
  var samplingOptions: SamplingOptions {
    SamplingOptions(
      eta: eta, singleStep: conventions.singleStep, plmsHistory: conventions.plmsHistory)
  }

  /// Evaluations of the network for one picture, by a model of the usual 1000 timesteps.
  var evaluations: Int {
    let stride = max(1000 / max(steps, 1), 1)
    let taken = goesToTheEnd ? (1000 + stride - 1) / stride : steps
    return sampler(samplingOptions).evaluations(steps: taken)
  }

  /// Whether the timesteps go on to the schedule's end, which may be more than ``steps``.
  var goesToTheEnd: Bool {
    conventions.timesteps == .spanning && sampler.visitsGrid
  }

  /// What makes these settings impossible.
  ///
  /// - Throws: ``EditError/badSetting(_:_:_:)``.
  public func validate() throws {
    guard (1...1000).contains(steps) else {
      throw EditError.badSetting("steps", "\(steps)", "1 to 1000")
    }
    guard scale.isFinite else { throw EditError.badSetting("scale", "\(scale)", "a finite number") }
    guard eta.isFinite, eta >= 0, eta <= 1 else {
      throw EditError.badSetting("eta", "\(eta)", "0 to 1")
    }
    guard feather.isFinite, feather >= 0, feather <= 10_000 else {
      throw EditError.badSetting("feather", "\(feather)", "0 to 10000 pixels")
    }
    guard sampler.takesEta || eta == 0 else {
      throw EditError.samplerTakesNoEta(sampler, eta: eta)
    }
  }
}
