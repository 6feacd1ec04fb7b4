import Foundation
import Inference
import Models
import Tensors
import TestSupport
import Testing

/// Samplers on a dummy network, against the official recurrences in double precision
/// (Tests/Golden/schedule.py).
@Suite struct SamplerTests {
  struct Run: Sendable, CustomTestStringConvertible {
    let sampler: Sampler
    let prediction: Prediction
    let steps: Int
    var objective: String { prediction == .noise ? "eps" : "v" }
    var fixture: String { "\(sampler.rawValue)/\(objective)/\(steps)" }
    var testDescription: String { fixture }
  }

  static let runs = Sampler.allCases.flatMap { sampler in
    Prediction.allCases.flatMap { prediction in
      [1, 2, 5, 7, 10, 50].map { Run(sampler: sampler, prediction: prediction, steps: $0) }
    }
  }

  private let schedule = NoiseSchedule()

  /// Stands for the network: smooth, and different at every timestep.
  private func dummy(_ latents: Tensor, _ timestep: Int) -> Tensor {
    let values = latents.values.map { x in
      Float(0.4 * Double(x) + 0.3 * sin(2 * Double(x) + 0.01 * Double(timestep)))
    }
    return Tensor(latents.shape, values)
  }

  /// Final latents, and the timesteps at which the network was asked.
  private func sample(_ run: Run, from start: Tensor) -> (latents: Tensor, asked: [Int]) {
    var asked: [Int] = []
    let predict = { (x: Tensor, t: Int) -> Tensor in
      asked.append(t)
      return run.prediction.noise(from: dummy(x, t), latents: x, at: t, schedule)
    }
    var random = RandomStream(seed: 0, purpose: "unused")
    let latents =
      switch run.sampler {
      case .ddim:
        ddim(from: start, schedule, steps: run.steps, using: &random, predictNoise: predict)
      case .plms: plms(from: start, schedule, steps: run.steps, predictNoise: predict)
      }
    return (latents, asked)
  }

  @Test(arguments: runs) func latentsMatchTheOfficialRecurrence(_ run: Run) throws {
    let golden = try Golden("schedule")
    let path = golden[run.fixture]
    let last = path.slice(run.steps - 1..<run.steps, axis: 0).reshaped(golden["start"].shape)
    expectClose(sample(run, from: golden["start"]).latents, last, 1e-5, run.fixture)
  }

  @Test(arguments: runs) func networkIsAskedAtTheContractsTimesteps(_ run: Run) {
    let asked = sample(run, from: Tensor(zeros: [1, 1, 1, 4])).asked
    var expected = Array(schedule.samplingTimesteps(run.steps).reversed())
    if run.sampler == .plms { expected.insert(expected[min(1, run.steps - 1)], at: 1) }
    #expect(asked == expected)
    #expect(asked.count == run.sampler.evaluations(steps: run.steps))
  }

  /// η adds noise of a stream of its own: the same seed gives the same latents, another one others.
  @Test func etaDrawsFromTheGivenStream() {
    func latents(seed: UInt64) -> Tensor {
      var random = RandomStream(seed: seed, purpose: "ancestral")
      return ddim(
        from: Tensor(full: [1, 2, 2, 4], 0.5), schedule, steps: 5, eta: 1, using: &random,
        predictNoise: dummy)
    }
    #expect(latents(seed: 1) == latents(seed: 1))
    #expect(latents(seed: 1) != latents(seed: 2))
  }
}
