import Autograd
import Models
import Tensors

/// One call of the denoising network for a guidance pair.
///
/// `pair`: both halves carry the same latents. `plain`: two different latents and conditions.
/// `attention`: nothing but the call's self-attentions, to tell them from the rest.
struct UNetWork: Work {
  let cases = ["pair", "plain", "attention"]
  private let network: Component<UNet>
  private let sample: Tensor
  private let context: Tensor
  private let timesteps: [Int]
  private let attentions: [SelfAttention]
  private let precision: ProductPrecision

  init(_ options: WorkOptions) throws {
    let network = try ModelFolder(at: options.required(\.model, "--model")).unet(.raw)
    let sizes = network.network.configuration
    let inputs = try options.readInputs()
    self.init(
      network,
      sample: try inputs.tensor("sample", [2, sizes.inChannels, nil, nil]).channelsLast,
      context: try inputs.tensor(
        "encoder_hidden_states", [2, nil, sizes.crossAttentionDimension]),
      timesteps: try inputs.timesteps(count: 2), precision: options.precision)
  }

  init(
    _ network: Component<UNet>, sample: Tensor, context: Tensor, timesteps: [Int],
    precision: WorkPrecision
  ) {
    self.network = network
    self.sample = sample
    self.context = context
    self.timesteps = timesteps
    self.precision = precision.products
    attentions = SelfAttention.all(
      network.network.configuration, height: sample.shape[1], width: sample.shape[2])
  }

  func run(_ name: String) throws -> () throws -> [String: Tensor] {
    switch name {
    case "attention":
      for attention in attentions { attention.run() }
      return { [:] }
    case "pair":
      let output = evaluate(sample.slice(0..<1, axis: 0), Array(timesteps.prefix(1)))
      return { ["sample": output.channelsFirst] }
    default:
      let output = evaluate(sample, timesteps)
      return { ["sample": output.channelsFirst] }
    }
  }

  private func evaluate(_ sample: Tensor, _ timesteps: [Int]) -> Tensor {
    withoutGradients {
      withProducts(of: precision) {
        network.network(Variable(sample), timesteps: timesteps, context: Variable(context)).value
      }
    }
  }
}

/// The self-attentions of one level: the kernel alone, without projections.
private struct SelfAttention {
  let heads: Int
  /// How many transformers the level has, down and up together.
  let count: Int
  /// `[2, h · w, C]`.
  let tokens: Tensor

  static func all(_ sizes: UNetConfiguration, height: Int, width: Int) -> [SelfAttention] {
    let levels = sizes.blockOutChannels.indices.filter { sizes.attentionLevels[$0] }
    let middle = sizes.blockOutChannels.count - 1
    let places = levels.map { (level: $0, count: 2 * sizes.layersPerBlock + 1) }
    return (places + [(middle, 1)]).map { level, count in
      var random = RandomStream(seed: 1, purpose: "attention", index: UInt64(level))
      let shape = [2, (height >> level) * (width >> level), sizes.blockOutChannels[level]]
      return SelfAttention(
        heads: sizes.attentionHeads, count: count, tokens: Tensor(normal: shape, using: &random))
    }
  }

  func run() {
    let attention = Tensors.Attention(tokens, tokens, tokens, heads: heads)
    for _ in 0..<count { _ = attention(tokens, tokens, tokens) }
  }
}
