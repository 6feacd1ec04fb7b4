import Autograd
import Models
import Tensors

/// What can be evaluated alone.
enum ComponentCall: String, CaseIterable {
  case unet
  case vaeEncode = "vae-encode"
  case vaeDecode = "vae-decode"
  case imageEncoder = "image-encoder"
  case textEncoder = "text-encoder"

  var inputNames: [String] {
    switch self {
    case .unet: ["sample", "timestep", "encoder_hidden_states"]
    case .vaeEncode, .vaeDecode: ["sample"]
    case .imageEncoder: ["pixel_values"]
    case .textEncoder: ["input_ids"]
    }
  }

  /// Checks the inputs against the component; the closure then computes its outputs by name, laid
  /// out as PyTorch has them.
  ///
  /// - Throws: ``ComponentInputError``, `ModelFolderError` and what else reading a model throws.
  func evaluation(
    of inputs: ComponentInputs, _ folder: ModelFolder, _ weights: WeightChoice
  ) throws -> () -> [String: Tensor] {
    switch self {
    case .unet: try Self.unet(inputs, folder, weights)
    case .vaeEncode: try Self.encoding(inputs, folder.autoencoder(weights))
    case .vaeDecode: try Self.decoding(inputs, folder.autoencoder(weights))
    case .imageEncoder: try Self.imageEncoding(inputs, folder.imageEncoder(weights))
    case .textEncoder: try Self.textEncoding(inputs, folder.textEncoder(weights))
    }
  }

  private static func unet(
    _ inputs: ComponentInputs, _ folder: ModelFolder, _ weights: WeightChoice
  ) throws -> () -> [String: Tensor] {
    let component = try folder.unet(weights)
    let configuration = component.network.configuration
    let halvings = 1 << (configuration.blockOutChannels.count - 1)
    let sample = try inputs.tensor(
      "sample",
      [
        .any("N"), .exactly(configuration.inChannels), .multiple("h", halvings),
        .multiple("w", halvings),
      ])
    let count = sample.shape[0]
    let context = try inputs.tensor(
      "encoder_hidden_states",
      [.exactly(count), .any("K"), .exactly(configuration.crossAttentionDimension)])
    // A UNet that stands alone has no schedule beside it.
    let schedule = (try? folder.scheduler()) ?? SchedulerConfiguration()
    let timesteps = try inputs.timesteps("timestep", count: count, below: schedule.timesteps)
    return {
      let output = component.network(
        Variable(sample.channelsLast), timesteps: timesteps, context: Variable(context))
      return ["sample": output.value.channelsFirst]
    }
  }

  private static func encoding(
    _ inputs: ComponentInputs, _ component: Component<Autoencoder>
  ) throws -> () -> [String: Tensor] {
    let configuration = component.network.configuration
    let side = configuration.downsampling
    let sample = try inputs.tensor(
      "sample",
      [.any("N"), .exactly(configuration.inChannels), .multiple("H", side), .multiple("W", side)])
    return {
      let posterior = component.network.encode(Variable(sample.channelsLast))
      return [
        "mean": posterior.mean.value.channelsFirst,
        "logvar": posterior.logVariance.value.channelsFirst,
      ]
    }
  }

  private static func decoding(
    _ inputs: ComponentInputs, _ component: Component<Autoencoder>
  ) throws -> () -> [String: Tensor] {
    let sample = try inputs.tensor(
      "sample",
      [.any("N"), .exactly(component.network.configuration.latentChannels), .any("h"), .any("w")])
    return {
      ["sample": component.network.decode(Variable(sample.channelsLast)).value.channelsFirst]
    }
  }

  private static func textEncoding(
    _ inputs: ComponentInputs, _ component: Component<TextTransformer>
  ) throws -> () -> [String: Tensor] {
    let configuration = component.network.configuration
    let tokens = try inputs.tokens(
      "input_ids", positions: configuration.positions, below: configuration.vocabularySize)
    return {
      let states = component.network(tokens)
      return [
        "last_hidden_state": states.value,
        "pooler_output": component.network.pooled(states, of: tokens).value,
      ]
    }
  }

  private static func imageEncoding(
    _ inputs: ComponentInputs, _ component: Component<ImageEncoder>
  ) throws -> () -> [String: Tensor] {
    let side = component.network.configuration.imageSize
    let pictures = try inputs.tensor(
      "pixel_values", [.any("N"), .exactly(3), .exactly(side), .exactly(side)])
    return {
      [
        "condition": component.network(Variable(pictures.channelsLast)).value,
        "uncond_vector": component.network.null(1).value.slice(0..<1, axis: 1),
      ]
    }
  }
}

extension Tensor {
  /// `[N, C, H, W]` → `[N, H, W, C]`.
  fileprivate var channelsLast: Tensor { transposed([0, 2, 3, 1]) }

  /// `[N, H, W, C]` → `[N, C, H, W]`; tokens and vectors stay as they are.
  var channelsFirst: Tensor { shape.count == 4 ? transposed([0, 3, 1, 2]) : self }
}
