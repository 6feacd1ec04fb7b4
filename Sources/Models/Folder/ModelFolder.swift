import Autograd
import Foundation
import Tensors

/// Which of a trained model's weights to use.
public enum WeightChoice: String, CaseIterable, Sendable {
  /// Averaged over the training's steps, where the folder has such; else as ``raw``.
  case averaged = "ema"
  case raw
}

/// A model on disk: a folder in diffusers' layout, with one folder a component, or one file under the
/// original code's names.
///
/// In a folder, `unet/`, `vae/` and `image_encoder/` each hold a `config.json` and safetensors or
/// pickles; weights that our training averaged lie beside them in `unet_ema/` and
/// `image_encoder_ema/`.
public struct ModelFolder: Sendable {
  public let path: String
  /// Nil for a folder in diffusers' layout.
  package let checkpoint: OriginalCheckpoint?

  /// The model at `path`: its folder, a run directory, whose latest checkpoint is taken, an original
  /// checkpoint, or a folder that holds one such file.
  ///
  /// - Throws: ``ModelFolderError`` when it is none of them; what is wrong with the file.
  public init(at path: String) throws {
    for candidate in [path, "\(path)/checkpoints/latest"] where Self.looksLikeModel(candidate) {
      (self.path, checkpoint) = (candidate, nil)
      return
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ModelFolderError.missing(path)
    }
    guard let file = isFolder.boolValue ? try WeightFiles.checkpoint(in: path) : path else {
      let isRun = FileManager.default.fileExists(atPath: "\(path)/config.yaml")
      throw ModelFolderError.notAModel(path, isRun: isRun)
    }
    (self.path, checkpoint) = (file, try OriginalCheckpoint(file))
  }

  private static func looksLikeModel(_ path: String) -> Bool {
    ["model_index.json", "unet/config.json", "vae/config.json", "image_encoder/config.json"]
      .contains { FileManager.default.fileExists(atPath: "\(path)/\($0)") }
  }

  public func has(_ component: ComponentName) -> Bool {
    checkpoint?.has(component)
      ?? FileManager.default.fileExists(atPath: configuration(component).path)
  }

  private func configuration(_ component: ComponentName) -> URL {
    URL(fileURLWithPath: "\(path)/\(component.rawValue)/config.json")
  }

  private func existing(_ component: ComponentName) throws -> URL {
    guard has(component) else { throw ModelFolderError.missingComponent(path, component) }
    return configuration(component)
  }

  public func unetConfiguration() throws -> UNetConfiguration {
    let file = try existing(.unet)
    return try checkpoint?.unet() ?? UNetConfiguration(contentsOf: file)
  }

  public func autoencoderConfiguration() throws -> AutoencoderConfiguration {
    let file = try existing(.autoencoder)
    return try checkpoint?.autoencoder() ?? AutoencoderConfiguration(contentsOf: file)
  }

  public func imageEncoderConfiguration() throws -> ImageEncoderConfiguration {
    let file = try existing(.imageEncoder)
    return try checkpoint?.imageEncoder() ?? ImageEncoderConfiguration(contentsOf: file)
  }

  /// The UNet with its weights; they stay in the mapped file until they are changed.
  ///
  /// - Throws: what is wrong with its configuration or its file; ``ModelFolderError/mismatch(_:)``,
  ///   ``ModelFolderError/broken(_:)``.
  public func unet(_ choice: WeightChoice = .averaged) throws -> Component<UNet> {
    let component = Component<UNet>(try unetConfiguration())
    try load([(.unet, component.parameters)], choice)
    return component
  }

  public func autoencoder(_ choice: WeightChoice = .averaged) throws -> Component<Autoencoder> {
    let component = Component<Autoencoder>(try autoencoderConfiguration())
    try load([(.autoencoder, component.parameters)], choice)
    return component
  }

  public func imageEncoder(_ choice: WeightChoice = .averaged) throws -> Component<ImageEncoder> {
    let component = Component<ImageEncoder>(try imageEncoderConfiguration())
    try load([(.imageEncoder, component.parameters)], choice)
    return component
  }

  /// Reads the weights of what an image encoder is asked while it learns.
  package func loadExemplarHead(_ parameters: ParameterStore) throws {
    try load([(.exemplarHead, parameters)], .raw)
  }

  /// The noise schedule and what the network predicts.
  public func scheduler() throws -> SchedulerConfiguration {
    if let checkpoint { return try checkpoint.scheduler() }
    let file = URL(fileURLWithPath: "\(path)/scheduler/scheduler_config.json")
    return try SchedulerConfiguration(contentsOf: file)
  }

