import Foundation
import Inference
import Models
import Tensors
import TestSupport
import Testing

/// What a sampler does with a dummy network.
struct Trajectory {
  /// At which the network was asked.
  private(set) var timesteps: [Int] = []
  /// What it was asked about: the start, and each step's result but the last one's.
  private(set) var asked: [Tensor] = []
  private(set) var end: Tensor

  init(
    _ sampler: Sampler, _ schedule: NoiseSchedule, steps: Int, _ prediction: Prediction,
    from start: Tensor, eta: Float = 0, random: TorchGenerator = TorchGenerator(seed: 0),
    singleStep: SingleStep = .heun, history: PLMSHistory = .noise
  ) throws {
    var (timesteps, asked, random) = ([Int](), [Tensor](), random)
    let predict = { (latents: Tensor, timestep: Int) -> Tensor in
      timesteps.append(timestep)
      asked.append(latents)
      return Self.dummy(latents, timestep)
    }
    let options = SamplingOptions(eta: eta, singleStep: singleStep, plmsHistory: history)
    end = try sampler(options).sample(
      from: start, schedule, steps: steps, prediction: prediction, using: &random,
      predict: predict)
    self.timesteps = timesteps
    self.asked = asked
  }

  /// Stands for the network: smooth, and different at every timestep.
  static func dummy(_ latents: Tensor, _ timestep: Int) -> Tensor {
    let values = latents.values.map { x in
      Float(0.4 * Double(x) + 0.3 * sin(2 * Double(x) + 0.01 * Double(timestep)))
    }
    return Tensor(latents.shape, values)
  }

  /// Expects the start and each step's result, `[calls + 1, …]`.
  func expectSteps(_ expected: Tensor, _ name: String, tolerance: Double = 1e-5) {
    let path = Tensor.concatenated((asked + [end]).map { $0.reshaped([1] + $0.shape) }, axis: 0)
    guard path.shape == expected.shape else { return expectClose(path, expected, tolerance, name) }
    for index in 0..<path.shape[0] {
      expectClose(
        path.slice(index..<index + 1, axis: 0), expected.slice(index..<index + 1, axis: 0),
        tolerance,
        "\(name), step \(index)")
    }
  }
}
