import Support

/// diffusers' class of a sampler, as `scheduler_config.json` names it.
public enum SchedulerClass: String, CaseIterable, Sendable {
  case pndm = "PNDMScheduler"
  case ddim = "DDIMScheduler"
  case dpmSolver = "DPMSolverMultistepScheduler"
  case uniPC = "UniPCMultistepScheduler"
  /// Of a network that was distilled to few steps.
  case consistency = "LCMScheduler"
}

/// Which timesteps samplers visit, and where they end, as `scheduler_config.json` has it.
public struct SamplingGrid: Sendable, Equatable {
  /// How the timesteps of a sampler lie in the schedule.
  ///
  /// - Source: Lin et al., arXiv:2305.08891, table 2; `timestep_spacing` in diffusers.
  public enum Spacing: String, CaseIterable, Sendable {
    /// Multiples of a whole stride, from the clean end.
    case leading
    /// Evenly from the first timestep to the last, rounded.
    case linspace
    /// Evenly back from the last timestep, rounded.
    case trailing
  }

  /// What the network is sampled with where nothing else is said.
  public var usual = SchedulerClass.pndm
  /// nil is each sampler's own: leading for PLMS and DDIM, linspace for DPM-Solver++ and UniPC.
  public var spacing: Spacing?
  /// Whether leading timesteps of PLMS and DDIM go on to the schedule's end, as in the official code:
  /// more than were asked for where their number does not divide the schedule's length.
  public var spans = false
  /// Added to leading timesteps.
  public var offset = 1
  /// Whether the last step of PLMS and DDIM goes to ᾱ = 1 instead of ᾱ_0; nil is each sampler's own in
  /// diffusers: DDIM's does.
  public var endsAtOne: Bool?
  /// DDIM holds what it takes for the clean latents within ± this; nil is without bounds.
  public var bound: Float?
  /// Whether PLMS begins with three Runge–Kutta steps, of four evaluations each.
  public var beginsWithRungeKutta = false
  /// What the model was distilled on, if it was.
  public var consistency = ConsistencyGrid()
  /// What the folder asks of some samplers that they cannot do.
  public var unsupported: [UnsupportedSetting] = []

  public init(spacing: Spacing? = nil, offset: Int = 1, endsAtOne: Bool? = false) {
    self.spacing = spacing
    self.offset = offset
    self.endsAtOne = endsAtOne
  }
}

/// A value in `scheduler_config.json` that a sampler does not have.
public struct UnsupportedSetting: Sendable, Equatable {
  public let scheduler: SchedulerClass
  public let key: String
  public let value: JSONValue
  /// The key, its value, and what is supported, in a sentence.
  public let problem: String
}

/// One step of PLMS or DDIM.
public struct SamplingStep: Sendable, Equatable {
  public let timestep: Int
  /// Where it leads; nil is the end, with ``NoiseSchedule/finalAlpha``.
  public let next: Int?

  public init(timestep: Int, next: Int?) {
    self.timestep = timestep
    self.next = next
  }
}

extension NoiseSchedule {
  /// ᾱ at the end of PLMS and DDIM.
  public var finalAlpha: Double { grid.endsAtOne == true ? 1 : alphas[0] }

  /// The distance of two timesteps of PLMS and DDIM, rounded down.
  public func stride(_ steps: Int) -> Int { alphas.count / steps }

  /// The timesteps of PLMS or DDIM with so many steps, rising.
  ///
  /// Unless the grid says otherwise, `k · (count div steps) + 1`, at most the last one: as the official
  /// code where `steps` divides the schedule's length.
  public func samplingTimesteps(_ steps: Int) -> [Int] {
    samplingSteps(steps).reversed().map(\.timestep)
  }

  /// The steps of PLMS or DDIM, noisiest first: each leads ``stride(_:)`` timesteps on.
  ///
  /// - Source: `set_timesteps` and `step` of diffusers' `PNDMScheduler` and `DDIMScheduler`;
  ///   `make_ddim_timesteps` in ldm/modules/diffusionmodules/util.py.
  public func samplingSteps(_ steps: Int) -> [SamplingStep] {
    let last = alphas.count - 1
    let stride = stride(steps)
    let timesteps =
      switch grid.spacing ?? .leading {
      case .leading: leadingTimesteps(grid.spans ? (last + stride) / stride : steps, stride)
      case .linspace: linearTimesteps(steps)
      case .trailing: trailingTimesteps(steps)
      }
    return timesteps.map { timestep in
      let next = timestep - stride
      return SamplingStep(timestep: min(timestep, last), next: next < 0 ? nil : min(next, last))
    }
  }

  /// The timesteps of DPM-Solver++ or UniPC with so many steps, noisiest first; the last one leads to
  /// the clean picture.
  ///
  /// - Source: `set_timesteps` of diffusers' `DPMSolverMultistepScheduler`.
  public func multistepTimesteps(_ steps: Int) -> [Int] {
    switch grid.spacing ?? .linspace {
    case .leading:
      let stride = stride(steps + 1)
      return leadingTimesteps(steps + 1, stride).dropLast().map { min($0, alphas.count - 1) }
    case .linspace: return linearTimesteps(steps + 1).dropLast()
    case .trailing: return trailingTimesteps(steps)
    }
  }

  /// Whether ``SamplingGrid/spans`` leads past the last timestep, where the official code fails.
  public func runsPastEnd(steps: Int) -> Bool {
    grid.spans && (alphas.count - 1) % stride(steps) == 0
  }

  private func leadingTimesteps(_ count: Int, _ stride: Int) -> [Int] {
    (0..<count).reversed().map { $0 * stride + grid.offset }
  }

  private func linearTimesteps(_ count: Int) -> [Int] {
    let stride = Double(alphas.count - 1) / Double(max(count - 1, 1))
    return (0..<count).reversed().map { Self.round(Double($0) * stride) }
  }

  private func trailingTimesteps(_ steps: Int) -> [Int] {
    let end = Double(alphas.count)
    let stride = end - (end - end / Double(steps))  // rounded as in NumPy's arange
    return (0..<steps).map { Self.round(end - Double($0) * stride) - 1 }
  }

  /// Halves to even, as NumPy does.
  private static func round(_ value: Double) -> Int { Int(value.rounded(.toNearestOrEven)) }
}
