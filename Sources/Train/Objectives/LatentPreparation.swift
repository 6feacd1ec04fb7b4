import Autograd
import Datasets
import Models
import Support
import Tensors

extension Component<Autoencoder> {
  /// What `scale_factor: auto` stands for: measured, or the model's own where that stays as it is.
  func latentScale<Producer: ItemProducer>(
    of source: BatchSource<Producer>, _ settings: DiffusionConfiguration, seed: UInt64,
    pictures: (Producer.Batch) -> Tensor
  ) throws -> Float {
    settings.adapters == nil
      ? try measuredLatentScale(of: source, seed: seed, pictures: pictures)
      : Float(network.configuration.scalingFactor)
  }

  /// 1 / standard deviation of latents drawn for the first training pictures.
  ///
  /// - Source: `on_train_batch_start` in ldm/models/diffusion/ddpm.py, which draws those of one batch.
  private func measuredLatentScale<Producer: ItemProducer>(
    of source: BatchSource<Producer>, seed: UInt64, pictures: (Producer.Batch) -> Tensor
  ) throws -> Float {
    let batches = max(64 / source.batchSize, 1)
    var (sum, squares, count) = (0.0, 0.0, 0)
    for index in 0..<min(batches, source.batchesPerEpoch) {
      let pictures = pictures(try source.batch(at: DataPosition(index: index)))
      var random = RandomStream(seed: seed, purpose: "latent scale", index: UInt64(index))
      let latents = withoutGradients {
        let posterior = network.encode(Variable(pictures))
        return posterior.sample(Tensor(normal: posterior.mean.shape, using: &random)).value
      }
      sum += latents.sum()
      squares += latents.sumOfSquares()
      count += latents.count
    }
    let mean = sum / Double(count)
    let scale = 1 / max(squares / Double(count) - mean * mean, 1e-12).squareRoot()
    guard scale.isFinite else {
      throw RunError.notFinite(["latents of the autoencoder, measured for `scale_factor: auto`"])
    }
    return Float(scale)
  }
}

extension ModelAdapters? {
  /// What a run changes: adapters, or without them the weights of those that learn.
  func trained(_ learners: [TrainedComponent]) -> [TrainedComponent] {
    map { [TrainedComponent(name: .adapters, store: $0.parameters)] } ?? learners
  }

  /// Those that would learn without adapters, and stay as they are with them.
  func frozen(
    _ learners: [TrainedComponent]
  ) -> [(name: ComponentName, parameters: ParameterStore)] {
    self == nil ? [] : learners.map { ($0.name, $0.store) }
  }
}

extension PaintByExampleModel {
  /// `config.json` of a component, as a checkpoint holds it; empty for what is no part of this model.
  func configuration(
    of component: ComponentName, _ adapters: ModelAdapters?
  ) -> [String: JSONValue] {
    switch component {
    case .unet: return unet.network.configuration.json
    case conditioner.name: return conditioner.json
    case .adapters: return adapters?.json ?? [:]
    case .autoencoder:
      var configuration = autoencoder.network.configuration
      configuration.scalingFactor = Double(latentScale)
      return configuration.json
    default: return [:]
    }
  }

  /// The run's cache of latents, where the configuration wants one.
  func momentsCache(_ setup: ObjectiveSetup) throws -> MomentsCache? {
    guard setup.configuration.data.cachesLatents else { return nil }
    try Folder.make(setup.folder)
    let channels = autoencoder.network.configuration.latentChannels
    let side = setup.configuration.data.train.triplets.imageSize / downsampling
    var hash = SHA256()
    for parameter in autoencoder.parameters.parameters {
      parameter.value.withUnsafeBufferPointer { hash.update(UnsafeRawBufferPointer($0)) }
    }
    return try MomentsCache(
      folder: setup.folder, identity: hash.hexadecimal(), shape: [side, side, 2 * channels])
  }
}
