import Autograd
import Foundation
import Support
import Tensors

extension TinyDecoder {
  /// A tiny decoder of one's own: a model folder or a run that has one, a folder of diffusers'
  /// `AutoencoderTiny`, or its file of weights, whose names and shapes tell the sizes.
  ///
  /// - Throws: ``ModelFolderError``; what is wrong with the files.
  public static func load(
    from path: String, _ choice: WeightChoice = .averaged
  ) throws -> Component<TinyDecoder> {
    guard FileSystem.exists(path) else { throw ModelFolderError.missing(path) }
    let isFolder = FileSystem.isFolder(path)
    if isFolder, !FileSystem.exists("\(path)/config.json") || isModel(path) {
      return try ModelFolder(at: path).component(TinyDecoder.self, choice)
    }
    let file = try openTensors(isFolder ? WeightFiles.path(in: path, .tinyDecoder) : path)
    let sizes =
      isFolder
      ? try TinyDecoderConfiguration(contentsOf: URL(fileURLWithPath: "\(path)/config.json"))
      : TinyDecoderConfiguration(file.layouts)
    guard let sizes else { throw ModelFolderError.notTinyDecoder(path) }
    let component = Component<TinyDecoder>(sizes)
    let found = FoundWeights(
      .tinyDecoder, file, maps: [.ours], skip: TinyDecoderConfiguration.skipped)
    try component.parameters.load(found.checked(for: component.parameters))
    return component
  }

  private static func isModel(_ path: String) -> Bool {
    [name.rawValue, "checkpoints"].contains { FileSystem.exists("\(path)/\($0)") }
  }
}

extension FoundWeights {
  /// The weights for a network, which must need all of them and no others.
  ///
  /// - Throws: ``ModelFolderError/mismatch(_:)``, ``ModelFolderError/broken(_:)``.
  fileprivate func checked(for parameters: ParameterStore) throws -> RenamedTensors {
    let fitted = fitted(to: parameters.parameters)
    if let misfit = fitted.misfit { throw ModelFolderError.mismatch([misfit]) }
    let inspected = try InspectedWeights(fitted)
    if let problem = inspected.problem { throw ModelFolderError.broken([problem]) }
    return fitted.view
  }
}

extension TinyDecoderConfiguration {
  /// Why it cannot decode a model's latents; nil where it can.
  package func misfit(to model: PaintByExampleModel) -> String? {
    let latents = model.autoencoder.network.configuration
    if latentChannels != latents.latentChannels {
      return "the tiny decoder takes latents of \(latentChannels) channels, the autoencoder makes "
        + "\(latents.latentChannels)"
    }
    if downsampling != latents.downsampling {
      return "the tiny decoder enlarges latents by \(downsampling), the autoencoder by "
        + "\(latents.downsampling)"
    }
    return nil
  }
}
