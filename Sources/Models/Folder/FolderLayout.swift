import Foundation
import Support

extension ModelFolder {
  /// What the UNet's input channels are. Models of reference pictures have the method's own. Of others,
  /// the number tells noisy latents alone, and `model_index.json` the order: the published one's unless it
  /// names another pipeline than Stable Diffusion's.
  ///
  /// - Throws: what is wrong with `model_index.json`.
  func layout(
    of unet: UNetConfiguration, _ autoencoder: AutoencoderConfiguration,
    _ conditioner: any Conditioner
  ) throws -> InputLayout {
    if conditioner.name == .imageEncoder { return .exemplar }
    if unet.inChannels == autoencoder.latentChannels { return .latents }
    guard let pipeline = try pipelineClass() else { return .inpainting }
    return pipeline.hasPrefix("StableDiffusion") ? .inpainting : .exemplar
  }

  /// The class that `model_index.json` names; nil where there is no such file.
  private func pipelineClass() throws -> String? {
    let file = "\(path)/model_index.json"
    guard checkpoint == nil, FileSystem.exists(file) else { return nil }
    let members = try ConfigurationReader.members(of: URL(fileURLWithPath: file))
    guard case .string(let name)? = members["_class_name"] else { return nil }
    return name
  }
}
