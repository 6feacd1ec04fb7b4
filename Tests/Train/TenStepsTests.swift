import Autograd
import Models
import Tensors
import TestSupport
import Testing
import Training

/// Ten optimiser steps of a small UNet, step by step as PyTorch takes them
/// (Tests/Golden/training.py): same weights, data, noise and timesteps.
@Suite struct TenStepsTests {
  private let golden: Golden
  private let store = ParameterStore()
  private let unet: UNet
  private let noiseSchedule = NoiseSchedule()

  init() throws {
    golden = try Golden("training")
    var configuration = UNetConfiguration()
    configuration.blockOutChannels = [8, 8]
    configuration.layersPerBlock = 1
    configuration.attentionLevels = [true, false]
    configuration.attentionHeads = 2
    configuration.crossAttentionDimension = 12
    configuration.normGroups = 4
    unet = UNet(store.root, configuration)
    try store.load(golden.group("initial"))
  }

  private func setting(_ name: String) -> Double { Double(golden["settings/\(name)"].values[0]) }

  /// Sample `i` of a tensor that holds all micro-batches.
  private func data(_ name: String, _ i: Int) -> Tensor {
    let all = golden["data/\(name)"]
    return all.slice(i..<i + 1, axis: 0).reshaped(Array(all.shape.dropFirst()))
  }

  private func loss(_ i: Int, _ prediction: Prediction) -> Variable {
    let timesteps = data("timesteps", i).values.map { Int($0) }
    let (latents, noise) = (data("latents", i), data("noise", i))
    let noisy = noiseSchedule.noisy(latents, noise, at: timesteps)
    let input = Tensor.concatenated([noisy, data("masked", i), data("mask", i)], axis: 3)
    let output = unet(
      Variable(input), timesteps: timesteps, context: Variable(data("context", i)))
    let target = prediction.target(latents, noise, at: timesteps, noiseSchedule)
    return output.meanSquaredError(Variable(target))
  }

  private var learningRates: LearningRateSchedule {
    let cycle = LinearSchedule.Cycle(
      warmUpSteps: Int(setting("warm_up_steps")), length: 10_000_000_000_000,
      start: setting("f_start"), peak: setting("f_max"), end: setting("f_max"))
    return .linear(LinearSchedule(cycles: [cycle]))
  }

  @Test(arguments: zip(["eps", "v"], [Prediction.noise, .velocity]))
  func lossesAndWeightsMatchPyTorch(_ objective: String, _ prediction: Prediction) {
    var optimizer = AdamW(
      store.parameters, betas: (setting("beta1"), setting("beta2")), epsilon: setting("epsilon"),
      weightDecay: setting("weight_decay"))
    var average = MovingAverage(store.parameters, decay: setting("ema_decay"))
    var losses: [Float] = []
    var norms: [Float] = []
    for step in 0..<10 {
      var accumulator = GradientAccumulator(store.parameters)
      for i in [2 * step, 2 * step + 1] {
        let loss = loss(i, prediction)
        losses.append(loss.value.scalar)
        accumulator.add(loss.scaled(by: 1 / 2).gradients())
      }
      norms.append(Float(accumulator.norm))
      let rate = setting("learning_rate") * learningRates.factor(at: step, of: nil)
      #expect(abs(Float(rate) / golden["\(objective)/learning_rates"].values[step] - 1) < 1e-6)
      optimizer.step(
        accumulator.gradients, learningRate: rate,
        scale: clippingScale(norm: accumulator.norm, limit: setting("clip")))
      average.update()
    }
    let expectedLosses = golden["\(objective)/micro_losses"].values
    for (found, expected) in zip(losses, expectedLosses) {
      #expect(abs(found / expected - 1) < 1e-4)
    }
    expectClose(Tensor([10], norms), golden["\(objective)/gradient_norms"], 1e-4, "norms")
    for (parameter, averaged) in zip(store.parameters, average.values) {
      let name = parameter.name
      expectClose(parameter.value, golden["\(objective)/final/\(name)"], 1e-3, name)
      expectClose(averaged, golden["\(objective)/ema/\(name)"], 1e-3, "average of \(name)")
    }
  }
}
