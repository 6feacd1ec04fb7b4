import Autograd
import Models

/// The smallest of random models, of 32×32 pictures and latents of half that; sides must be multiples
/// of 4.
public enum TinyModel {
  /// Writes its model folder.
  public static func write(to path: String) throws {
    var unet = UNetConfiguration()
    unet.blockOutChannels = [8, 8]
    unet.layersPerBlock = 1
    unet.attentionLevels = [false, true]
    unet.attentionHeads = 2
    unet.crossAttentionDimension = 8
    unet.normGroups = 4
    unet.sampleSize = 16
    var autoencoder = AutoencoderConfiguration()
    autoencoder.blockOutChannels = [8, 8]
    autoencoder.layersPerBlock = 1
    autoencoder.normGroups = 4
    autoencoder.sampleSize = 32
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
