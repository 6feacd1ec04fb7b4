import Autograd
import Models

/// The smallest of random models, of 32×32 pictures and latents of half that; sides must be multiples
/// of 4.
public enum TinyModel {
  /// Writes its model folder.
  public static func write(to path: String) throws {
    var encoder = ImageEncoderConfiguration()
    encoder.hiddenSize = 8
    encoder.intermediateSize = 16
    encoder.layers = 4
    encoder.heads = 2
    encoder.patchSize = 4
    encoder.imageSize = 16
    encoder.projectionDimension = 8
    try write(unet, autoencoder, encoder, to: path)
  }

  private static let unet: UNetConfiguration = {
    var unet = UNetConfiguration()
    unet.blockOutChannels = [8, 8]
    unet.layersPerBlock = 1
    unet.attentionLevels = [false, true]
    unet.attentionHeads = 2
    unet.crossAttentionDimension = 8
    unet.normGroups = 4
    unet.sampleSize = 16
    return unet
  }()

  private static let autoencoder: AutoencoderConfiguration = {
    var autoencoder = AutoencoderConfiguration()
    autoencoder.blockOutChannels = [8, 8]
    autoencoder.layersPerBlock = 1
    autoencoder.normGroups = 4
    autoencoder.sampleSize = 32
    return autoencoder
  }()

  /// A random model of the same sizes that paints after texts, as Stable Diffusion does, with the
  /// tokenizer of Tests/Golden/text.py.
  ///
  /// - Parameter inChannels: of the UNet: 9 to paint in a hole, 4 to paint whole pictures.
  public static func textual(inChannels: Int = 9) throws -> PaintByExampleModel {
    var unet = unet
    unet.inChannels = inChannels
    var encoder = TextEncoderConfiguration()
    (encoder.vocabularySize, encoder.hiddenSize, encoder.intermediateSize) = (914, 8, 16)
    (encoder.layers, encoder.heads, encoder.endToken) = (2, 2, 913)
    let scheduler = SchedulerConfiguration()
    return PaintByExampleModel(
      unet: Component<UNet>(unet, seed: 1),
      autoencoder: Component<Autoencoder>(autoencoder, seed: 2),
      conditioner: TextConditioner(
        Component<TextTransformer>(encoder, seed: 3),
        tokenizer: try Tokenizer(at: Golden.file("text/plain").path)),
      schedule: scheduler.schedule, prediction: scheduler.prediction,
      latentScale: Float(autoencoder.scalingFactor))
  }

  /// Writes the model folder of such a model.
  public static func writeTextual(to path: String, inChannels: Int = 9) throws {
    let model = try textual(inChannels: inChannels)
    try ModelFolder.write(
      .unet, configuration: model.unet.network.configuration.json,
      weights: model.unet.parameters.weights, to: path)
    try ModelFolder.write(
      .autoencoder, configuration: model.autoencoder.network.configuration.json,
      weights: model.autoencoder.parameters.weights, to: path)
    try ModelFolder.write(
      model.conditioner.name, configuration: model.conditioner.json,
      weights: model.conditioner.parameters.weights, to: path)
    try ModelFolder.writeFrame(of: model, scheduler: SchedulerConfiguration(), to: path)
  }

  /// Writes a model folder of these sizes with random weights.
  public static func write(
    _ unet: UNetConfiguration, _ autoencoder: AutoencoderConfiguration,
    _ encoder: ImageEncoderConfiguration, to path: String
  ) throws {
    try ModelFolder.write(
      .unet, configuration: unet.json,
      weights: Component<UNet>(unet, seed: 1).parameters.weights, to: path)
    try ModelFolder.write(
      .autoencoder, configuration: autoencoder.json,
      weights: Component<Autoencoder>(autoencoder, seed: 2).parameters.weights, to: path)
    try ModelFolder.write(
      .imageEncoder, configuration: encoder.json,
      weights: Component<ImageEncoder>(encoder, seed: 3).parameters.weights, to: path)
    try ModelFolder.writeFrame(
      scheduler: SchedulerConfiguration(),
      preprocessing: PreprocessorConfiguration(size: encoder.imageSize), to: path)
  }
}
