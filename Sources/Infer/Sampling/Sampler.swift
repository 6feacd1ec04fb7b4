import Models
import Tensors

/// A way to bring latents from noise to a picture.
///
/// One type, and one line in ``Sampler/allCases``, is a sampler for every command, configuration and
/// sweep.
public protocol SamplingMethod: Sendable {
  /// As commands, configurations and results name it.
  static var name: String { get }
  /// Whether it can add noise on the way (η).
  static var takesEta: Bool { get }
  /// Whether it visits the schedule's `NoiseSchedule.grid` from the clean end, so that
  /// `SamplingGrid.spans` means something to it.
  static var visitsGrid: Bool { get }
  /// Steps and guidance where nothing is said of them; for most samplers those of every edit.
  static var usual: SamplerDefaults { get }
  /// As many steps as a schedule allows.
  static func mostSteps(_ schedule: NoiseSchedule) -> Int

  init(_ options: SamplingOptions)

  /// diffusers' class of the same method, whose part of `scheduler_config.json` is about this; nil where
  /// there is none.
  static var scheduler: SchedulerClass? { get }

  /// Network evaluations for so many steps; with guidance each is of two conditions.
  func evaluations(steps: Int) -> Int

  /// The latents of a picture.
  ///
  /// - Parameters:
  ///   - noise: standard normal, `[N, h, w, C]`.
  ///   - schedule: how much noise each timestep has, and which timesteps to visit.
  ///   - steps: how many, at least 1.
  ///   - prediction: what `predict` gives.
  ///   - random: for noise that is added on the way.
  ///   - predict: the network's output for latents at a timestep, from the noisiest on; what it throws
  ///     ends the sampling.
  func sample<Numbers: Latents>(
    from noise: Numbers, _ schedule: NoiseSchedule, steps: Int, prediction: Prediction,
    using random: inout some NormalSource, predict: (Numbers, Int) throws -> Numbers
  ) throws -> Numbers
}

extension SamplingMethod {
  public static var takesEta: Bool { false }
  public static var visitsGrid: Bool { false }
  public static var usual: SamplerDefaults { SamplerDefaults() }
  public static func mostSteps(_ schedule: NoiseSchedule) -> Int { schedule.alphas.count }
  public static var scheduler: SchedulerClass? { nil }
  public func evaluations(steps: Int) -> Int { steps }
}

/// How a sampler is used where nothing else is said; nil leaves it to the edit.
public struct SamplerDefaults: Sendable, Equatable {
  public var steps: Int?
  public var scale: Float?

  public init(steps: Int? = nil, scale: Float? = nil) {
    self.steps = steps
    self.scale = scale
  }
}

/// What single methods can be told.
public struct SamplingOptions: Sendable, Equatable {
  /// DDIM's η: 0 is deterministic.
  public var eta: Float
  public var singleStep: SingleStep
  public var plmsHistory: PLMSHistory

  public init(
    eta: Float = 0, singleStep: SingleStep = .heun, plmsHistory: PLMSHistory = .noise
  ) {
    self.eta = eta
    self.singleStep = singleStep
    self.plmsHistory = plmsHistory
  }
}

/// The choice of a ``SamplingMethod``.
public struct Sampler: Sendable {
  private let method: any SamplingMethod.Type

  public init(_ method: any SamplingMethod.Type) { self.method = method }

  public var takesEta: Bool { method.takesEta }
  public var visitsGrid: Bool { method.visitsGrid }
  public var scheduler: SchedulerClass? { method.scheduler }
  public var usual: SamplerDefaults { method.usual }

  /// As many steps as a schedule allows.
  public func mostSteps(_ schedule: NoiseSchedule) -> Int { method.mostSteps(schedule) }

  /// The method, told its options.
  public func callAsFunction(_ options: SamplingOptions = SamplingOptions()) -> any SamplingMethod {
    method.init(options)
  }
}

extension Sampler {
  /// The one that a network is sampled with where nothing is said: that of the class that its folder names.
  ///
  /// PLMS, as in the paper, where the folder asks of that class what we cannot do.
  public static func usual(for schedule: NoiseSchedule) -> Sampler {
    let usual = schedule.grid.usual
    let isFollowed = !schedule.grid.unsupported.contains { $0.scheduler == usual }
    return allCases.first { isFollowed && $0.scheduler == usual } ?? .plms
  }

  /// The one for a model folder or a run directory. What is wrong with it is said when it is opened.
  public static func usual(forModelAt path: String) -> Sampler {
    guard let folder = try? ModelFolder(at: path), let scheduler = try? folder.scheduler() else {
      return .plms
    }
    return usual(for: scheduler.schedule)
  }
}

extension Sampler: CaseIterable {
  /// Those that commands and configurations know.
  public static let allCases: [Sampler] = [
    .plms,
    .ddim,
    .dpmSolver,
    .uniPC,
    .lcm,
  ]
}

extension Sampler: RawRepresentable, Hashable {
  public var rawValue: String { method.name }

  public init?(rawValue: String) {
    guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = known
  }
}
