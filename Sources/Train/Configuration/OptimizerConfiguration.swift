/// AdamW, its learning rate over time, and what happens to gradients and weights around it.
public struct OptimizerConfiguration: Equatable, Sendable {
  /// The rate that `schedule` multiplies. Never scaled by batch size, as with the official
  /// `--scale_lr False`.
  public var learningRate = 1e-5
  public var betas = [0.9, 0.999]
  public var epsilon = 1e-8
  public var weightDecay = 0.01
  public var schedule = LearningRateSchedule.constant
  /// Batches whose gradients are averaged for one step.
  public var accumulation = 1
  /// Largest global norm of the gradient; nil: no clipping.
  public var gradientClip: Double?
  /// Decay of the averaged weights; nil: none are kept.
  public var averageDecay: Double?

  public init() {}

  init(_ model: ConfigurationSection, trainer: ConfigurationSection) {
    learningRate = model.number("base_learning_rate", default: 1e-5, .atLeast(0))
    let section = model.section("params")
    let adam = section.section("optimizer_config")
    adam.target(oneOf: "torch.optim.AdamW")
    let settings = adam.section("params")
    betas = settings.numbers("betas", default: [0.9, 0.999], .between(0, 0.9999999))
    if betas.count != 2 {
      settings.fail("betas", "has \(betas.count) numbers, expected 2")
      betas = [0.9, 0.999]
    }
    epsilon = settings.number("eps", default: 1e-8, .above(0))
    weightDecay = settings.number("weight_decay", default: 0.01, .atLeast(0))
    schedule = LearningRateSchedule(section.section("scheduler_config"))
    accumulation = trainer.integer("accumulate_grad_batches", default: 1)
    gradientClip = trainer.optionalNumber("gradient_clip_val", .atLeast(0))
    if gradientClip == 0 { gradientClip = nil }  // Lightning's way to say none
    trainer.fixed("gradient_clip_algorithm", "norm")
    averageDecay = Self.averageDecay(section)
  }

  private static func averageDecay(_ section: ConfigurationSection) -> Double? {
    let isOn = section.optionalBool("use_ema", default: "true if `ema_decay` is given")
    let decay = section.optionalNumber("ema_decay", .between(0, 0.9999999))
    guard let decay, decay > 0 else { return isOn == true && decay == nil ? 0.9999 : nil }
    if isOn == false {
      section.decoder.note(
        "`model.params.ema_decay` turns averaging on, although `use_ema` is false",
        at: section.position(of: "ema_decay"))
    }
    return decay
  }
}

/// What the learning rate is multiplied with at each step.
public enum LearningRateSchedule: Equatable, Sendable {
  case constant
  case linear(LinearSchedule)
  case cosine(CosineSchedule)

  private enum Kind { case linear, cosine }

  /// Reads `scheduler_config`; without it the rate is constant.
  init(_ section: ConfigurationSection) {
    let kind = section.target([
      "ldm.lr_scheduler.LambdaLinearScheduler": Kind.linear, "pbe.CosineScheduler": .cosine,
    ])
    let reason = "it belongs to the other `scheduler_config.target`"
    let linear = LinearSchedule(
      section.section("params", inactive: kind == .linear ? nil : reason))
    let cosine = CosineSchedule(
      section.section("params", inactive: kind == .cosine ? nil : reason))
    switch (section.node, kind) {
    case (nil, _): self = .constant
    case (_, .linear): self = .linear(linear)
    case (_, .cosine): self = .cosine(cosine)
    }
  }
}

/// Cycles of a linear warm-up and a linear way down, as the official `LambdaLinearScheduler`.
public struct LinearSchedule: Equatable, Sendable {
  public struct Cycle: Equatable, Sendable {
    public var warmUpSteps: Int
    public var length: Int
    /// Factors at the cycle's start, at the end of the warm-up and at the cycle's end.
    public var start: Double
    public var peak: Double
    public var end: Double

    public init(warmUpSteps: Int, length: Int, start: Double, peak: Double, end: Double) {
      self.warmUpSteps = warmUpSteps
      self.length = length
      self.start = start
      self.peak = peak
      self.end = end
    }
  }

  public var cycles: [Cycle]

  public init(cycles: [Cycle]) { self.cycles = cycles }

  init(_ section: ConfigurationSection) {
    let warmUps = section.integers("warm_up_steps", default: [10_000], .between(0, 1e15))
    let lengths = section.integers(
      "cycle_lengths", default: [10_000_000_000_000], .between(1, 1e15))
    let starts = section.numbers("f_start", default: [1e-6], .atLeast(0))
    let peaks = section.numbers("f_max", default: [1], .atLeast(0))
    let ends = section.numbers("f_min", default: [1], .atLeast(0))
    section.ignored("verbosity_interval", "the learning rate is in every line of the log")
    let counts = [lengths, warmUps].map(\.count) + [starts, peaks, ends].map(\.count)
    guard let count = counts.first, count > 0, counts.allSatisfy({ $0 == count }) else {
      section.fail(
        "cycle_lengths",
        "and `warm_up_steps`, `f_start`, `f_max`, `f_min` must have as many "
          + "entries, one for each cycle")
      cycles = []
      return
    }
    cycles = lengths.indices.map {
      Cycle(
        warmUpSteps: warmUps[$0], length: lengths[$0], start: starts[$0], peak: peaks[$0],
        end: ends[$0])
    }
  }
}

/// A linear warm-up, a constant middle, then half a cosine down to the last step of the run.
public struct CosineSchedule: Equatable, Sendable {
  public var warmUpSteps: Int
  /// Factor at the first step.
  public var start: Double
  /// Factor at the last step.
  public var end: Double
  /// Share of the run's steps after which the rate falls (never before the warm-up has ended).
  public var decayStart: Double

  public init(warmUpSteps: Int, start: Double = 0, end: Double = 0, decayStart: Double = 0) {
    self.warmUpSteps = warmUpSteps
    self.start = start
    self.end = end
    self.decayStart = decayStart
  }

  init(_ section: ConfigurationSection) {
    warmUpSteps = section.integer("warm_up", default: 0, .between(0, 1e9))
    start = section.number("start", default: 0, .share)
    end = section.number("end", default: 0, .share)
    decayStart = section.number("decay_start", default: 0, .share)
  }
}
