import Inference
import Models
import Tensors
import TestSupport
import Testing

/// PLMS and DDIM on a dummy network, against the official recurrences in double precision
/// (Tests/Golden/schedule.py); every sampler against diffusers' is in SchedulerTests.
@Suite struct SamplerTests {
  struct Run: Sendable, CustomTestStringConvertible {
    let sampler: Sampler
    let prediction: Prediction
    let steps: Int
    var objective: String { prediction == .noise ? "eps" : "v" }
    var fixture: String { "\(sampler.rawValue)/\(objective)/\(steps)" }
    var testDescription: String { fixture }
  }

  static let runs = [Sampler.plms, .ddim].flatMap { sampler in
    Prediction.allCases.flatMap { prediction in
      [1, 2, 5, 7, 10, 50].map { Run(sampler: sampler, prediction: prediction, steps: $0) }
    }
  }

  private let schedule = NoiseSchedule()

  private func sample(_ run: Run, from start: Tensor) throws -> Trajectory {
    try Trajectory(run.sampler, schedule, steps: run.steps, run.prediction, from: start)
  }

  @Test(arguments: runs) func latentsMatchTheOfficialRecurrence(_ run: Run) throws {
    let golden = try Golden("schedule")
    let path = golden[run.fixture]
    let last = path.slice(run.steps - 1..<run.steps, axis: 0).reshaped(golden["start"].shape)
    expectClose(try sample(run, from: golden["start"]).end, last, 1e-5, run.fixture)
  }

  @Test(arguments: runs) func networkIsAskedAtTheContractsTimesteps(_ run: Run) throws {
    let asked = try sample(run, from: Tensor(zeros: [1, 1, 1, 4])).timesteps
    var expected = Array(schedule.samplingTimesteps(run.steps).reversed())
    if run.sampler == .plms { expected.insert(expected[min(1, run.steps - 1)], at: 1) }
    #expect(asked == expected)
  }

  /// η adds noise of a stream of its own: the same seed gives the same latents, another one others.
  @Test func etaDrawsFromTheGivenStream() {
    func latents(seed: UInt64) -> Tensor {
      var random = RandomStream(seed: seed, purpose: "ancestral")
      return ddim(
        from: Tensor(full: [1, 2, 2, 4], 0.5), schedule, steps: 5, eta: 1, using: &random,
        predict: Trajectory.dummy)
    }
    #expect(latents(seed: 1) == latents(seed: 1))
    #expect(latents(seed: 1) != latents(seed: 2))
  }

  /// A consistency model's first step is its last where there is one, and no noise is drawn for it.
  @Test func oneStepOfAConsistencyModelDrawsNothing() {
    func latents(seed: UInt64) -> Tensor {
      var random = RandomStream(seed: seed, purpose: "consistency")
      return lcm(
        from: Tensor(full: [1, 2, 2, 4], 0.5), schedule, steps: 1, using: &random,
        predict: Trajectory.dummy)
    }
    #expect(latents(seed: 1) == latents(seed: 2))
  }

  /// Luo et al.'s boundary condition: without noise the latents are what they are.
  @Test func theConsistencyFunctionIsTheIdentityAtTheCleanEnd() {
    let (latents, data) = (Tensor([1, 2], [1.5, -2]), Tensor([1, 2], [7, 8]))
    #expect(schedule.consistency(data, latents, at: 0) == latents)
    #expect(schedule.consistency.out(at: 999) > 0.999_999)
  }

  @Test func stepsThatWereNotDistilledAreRefused() throws {
    var settings = EditSettings()
    settings.use(.lcm)
    #expect(settings.steps == 4 && settings.scale == 1)
    #expect(Sampler.lcm.mostSteps(schedule) == 50)
    var distilled = schedule
    distilled.grid.consistency.originalSteps = 20
    #expect(Sampler.lcm.mostSteps(distilled) == 20)
    #expect(distilled.consistencyTimesteps(4) == [999, 749, 499, 249])
  }

  /// Steps so many that timesteps coincide are a detour, not a division by zero.
  @Test(
    arguments: Sampler.allCases.filter { $0.mostSteps(NoiseSchedule()) == 1000 },
    [nil] + SamplingGrid.Spacing.allCases)
  func anyNumberOfStepsEndsFinite(
    _ sampler: Sampler, _ spacing: SamplingGrid.Spacing?
  ) throws {
    var schedule = schedule
    schedule.grid.spacing = spacing
    for steps in [501, 999, 1000] {
      let start = Tensor([1, 1, 1, 2], [1.5, -0.5])
      let path = try Trajectory(sampler, schedule, steps: steps, .noise, from: start)
      let isFinite = path.end.values.allSatisfy(\.isFinite)
      #expect(isFinite, "\(steps) steps")
      #expect(path.timesteps.count == sampler().evaluations(steps: steps))
    }
  }
}
