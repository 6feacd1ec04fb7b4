import Foundation
import Tensors

extension ModelFolder {
  /// Writes a model that others can use: one set of weights, no training state.
  ///
  /// - Parameters:
  ///   - folder: must not exist, or be empty.
  ///   - choice: averaged weights become the model's only ones.
  ///   - type: what the weights are stored as; arithmetic is fp32 whatever it is.
  /// - Throws: ``ModelFolderError``, `FileError`.
  public func copy(
    to folder: String, _ choice: WeightChoice = .averaged, as type: Safetensors.ElementType
  ) throws {
    let model = try model(choice)
    let found = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    guard found.isEmpty else { throw ModelFolderError.occupied(folder) }
    try Self.writeFrame(
      scheduler: try scheduler(),
      referenceSize: model.imageEncoder.network.configuration.imageSize, to: folder)
    try Self.write(
      .unet, configuration: model.unet.network.configuration.json,
      weights: model.unet.parameters.weights, to: folder, type: type)
    try Self.write(
      .autoencoder, configuration: model.autoencoder.network.configuration.json,
      weights: model.autoencoder.parameters.weights, to: folder, type: type)
    try Self.write(
      .imageEncoder, configuration: model.imageEncoder.network.configuration.json,
      weights: model.imageEncoder.parameters.weights, to: folder, type: type)
  }
}
