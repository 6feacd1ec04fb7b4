import Autograd
import Models
import Tensors

/// One step of training the denoising network, latents and condition given: loss, gradients, AdamW.
struct TrainingWork: Work {
  private let component: Component<UNet>
  private var optimizer: AdamW
  private let sample: Tensor
  private let target: Tensor
  private let context: Tensor
  private let timesteps: [Int]
  private let isMixed: Bool

  /// Gradients that are compared with a peer's: the last layer's and the first's, and one between.
  private static let compared = [
    "conv_in.weight", "mid_block.resnets.0.conv1.weight", "conv_out.weight",
  ]

  init(_ options: WorkOptions) throws {
    var component = try ModelFolder(at: options.required(\.model, "--model")).unet(.raw)
    component.network.recomputed = options.recompute ? .all : .none
    let sizes = component.network.configuration
    let inputs = try options.readInputs()
    let sample = try inputs.tensor("sample", [nil, sizes.inChannels, nil, nil]).channelsLast
    let (count, height, width) = (sample.shape[0], sample.shape[1], sample.shape[2])
    self.init(
      component, sample: sample,
      target: try inputs.tensor("target", [count, sizes.outChannels, height, width]).channelsLast,
      context: try inputs.tensor(
        "encoder_hidden_states", [count, 1, sizes.crossAttentionDimension]),
      timesteps: try inputs.timesteps(count: count), precision: options.precision)
  }

  init(
    _ component: Component<UNet>, sample: Tensor, target: Tensor, context: Tensor,
    timesteps: [Int], precision: WorkPrecision
  ) {
    self.component = component
    self.sample = sample
    self.target = target
    self.context = context
    self.timesteps = timesteps
    isMixed = precision == .mixed
    optimizer = AdamW(component.parameters.parameters)
  }

  mutating func run(_ name: String) -> () throws -> [String: Tensor] {
    let (loss, gradients) = isMixed ? withMixedPrecision { slopes() } : slopes()
    optimizer.step(optimizer.parameters.map { gradients[$0] }, learningRate: 1e-5)
    let store = component.parameters
    return {
      var outputs = ["loss": loss.value.reshaped([1])]
      for name in Self.compared { outputs[name] = store[name].flatMap { gradients[$0] } }
      return outputs
    }
  }

  private func slopes() -> (loss: Variable, gradients: Gradients) {
    let output = component.network(
      Variable(sample), timesteps: timesteps, context: Variable(context))
    let loss = output.meanSquaredError(Variable(target))
    return (loss, loss.gradients())
  }
}
