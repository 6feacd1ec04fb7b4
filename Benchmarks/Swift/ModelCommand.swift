import ArgumentParser
import Autograd
import Commands
import Models
import Support

/// `pbe-bench model`: a model of random weights, the same every time.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Write a model folder of random weights.",
    discussion: """
      full: the published sizes, 5.2 GB. small: a UNet of 12.9 million weights, for training. \
      tiny: the smallest of all, to try the benchmark itself. tiny-decoder: of TAESD's sizes, by itself.
      """)

  enum Size: String, ExpressibleByArgument {
    case full, small, tiny
    case tinyDecoder = "tiny-decoder"
  }

  @Option(help: "full, small, tiny or tiny-decoder.")
  var size: Size

  @Option(help: ArgumentHelp("The folder to write.", valueName: "DIR"))
  var output: String

  @OptionGroup var threads: ThreadOptions

  func run() throws {
    threadCount = threads.count
    var (unet, autoencoder, encoder) = (
      UNetConfiguration(), AutoencoderConfiguration(), ImageEncoderConfiguration()
    )
    switch size {
    case .full: break
    case .small: unet = .small
    case .tiny: shrink(&unet, &autoencoder, &encoder)
    case .tinyDecoder: return try writeTinyDecoder()
    }
    try ModelFolder.write(
      .unet, configuration: unet.json,
      weights: Component<UNet>(unet, seed: 1).parameters.weights, to: output)
    guard size != .small else { return }
    try ModelFolder.write(
      .autoencoder, configuration: autoencoder.json,
      weights: Component<Autoencoder>(autoencoder, seed: 2).parameters.weights, to: output)
    try ModelFolder.write(
      .imageEncoder, configuration: encoder.json,
      weights: Component<ImageEncoder>(encoder, seed: 3).parameters.weights, to: output)
    try ModelFolder.writeFrame(
      scheduler: SchedulerConfiguration(),
      preprocessing: PreprocessorConfiguration(size: encoder.imageSize), to: output)
  }

  private func writeTinyDecoder() throws {
    let decoder = TinyDecoderConfiguration()
    var weights = Component<TinyDecoder>(decoder, seed: 4).parameters.weights
    // Random colours are nearly black, and mostly cut off there: one step of 255 would be a large error.
    for (name, value) in weights where value.shape.first == 3 {
      weights[name] = name.hasSuffix("bias") ? value.affine(0, 0.5) : value.affine(8, 0)
    }
    try ModelFolder.write(.tinyDecoder, configuration: decoder.json, weights: weights, to: output)
  }

  private func shrink(
    _ unet: inout UNetConfiguration, _ autoencoder: inout AutoencoderConfiguration,
    _ encoder: inout ImageEncoderConfiguration
  ) {
    unet.blockOutChannels = [32, 64]
    unet.layersPerBlock = 1
    unet.attentionLevels = [true, true]
    unet.attentionHeads = 4
    unet.crossAttentionDimension = 32
    unet.normGroups = 8
    unet.sampleSize = 16
    autoencoder.blockOutChannels = [8, 8, 16, 16]
    autoencoder.layersPerBlock = 1
    autoencoder.normGroups = 8
    autoencoder.sampleSize = 128
    encoder.hiddenSize = 32
    encoder.intermediateSize = 64
    encoder.layers = 4
    encoder.heads = 4
    encoder.patchSize = 8
    encoder.imageSize = 32
    encoder.projectionDimension = 32
  }
}

extension UNetConfiguration {
  /// 12.9 million weights, for training.
  static let small: UNetConfiguration = {
    var unet = UNetConfiguration()
    unet.blockOutChannels = [112, 224]
    unet.layersPerBlock = 1
    unet.attentionLevels = [true, true]
    unet.crossAttentionDimension = 128
    unet.normGroups = 16
    unet.sampleSize = 32
    return unet
  }()
}