  /// What is done to references; CLIP's where the folder does not say.
  private func preprocessing(imageSize: Int) throws -> PreprocessorConfiguration {
    let file = "\(path)/feature_extractor/preprocessor_config.json"
    guard FileManager.default.fileExists(atPath: file) else {
      return PreprocessorConfiguration(size: imageSize)
    }
    return try PreprocessorConfiguration(
      contentsOf: URL(fileURLWithPath: file), imageSize: imageSize)
  }

  /// Everything that sampling needs.
  ///
  /// - Throws: as for one component; what doesn't fit or is broken in any of them is listed at once.
  public func model(_ choice: WeightChoice = .averaged) throws -> PaintByExampleModel {
    try inspectedModel(choice).model
  }

  /// The model, and its weights as they were found.
  func inspectedModel(
    _ choice: WeightChoice
  ) throws -> (model: PaintByExampleModel, weights: [InspectedWeights]) {
    let scheduler = try scheduler()
    let imageEncoder = Component<ImageEncoder>(try imageEncoderConfiguration())
    let model = PaintByExampleModel(
      unet: Component<UNet>(try unetConfiguration()),
      autoencoder: Component<Autoencoder>(try autoencoderConfiguration()),
      imageEncoder: imageEncoder,
      schedule: scheduler.schedule, prediction: scheduler.prediction,
      latentScale: Float(try autoencoderConfiguration().scalingFactor),
      preprocessing: try preprocessing(imageSize: imageEncoder.network.configuration.imageSize))
    try checkFit(model)
    let weights = try load(
      [
        (.unet, model.unet.parameters), (.autoencoder, model.autoencoder.parameters),
        (.imageEncoder, model.imageEncoder.parameters),
      ], choice)
    return (model, weights)
  }

  private func checkFit(_ model: PaintByExampleModel) throws {
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

  /// Compares and checks the weights of several components, then gives them to their networks.
  @discardableResult private func load(
    _ parts: [(name: ComponentName, parameters: ParameterStore)], _ choice: WeightChoice
  ) throws -> [InspectedWeights] {
    let fitted = try parts.map { part in
      try weights(of: part.name, choice).fitted(to: part.parameters.parameters)
    }
    let misfits = fitted.compactMap(\.misfit) + [strangers].compactMap { $0 }
    guard misfits.isEmpty else { throw ModelFolderError.mismatch(misfits) }
    let inspected = try fitted.map { try InspectedWeights($0) }
    let broken = inspected.compactMap(\.problem)
    guard broken.isEmpty else { throw ModelFolderError.broken(broken) }
    for (part, weights) in zip(parts, inspected) { try part.parameters.load(weights.fitted.view) }
    return inspected
  }

  private func weights(
    of component: ComponentName, _ choice: WeightChoice
  ) throws -> FoundWeights {
    if let checkpoint { return try checkpoint.weights(of: component, choice) }
    let raw = "\(path)/\(component.rawValue)"
    let averaged = raw + "_ema"
    // The folder decides, not the file in it: an incomplete copy must not pass for a model that has
    // no averaged weights.
    let isAveraged = choice == .averaged && FileManager.default.fileExists(atPath: averaged)
    let file = try openTensors(WeightFiles.path(in: isAveraged ? averaged : raw, component))
    switch component {
    case .unet, .exemplarHead:
      return FoundWeights(component, file, maps: [.ours])
    case .autoencoder:
      return FoundWeights(
        component, file, maps: [.ours, NameMap(AutoencoderConfiguration.oldAttentionNames)])
    case .imageEncoder:
      let tower = try imageEncoderConfiguration().towerNames(below: "model")
      return FoundWeights(
        component, file, maps: [.ours, NameMap(tower)], skip: SkippedWeights.inImageEncoder)
    }
  }

  private var strangers: MisfitWeights? {
    guard let checkpoint, !checkpoint.strangers.isEmpty else { return nil }
    let names = Dictionary(uniqueKeysWithValues: checkpoint.strangers.map { ($0, [Int]()) })
    return MisfitWeights(
      file: path, component: nil, mismatch: WeightMismatch(expected: [], found: names))
  }
}

/// The components of a model and what diffusers calls their folders.
public enum ComponentName: String, Sendable {
  case unet
  case autoencoder = "vae"
  case imageEncoder = "image_encoder"
  /// What an image encoder is asked while it learns; no part of the model that it then serves.
  case exemplarHead = "exemplar_head"

  /// What a model is made of.
  package static let ofModels: [ComponentName] = [.unet, .autoencoder, .imageEncoder]

  var weightsStem: String { self == .imageEncoder ? "model" : "diffusion_pytorch_model" }
  var weightsFile: String { weightsStem + ".safetensors" }
}
