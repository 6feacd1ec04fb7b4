extension TrainingConfiguration {
  /// What each value allows but all together do not.
  func checkTogether(_ decoder: ConfigurationDecoder) {
    checkPictureSize(data.train, "data.params.train.params.image_size", decoder)
    checkPictureSize(data.validation, Self.validationSize, decoder)
    if data.validation.triplets.imageSize != data.train.triplets.imageSize {
      decoder.fail(
        Self.validationSize,
        "is \(data.validation.triplets.imageSize), expected "
          + "\(data.train.triplets.imageSize) as for training")
    }
    guard objective == .latentDiffusion else { return }
    noteSampleSize(decoder)
    noteImageEncoder(decoder)
  }

  private static let validationSize = "data.params.validation.params.image_size"

  private func checkPictureSize(
    _ set: DatasetConfiguration, _ key: String, _ decoder: ConfigurationDecoder
  ) {
    let downsampling = networks.autoencoder.downsampling
    let unetDownsampling = 1 << max(0, networks.unet.blockOutChannels.count - 1)
    let unit =
      switch objective {
      case .autoencoder: downsampling
      case .imageEncoder: 1
      case .latentDiffusion: downsampling * unetDownsampling
      }
    if set.triplets.imageSize % unit != 0 {
      decoder.fail(
        key,
        "is \(set.triplets.imageSize), expected a multiple of \(unit): "
          + "the networks halve a picture that often")
    }
  }

  private func noteSampleSize(_ decoder: ConfigurationDecoder) {
    let size = data.train.triplets.imageSize / networks.autoencoder.downsampling
    guard size != networks.unet.sampleSize else { return }
    decoder.note(
      "training pictures make latents of \(size), `model.params.image_size` is "
        + "\(networks.unet.sampleSize): pictures will be sampled at "
        + "\(networks.unet.sampleSize * networks.autoencoder.downsampling) pixels unless --size "
        + "says otherwise", at: decoder.position(of: "model.params.image_size"))
  }

  /// A frozen tower of random weights tells the UNet little; nobody should have it by oversight.
  private func noteImageEncoder(_ decoder: ConfigurationDecoder) {
    let isRandom = initialize.model == nil && initialize.imageEncoder == nil
    guard isRandom, diffusion.imageEncoderTraining != .all else { return }
    decoder.note(
      "the image encoder's tower starts random and is not trained: set `initialize.image_encoder` "
        + "(or `initialize.model`), or train it with `model.params.cond_stage_trainable: all`")
  }

  /// Throws, naming the keys, unless the configuration says where data and frozen weights are.
  ///
  /// Apart from `load`, so that a file without them, as the official one is, can still be shown,
  /// merged and previewed.
  public func requireSources() throws(ConfigurationError) {
    var problems: [String] = []
    if objective == .latentDiffusion && initialize.model == nil && initialize.autoencoder == nil {
      problems.append(
        "latent diffusion needs a trained autoencoder: set `initialize.vae` (or "
          + "`initialize.model`) to a model folder, a checkpoint or a run directory, or to `random` "
          + "if noise for latents is what you want")
    }
    if duration.maxSteps != 0 && data.train.directory == nil {
      problems.append(
        "`data.params.train.params.dataset_dir` is missing: set it to an OpenImages folder or a "
          + ".jsonl manifest")
    }
    if !problems.isEmpty {
      throw ConfigurationError(problems.map { .init(position: nil, message: $0) })
    }
  }
}
