import Inference
import Models
import Tensors
import TestSupport
import Testing

/// Every sampler on a dummy network against diffusers' schedulers, configured by the published
/// folder (Tests/Golden/schedulers.py): the timesteps and the result of every step.
@Suite struct SchedulerTests {
  struct Run: Sendable, CustomTestStringConvertible {
    let sampler: Sampler
    let prediction: Prediction
    let eta: Float
    var name: String { eta > 0 ? "\(sampler.rawValue)-eta1" : sampler.rawValue }
    var testDescription: String { "\(name)/\(prediction.rawValue)" }
  }

  static let runs = Prediction.allCases.flatMap { prediction in
    Sampler.allCases.map { Run(sampler: $0, prediction: prediction, eta: 0) }
      + [Run(sampler: .ddim, prediction: prediction, eta: 1)]
  }

  /// Folders whose `scheduler_config.json` is not the published one.
  static let grids: [(name: String, grid: SamplingGrid)] = [
    ("leading", SamplingGrid(spacing: .leading)),
    ("linspace", SamplingGrid(spacing: .linspace)),
    ("trailing", SamplingGrid(spacing: .trailing, endsAtOne: true)),
    ("leading0", SamplingGrid(spacing: .leading, offset: 0)),
  ]

  /// diffusers draws η's noise from the seed of the fixture, in the order of the elements.
  private func path(_ run: Run, _ schedule: NoiseSchedule, steps: Int, from start: Tensor)
    throws -> Trajectory
  {
    try Trajectory(
      run.sampler, schedule, steps: steps, run.prediction, from: start, eta: run.eta,
      random: TorchGenerator(seed: 7), singleStep: .euler, history: .output)
  }

  @Test(arguments: runs) func everyStepIsThatOfDiffusers(_ run: Run) throws {
    let golden = try Golden("schedulers")
    for steps in [1, 2, 3, 4, 5, 10, 20, 25, 30, 50] {
      let path = try path(run, NoiseSchedule(), steps: steps, from: golden["start"])
      path.expectSteps(golden["\(run.name)/\(run.prediction.rawValue)/\(steps)"], "\(steps) steps")
      #expect(
        path.timesteps.count
          == run.sampler(SamplingOptions(singleStep: .euler)).evaluations(steps: steps))
    }
  }

  @Test(arguments: Sampler.allCases) func timestepsAreThoseOfDiffusers(_ sampler: Sampler) throws {
    let golden = try Golden("schedulers")
    let run = Run(sampler: sampler, prediction: .noise, eta: 0)
    for steps in 1...50 {
      let path = try path(run, NoiseSchedule(), steps: steps, from: Tensor(zeros: [1]))
      let expected = golden["timesteps/\(sampler.rawValue)/\(steps)"].values
      #expect(path.timesteps.map { Float($0) } == expected, "\(steps) steps")
    }
  }

  @Test(arguments: Sampler.allCases, grids.indices)
  func foldersWithOtherTimestepsAreFollowed(_ sampler: Sampler, _ index: Int) throws {
    let golden = try Golden("schedulers")
    let (name, grid) = Self.grids[index]
    let run = Run(sampler: sampler, prediction: .noise, eta: 0)
    for steps in [1, 3, 8] {
      let path = try path(run, NoiseSchedule(grid: grid), steps: steps, from: golden["start"])
      path.expectSteps(golden["\(name)/\(sampler.rawValue)/\(steps)"], "\(name), \(steps) steps")
      let expected = golden["\(name)/timesteps/\(sampler.rawValue)/\(steps)"].values
      #expect(path.timesteps.map { Float($0) } == expected, "\(name), \(steps) steps")
    }
  }
}
