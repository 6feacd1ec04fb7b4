import Models
import Tensors

/// The small models of Tests/Golden/modules.py: their sizes, and their weights as a model folder.
public enum GoldenModel {
  public static func unet(_ channels: [Int], attention: [Bool]) -> UNetConfiguration {
    var configuration = UNetConfiguration()
    configuration.blockOutChannels = channels
    configuration.layersPerBlock = 1
    configuration.attentionLevels = attention
    configuration.attentionHeads = 2
    configuration.crossAttentionDimension = 12
    configuration.normGroups = 4
    return configuration
  }

  /// Fixture `unet_small`.
  public static let smallUNet = unet([8, 16], attention: [true, false])
  /// Fixture `unet_tokens`.
  public static let deepUNet = unet([8, 8, 8, 8], attention: [true, true, true, false])

  /// Fixture `vae_small`.
  public static let autoencoder: AutoencoderConfiguration = {
    var configuration = AutoencoderConfiguration()
    configuration.blockOutChannels = [8, 16]
    configuration.layersPerBlock = 1
    configuration.normGroups = 4
    return configuration
  }()

  /// Fixture `image_encoder_small`.
  public static let imageEncoder: ImageEncoderConfiguration = {
    var configuration = ImageEncoderConfiguration()
    configuration.hiddenSize = 16
    configuration.intermediateSize = 24
    configuration.layers = 5
    configuration.heads = 2
    configuration.patchSize = 4
    configuration.imageSize = 12
    configuration.projectionDimension = 12
    return configuration
  }()

  /// Writes a model folder with the fixtures' weights.
  public static func write(to path: String, deep: Bool = false) throws {
    let unet = deep ? deepUNet : smallUNet
    func weights(_ name: String) throws -> [String: Tensor] { try Golden(name).group("weights") }
    try ModelFolder.write(
      .unet, configuration: unet.json, weights: weights(deep ? "unet_tokens" : "unet_small"),
      to: path)
    try ModelFolder.write(
      .autoencoder, configuration: autoencoder.json, weights: weights("vae_small"), to: path)
    try ModelFolder.write(
      .imageEncoder, configuration: imageEncoder.json, weights: weights("image_encoder_small"),
      to: path)
    try ModelFolder.writeFrame(
      scheduler: SchedulerConfiguration(),
      preprocessing: PreprocessorConfiguration(size: imageEncoder.imageSize), to: path)
  }
}
