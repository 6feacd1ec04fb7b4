import Autograd
import Foundation
import Tensors

/// Which of a trained model's weights to use.
public enum WeightChoice: String, CaseIterable, Sendable {
  /// Averaged over the training's steps, where the folder has such; else as ``raw``.
  case averaged = "ema"
  case raw
}

/// A model on disk in diffusers' layout: a folder with one folder a component.
///
/// `unet/`, `vae/` and `image_encoder/` each hold a `config.json` and safetensors; averaged weights
/// lie beside them in `unet_ema/` and `image_encoder_ema/`.
public struct ModelFolder: Sendable {
  public let path: String

  /// The folder at `path`, or the latest checkpoint of the run directory there.
  ///
  /// - Throws: ``ModelFolderError`` when it is neither.
  public init(at path: String) throws {
    let candidates = [path, "\(path)/checkpoints/latest"]
    for candidate in candidates where Self.looksLikeModel(candidate) {
      self.path = candidate
      return
    }
    let isRun = FileManager.default.fileExists(atPath: "\(path)/config.yaml")
    throw FileManager.default.fileExists(atPath: path)
      ? ModelFolderError.notAModel(path, isRun: isRun) : ModelFolderError.missing(path)
  }

  private static func looksLikeModel(_ path: String) -> Bool {
    ["model_index.json", "unet/config.json", "vae/config.json", "image_encoder/config.json"]
      .contains { FileManager.default.fileExists(atPath: "\(path)/\($0)") }
  }

  public func has(_ component: ComponentName) -> Bool {
    FileManager.default.fileExists(atPath: configuration(component).path)
  }

  private func configuration(_ component: ComponentName) -> URL {
    URL(fileURLWithPath: "\(path)/\(component.rawValue)/config.json")
  }

  /// The UNet with its weights; they stay in the mapped file until they are changed.
  public func unet(_ choice: WeightChoice = .averaged) throws -> Component<UNet> {
    let component = Component<UNet>(try UNetConfiguration(contentsOf: existing(.unet)))
    try load(component.parameters, .unet, choice)
    return component
  }

  public func autoencoder(
    _ choice: WeightChoice = .averaged
  ) throws -> Component<Autoencoder> {
    let component = Component<Autoencoder>(
      try AutoencoderConfiguration(contentsOf: existing(.autoencoder)))
    try load(component.parameters, .autoencoder, choice)
    return component
  }

  public func imageEncoder(_ choice: WeightChoice = .averaged) throws -> Component<ImageEncoder> {
    let component = Component<ImageEncoder>(
      try ImageEncoderConfiguration(contentsOf: existing(.imageEncoder)))
    try load(component.parameters, .imageEncoder, choice)
    return component
  }

  /// The noise schedule and what the network predicts.
  public func scheduler() throws -> SchedulerConfiguration {
    let file = URL(fileURLWithPath: "\(path)/scheduler/scheduler_config.json")
    return try SchedulerConfiguration(contentsOf: file)
  }

  /// Everything that sampling needs.
  public func model(_ choice: WeightChoice = .averaged) throws -> PaintByExample {
    let scheduler = try scheduler()
    let autoencoder = try autoencoder(choice)
    let model = PaintByExample(
      unet: try unet(choice), autoencoder: autoencoder, imageEncoder: try imageEncoder(choice),
      schedule: scheduler.schedule, prediction: scheduler.prediction,
      latentScale: Float(autoencoder.network.configuration.scalingFactor))
    try checkFit(model)
    return model
  }

  private func checkFit(_ model: PaintByExample) throws {
    let unet = model.unet.network.configuration
    let latent = model.autoencoder.network.configuration.latentChannels
    let context = model.imageEncoder.network.configuration.projectionDimension
    let problems = [
      unet.inChannels == 2 * latent + 1
        ? nil
        : "the UNet takes \(unet.inChannels) channels; latents of \(latent) channels need "
          + "\(2 * latent + 1) (noisy latent, masked picture, mask)",
      unet.outChannels == latent
        ? nil : "the UNet makes \(unet.outChannels) channels, latents have \(latent)",
      unet.crossAttentionDimension == context
        ? nil
        : "the UNet attends to tokens of width \(unet.crossAttentionDimension), the image encoder "
          + "makes tokens of width \(context)",
    ].compactMap { $0 }
    if !problems.isEmpty { throw ModelFolderError.doesNotFit(path, problems) }
  }

  private func existing(_ component: ComponentName) throws -> URL {
    guard has(component) else {
      throw ModelFolderError.missingComponent(path, component)
    }
    return configuration(component)
  }

  /// A component's weights by name; they stay in the mapped file until they are changed.
  package func weights(
    _ component: ComponentName, _ choice: WeightChoice
  ) throws -> [String: Tensor] {
    try file(component, choice).tensors()
  }

  private func file(_ component: ComponentName, _ choice: WeightChoice) throws -> Safetensors {
    let raw = Self.weightsFile(component, averaged: false, in: path)
    let averaged = Self.weightsFile(component, averaged: true, in: path)
    // The folder decides, not the file in it: an incomplete copy must not pass for a model that has
    // no averaged weights.
    let hasAveraged = FileManager.default.fileExists(atPath: averaged.parentFolder)
    return try Safetensors(choice == .averaged && hasAveraged ? averaged : raw)
  }

  private func load(
    _ parameters: ParameterStore, _ component: ComponentName, _ choice: WeightChoice
  ) throws {
    let file = try file(component, choice)
    do {
      try parameters.load(file)
    } catch let mismatch as WeightMismatch {
      throw ModelFolderError.mismatch(file.path, mismatch)
    }
  }
}

/// The components of a model and what diffusers calls their folders.
public enum ComponentName: String, CaseIterable, Sendable {
  case unet
  case autoencoder = "vae"
  case imageEncoder = "image_encoder"

  var weightsFile: String {
    self == .imageEncoder ? "model.safetensors" : "diffusion_pytorch_model.safetensors"
  }
}

/// What can be wrong with a model folder.
public enum ModelFolderError: Error, CustomStringConvertible {
  case missing(_ path: String)
  case notAModel(_ path: String, isRun: Bool)
  case missingComponent(_ path: String, _ component: ComponentName)
  case mismatch(_ file: String, _ mismatch: WeightMismatch)
  case doesNotFit(_ path: String, _ problems: [String])
  case occupied(_ path: String)

  public var description: String {
    switch self {
    case .missing(let path):
      "\(path): no such folder; give a model folder or a run directory"
    case .notAModel(let path, let isRun):
      isRun
        ? "\(path): this run has no checkpoint yet; train it further, or give another model"
        : "\(path): not a model: expected model_index.json and the folders unet/, vae/ and "
          + "image_encoder/, or a run directory with checkpoints/latest"
    case .missingComponent(let path, let component):
      "\(path): has no \(component.rawValue)/config.json; is the model complete?"
    case .mismatch(let file, let mismatch):
      "\(file): the weights do not fit the config.json beside them\n\(mismatch)"
    case .occupied(let path):
      "\(path): the folder is not empty; give one that does not exist yet"
    case .doesNotFit(let path, let problems):
      "\(path): the components do not fit together:\n"
        + problems.map { "  \($0)" }.joined(separator: "\n")
    }
  }
}
