import Models
import Tensors
import TestSupport
import Testing

@Suite struct NoiseScheduleTests {
  private let schedule = NoiseSchedule()

  @Test func alphasAreStableDiffusions() throws {
    let alphas = try Golden("schedule")["alphas_cumprod"]
    expectClose(Tensor([1000], schedule.alphas.map { Float($0) }), alphas, 1e-6)
  }

  @Test(arguments: [1, 2, 5, 7, 10, 50]) func samplingTimestepsAreTheContracts(_ steps: Int) throws
  {
    let expected = try Golden("schedule")["timesteps/\(steps)"].values
    #expect(schedule.samplingTimesteps(steps).map { Float($0) } == expected)
  }

  @Test func everyNumberOfStepsStaysInTheSchedule() {
    for steps in 1...1000 {
      let timesteps = schedule.samplingTimesteps(steps)
      #expect(timesteps.count == steps && timesteps[0] == 1 && timesteps[steps - 1] <= 999)
    }
  }

  /// `range(1, 1001, 1000 div S)`, which the official code cannot index past 999.
  @Test func officialTimestepsSpanTheSchedule() {
    var official = schedule
    official.grid.spans = true
    for steps in 1...1000 {
      let expected = Array(stride(from: 1, through: 1000, by: 1000 / steps))
      #expect(official.runsPastEnd(steps: steps) == (expected.last == 1000))
      #expect(official.samplingTimesteps(steps) == expected.map { min($0, 999) })
    }
  }

  /// Whatever a network is trained to say, noise and clean latents come back out of it.
  @Test(arguments: Prediction.allCases) func noiseAndDataAreRecovered(_ prediction: Prediction) {
    var random = RandomStream(seed: 3, purpose: "test")
    let latents = Tensor(normal: [2, 4, 4, 4], using: &random)
    let noise = Tensor(normal: [2, 4, 4, 4], using: &random)
    for timestep in [0, 1, 500, 999] {
      let timesteps = [timestep, timestep]
      let noisy = schedule.noisy(latents, noise, at: timesteps)
      let output = prediction.target(latents, noise, at: timesteps, schedule)
      let found = prediction.noise(from: output, latents: noisy, at: timestep, schedule)
      expectClose(found, noise, 1e-5)
      let data = prediction.data(from: output, latents: noisy, at: timestep, schedule)
      expectClose(data, latents, 1e-5)
    }
  }
}
