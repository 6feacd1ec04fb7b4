import Autograd
import Foundation
import Support
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
  /// What its networks are merged with, after the adapters that training has left in the folder.
  public let adapters: [AdapterSource]
  /// Whether they are; training that goes on keeps its own apart.
  package var mergesAdapters = true

  /// The model at `path`: its folder, a run directory, whose latest checkpoint is taken, an original
  /// checkpoint, or a folder that holds one such file.
  ///
  /// - Throws: ``ModelFolderError`` when it is none of them; what is wrong with the file.
  public init(at path: String, adapters: [AdapterSource] = []) throws {
    self.adapters = adapters
    let checkpoints = try RunCheckpoints("\(path)/checkpoints").candidates()
    for candidate in [path] + checkpoints where Self.looksLikeModel(candidate) {
      (self.path, checkpoint) = (candidate, nil)
      return
    }
    guard FileSystem.exists(path) else { throw ModelFolderError.missing(path) }
    guard let file = FileSystem.isFolder(path) ? try WeightFiles.checkpoint(in: path) : path else {
      let isRun = FileSystem.exists("\(path)/config.yaml")
      throw ModelFolderError.notAModel(path, isRun: isRun)
    }
    (self.path, checkpoint) = (file, try OriginalCheckpoint(file))
  }

  private static func looksLikeModel(_ path: String) -> Bool {
    ["model_index.json"].contains { FileSystem.exists("\(path)/\($0)") }
      || components.contains { FileSystem.exists("\(path)/\($0.name.rawValue)/config.json") }
  }

  /// The networks that model folders hold.
  static let components: [any ModelComponent.Type] = [
    UNet.self,
    Autoencoder.self,
    ImageEncoder.self,
    TextTransformer.self,
    TinyDecoder.self,
  ]

  /// The folders of a model folder, each with what lies in it, that decide what the model paints.
  package static var parts: [String] {
    (components.map { $0.name } + [.adapters]).flatMap { [$0.rawValue, "\($0.rawValue)_ema"] }
      + ["scheduler", "feature_extractor", tokenizerFolder]
  }

  /// The conditions that a model may have; the first one whose network the folder holds is its own.
  static let conditioners: [any FolderConditioner.Type] = [
    ImageConditioner.self,
    TextConditioner.self,
  ]

  public func has(_ component: ComponentName) -> Bool {
    checkpoint?.has(component)
      ?? FileSystem.exists(configuration(component).path)
  }

  private func configuration(_ component: ComponentName) -> URL {
    URL(fileURLWithPath: "\(path)/\(component.rawValue)/config.json")
  }

  /// The sizes of a network.
  ///
  /// - Throws: ``ModelFolderError/missingComponent(_:_:)``; what is wrong with its configuration.
  public func configuration<Network: ModelComponent>(
    of network: Network.Type
  ) throws -> Network.Configuration {
    guard has(Network.name) else {
      throw ModelFolderError.missingComponent(path, Network.name)
    }
    return try checkpoint?.configuration(of: network)
      ?? Network.Configuration(contentsOf: configuration(Network.name))
  }

  /// A network with its weights; they stay in the mapped file until they are changed.
  ///
  /// - Throws: what is wrong with its configuration or its file; ``ModelFolderError/mismatch(_:)``,
  ///   ``ModelFolderError/broken(_:)``.
  public func component<Network: ModelComponent>(
    _ network: Network.Type, _ choice: WeightChoice = .averaged
  ) throws -> Component<Network> {
    let component = Component<Network>(try configuration(of: network))
    try load([(Network.name, component.parameters)], choice)
    if let adapted = AdaptedNetwork(component) {
      _ = try AdapterMerge.merge(adapterFiles(choice), into: [adapted], isWhole: false)
    }
    return component
  }

  /// Reads the weights of something that our training keeps beside a model's components.
  package func load(_ name: ComponentName, into parameters: ParameterStore) throws {
    try load([(name, parameters)], .raw)
  }

  /// The noise schedule and what the network predicts.
  public func scheduler() throws -> SchedulerConfiguration {
    if let checkpoint { return try checkpoint.scheduler() }
    let file = URL(fileURLWithPath: "\(path)/scheduler/scheduler_config.json")
    return try SchedulerConfiguration(contentsOf: file)
  }

  /// What is done to references; CLIP's where the folder does not say.
  func preprocessing(imageSize: Int) throws -> PreprocessorConfiguration {
    let file = "\(path)/feature_extractor/preprocessor_config.json"
    guard FileSystem.exists(file) else {
      return PreprocessorConfiguration(size: imageSize)
    }
    return try PreprocessorConfiguration(
      contentsOf: URL(fileURLWithPath: file), imageSize: imageSize)
  }

  static let tokenizerFolder = "tokenizer"

  /// The tokenizer of texts: in `tokenizer/`, or in the files that lie beside the model.
  ///
  /// - Throws: ``ModelFolderError/missingTokenizer(_:)``, ``TokenizerError``.
  public func tokenizer() throws -> Tokenizer {
    let folder = checkpoint == nil ? path : FileError.folder(of: path)
    let places = ["\(folder)/\(Self.tokenizerFolder)", folder]
    guard let place = places.first(where: TokenizerSource.isTokenizer) else {
      throw ModelFolderError.missingTokenizer(path)
    }
    return try Tokenizer(at: place)
  }

  /// Everything that sampling needs.
  ///
  /// - Throws: as for one component; what doesn't fit or is broken in any of them is listed at once;
  ///   ``AdapterError``.
  public func model(_ choice: WeightChoice = .averaged) throws -> PaintByExampleModel {
    try inspectedModel(choice).model
  }

  /// The model, and its weights as they were found.
  func inspectedModel(
    _ choice: WeightChoice
  ) throws -> (model: PaintByExampleModel, weights: [InspectedWeights]) {
    let scheduler = try scheduler()
    let conditioner = try conditioner()
    let autoencoder = try configuration(of: Autoencoder.self)
    let unet = try configuration(of: UNet.self)
    var model = PaintByExampleModel(
      unet: Component<UNet>(unet),
      autoencoder: Component<Autoencoder>(autoencoder),
      conditioner: conditioner,
      schedule: scheduler.schedule, prediction: scheduler.prediction,
      latentScale: Float(autoencoder.scalingFactor),
      layout: try layout(of: unet, autoencoder, conditioner),
      tinyDecoder: try tinyDecoderWithoutWeights())
    try checkFit(model)
    let weights = try load(
      [
        (.unet, model.unet.parameters), (.autoencoder, model.autoencoder.parameters),
        (model.conditioner.name, model.conditioner.parameters),
      ] + (model.tinyDecoder.map { [(.tinyDecoder, $0.parameters)] } ?? []), choice)
    model.notes = try AdapterMerge.merge(adapterFiles(choice), into: model.adaptedNetworks())
    return (model, weights)
  }

  /// Its own adapters, which training has left beside what they change, and those that are asked for.
  private func adapterFiles(_ choice: WeightChoice) throws -> [(file: AdapterFile, weight: Float)] {
    guard mergesAdapters else { return [] }
    let own = try Self.adapterFile(in: path, choice).map { (try AdapterFile($0), Float(1)) }
    return try [own].compactMap(\.self) + adapters.map { (try AdapterFile($0, choice), $0.weight) }
  }

  /// The tiny decoder that the folder has beside its autoencoder.
  private func tinyDecoderWithoutWeights() throws -> Component<TinyDecoder>? {
    guard has(.tinyDecoder) else { return nil }
    return Component<TinyDecoder>(try configuration(of: TinyDecoder.self))
  }

  /// The condition without its weights.
  private func conditioner() throws -> any Conditioner {
    let known = Self.conditioners.first { has($0.component) } ?? ImageConditioner.self
    func make<Made: FolderConditioner>(_ type: Made.Type) throws -> any Conditioner {
      try Made(Component<Made.Network>(configuration(of: Made.Network.self)), in: self)
    }
    return try make(known)
  }

  private func checkFit(_ model: PaintByExampleModel) throws {
    let unet = model.unet.network.configuration
    let latent = model.autoencoder.network.configuration.latentChannels
    let context = model.conditioner.width
    let problems = [
      unet.inChannels == model.layout.channels(latents: latent)
        ? nil
        : "the UNet takes \(unet.inChannels) channels; latents of \(latent) channels need "
          + "\(2 * latent + 1) (noisy latent, masked picture, mask)",
      unet.outChannels == latent
        ? nil : "the UNet makes \(unet.outChannels) channels, latents have \(latent)",
      unet.crossAttentionDimension == context
        ? nil
        : "the UNet attends to tokens of width \(unet.crossAttentionDimension), the "
          + "\(model.conditioner.name.noun) makes tokens of width \(context)",
      model.tinyDecoder.flatMap { $0.network.configuration.misfit(to: model) },
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
    let isAveraged = choice == .averaged && FileSystem.exists(averaged)
    let file = try openTensors(WeightFiles.path(in: isAveraged ? averaged : raw, component))
    func found<Network: ModelComponent>(_ network: Network.Type) throws -> FoundWeights {
      FoundWeights(
        component, file, maps: [.ours] + (try configuration(of: network).otherNames),
        skip: Network.Configuration.skipped)
    }
    guard let known = Self.components.first(where: { $0.name == component }) else {
      return FoundWeights(component, file, maps: [.ours])
    }
    return try found(known)
  }

  private var strangers: MisfitWeights? {
    guard let checkpoint, !checkpoint.strangers.isEmpty else { return nil }
    let names = Dictionary(uniqueKeysWithValues: checkpoint.strangers.map { ($0, [Int]()) })
    return MisfitWeights(
      file: path, component: nil, mismatch: WeightMismatch(expected: [], found: names))
  }
}

extension ModelFolder {
  public func unet(_ choice: WeightChoice = .averaged) throws -> Component<UNet> {
    try component(UNet.self, choice)
  }

  public func autoencoder(_ choice: WeightChoice = .averaged) throws -> Component<Autoencoder> {
    try component(Autoencoder.self, choice)
  }

  public func textEncoder(_ choice: WeightChoice = .averaged) throws -> Component<TextTransformer> {
    try component(TextTransformer.self, choice)
  }

  public func imageEncoder(_ choice: WeightChoice = .averaged) throws -> Component<ImageEncoder> {
    try component(ImageEncoder.self, choice)
  }
}
