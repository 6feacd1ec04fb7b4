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

  init(_ decoder: ConfigurationDecoder) {
    let official = betas
    decoder.read(Self.keys, into: &self)
    if betas.count != 2 {
      decoder.fail(
        "model.params.optimizer_config.params.betas", "has \(betas.count) numbers, expected 2")
      betas = official
    }
    schedule = LearningRateSchedule(decoder)
    decoder.read(Self.gradientKeys, into: &self)
    if gradientClip == 0 { gradientClip = nil }  // Lightning's way to say none
    averageDecay = Averaging(decoder).finalDecay
  }

  private static var keys: KeyTable<Self> {
    KeyTable(
      "model",
      [
        Key(
          "base_learning_rate", \.learningRate, .number(.atLeast(0)),
          "Learning rate that the schedule multiplies."),
        .target(
          "params.optimizer_config.target", oneOf: "torch.optim.AdamW",
          doc: "AdamW with decoupled weight decay."),
        Key(
          "params.optimizer_config.params.betas", \.betas, .numbers(.between(0, 0.9999999)),
          "Decay of the mean of the gradient and of its square."),
        Key(
          "params.optimizer_config.params.eps", \.epsilon, .number(.above(0)),
          "Added to the root of the mean square."),
        Key(
          "params.optimizer_config.params.weight_decay", \.weightDecay, .number(.atLeast(0)),
          "Share of a weight, times the learning rate, that each step takes away."),
      ])
  }

  private static var gradientKeys: KeyTable<Self> {
    KeyTable(
      "lightning.trainer",
      [
        Key(
          "accumulate_grad_batches", \.accumulation, .integer(),
          "Batches whose gradients are averaged for one step."),
        Key(
          "gradient_clip_val", \.gradientClip, .number(.atLeast(0)),
          "Largest global norm of the gradient; longer ones are shortened. 0 is none."),
        .fixed("gradient_clip_algorithm", "norm"),
      ])
  }
}

/// Whether weights are averaged, which two keys say.
private struct Averaging {
  /// When only that is said.
  private static let usualDecay = 0.9999

  var isOn: Bool?
  var decay: Double?

  /// nil where no averages are kept.
  var finalDecay: Double? {
    guard let decay else { return isOn == true ? Self.usualDecay : nil }
    return decay > 0 ? decay : nil
  }

  init(_ decoder: ConfigurationDecoder) {
    decoder.read(Self.keys, into: &self)
    if isOn == false, finalDecay != nil {
      decoder.note(
        "`model.params.ema_decay` turns averaging on, although `use_ema` is false",
        at: decoder.position(of: "model.params.ema_decay"))
    }
  }

  private static var keys: KeyTable<Self> {
    KeyTable(
      "model.params",
      [
        Key(
          "use_ema", \.isOn, .bool, default: .derived("true if `ema_decay` is given") { $0.isOn },
          """
          Whether averaged weights are kept and used for sampling; decay \(usualDecay) when only \
          this is given.
          """),
        Key(
          "ema_decay", \.decay, .number(.between(0, 0.9999999)),
          """
          Decay of the averaged weights per step; giving it turns averaging on, 0 turns it off.
          """),
      ])
  }
}

/// What the learning rate is multiplied with at each step.
public enum LearningRateSchedule: Equatable, Sendable {
  case constant
  case linear(LinearSchedule)
  case cosine(CosineSchedule)

  private static let path = "model.params.scheduler_config"
  fileprivate static let parameters = path + ".params"

  /// Without `scheduler_config` the rate is constant.
  init(_ decoder: ConfigurationDecoder) {
    var kind = ScheduleKind()
    decoder.read(ScheduleKind.keys(Self.path), into: &kind)
    let reason = "it belongs to the other `scheduler_config.target`"
    let linear = LinearSchedule(decoder, inactive: kind.isLinear ? nil : reason)
    var cosine = CosineSchedule(warmUpSteps: 0)
    decoder.read(CosineSchedule.keys, into: &cosine, inactive: kind.isLinear ? reason : nil)
    if decoder.group(Self.path) == nil {
      self = .constant
    } else {
      self = kind.isLinear ? .linear(linear) : .cosine(cosine)
    }
  }
}

private struct ScheduleKind {
  var isLinear = true

  static func keys(_ path: String) -> KeyTable<Self> {
    KeyTable(
      path,
      [
        Key(
          "target", \.isLinear,
          .className([
            ("ldm.lr_scheduler.LambdaLinearScheduler", true), ("pbe.CosineScheduler", false),
          ]),
          "Which of the two.")
      ])
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

  init(_ decoder: ConfigurationDecoder, inactive reason: String?) {
    var lists = CycleLists()
    decoder.read(CycleLists.keys, into: &lists, inactive: reason)
    guard let cycles = lists.cycles else {
      decoder.fail(
        "\(LearningRateSchedule.parameters).cycle_lengths",
        "and `warm_up_steps`, `f_start`, `f_max`, `f_min` must have as many "
          + "entries, one for each cycle")
      self.init(cycles: [])
      return
    }
    self.init(cycles: cycles)
  }
}

/// The cycles as the official files have them: a list for each property. By default one cycle that
/// never ends.
private struct CycleLists {
  var warmUps = [10_000]
  var lengths = [10_000_000_000_000]
  var starts = [1e-6]
  var peaks = [1.0]
  var ends = [1.0]

  /// nil unless the lists are equally long.
  var cycles: [LinearSchedule.Cycle]? {
    let counts = [warmUps.count, starts.count, peaks.count, ends.count]
    guard !lengths.isEmpty, counts.allSatisfy({ $0 == lengths.count }) else { return nil }
    return lengths.indices.map {
      LinearSchedule.Cycle(
        warmUpSteps: warmUps[$0], length: lengths[$0], start: starts[$0], peak: peaks[$0],
        end: ends[$0])
    }
  }

  static var keys: KeyTable<Self> {
    KeyTable(
      LearningRateSchedule.parameters,
      [
        Key(
          "warm_up_steps", \.warmUps, .integers(.between(0, 1e15)), "Steps of each warm-up."),
        Key(
          "cycle_lengths", \.lengths, .integers(.between(1, 1e15)),
          "Steps of each cycle, warm-up included."),
        Key("f_start", \.starts, .numbers(.atLeast(0)), "Factor at each cycle's start."),
        Key("f_max", \.peaks, .numbers(.atLeast(0)), "Factor at the end of each warm-up."),
        Key("f_min", \.ends, .numbers(.atLeast(0)), "Factor that each cycle goes down to."),
        .ignored("verbosity_interval", because: "the learning rate is in every line of the log"),
      ])
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

  fileprivate static var keys: KeyTable<Self> {
    KeyTable(
      LearningRateSchedule.parameters,
      [
        Key("warm_up", \.warmUpSteps, .integer(.between(0, 1e9)), "Steps of the warm-up."),
        Key("start", \.start, .number(.share), "Factor at the first step."),
        Key("end", \.end, .number(.share), "Factor at the last step."),
        Key(
          "decay_start", \.decayStart, .number(.share),
          "Share of the run's steps after which the rate falls."),
      ])
  }
}
