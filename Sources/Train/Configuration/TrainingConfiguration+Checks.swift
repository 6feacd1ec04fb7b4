extension TrainingConfiguration {
  /// What each value allows but all together do not.
  func checkTogether(_ root: ConfigurationSection, _ decoder: ConfigurationDecoder) {
    let datasets = root.section("data").section("params")
    checkPictureSize(data.train, datasets.section("train").section("params"))
    checkPictureSize(data.validation, datasets.section("validation").section("params"))
    if data.validation.triplets.imageSize != data.train.triplets.imageSize {
      datasets.section("validation").section("params").fail(
        "image_size",
        "is \(data.validation.triplets.imageSize), expected "
          + "\(data.train.triplets.imageSize) as for training")
    }
    guard objective == .latentDiffusion else { return }
    noteSampleSize(root)
    noteImageEncoder(root)
  }

  private func checkPictureSize(_ set: DatasetConfiguration, _ section: ConfigurationSection) {
    let downsampling = networks.autoencoder.downsampling
    let unetDownsampling = 1 << max(0, networks.unet.blockOutChannels.count - 1)
    let unit =
      switch objective {
      case .autoencoder: downsampling
      case .imageEncoder: 1
      case .latentDiffusion: downsampling * unetDownsampling
      }
    if set.triplets.imageSize % unit != 0 {
      section.fail(
        "image_size",
        "is \(set.triplets.imageSize), expected a multiple of \(unit): "
          + "the networks halve a picture that often")
    }
  }

  private func noteSampleSize(_ root: ConfigurationSection) {
    let size = data.train.triplets.imageSize / networks.autoencoder.downsampling
    guard size != networks.unet.sampleSize else { return }
    let parameters = root.section("model").section("params")
    parameters.decoder.note(
      "training pictures make latents of \(size), `model.params.image_size` is "
        + "\(networks.unet.sampleSize): pictures will be sampled at "
        + "\(networks.unet.sampleSize * networks.autoencoder.downsampling) pixels unless --size "
        + "says otherwise", at: parameters.position(of: "image_size"))
  }

  /// A frozen tower of random weights tells the UNet little; nobody should have it by oversight.
  private func noteImageEncoder(_ root: ConfigurationSection) {
    let isRandom = initialize.model == nil && initialize.imageEncoder == nil
    guard isRandom, diffusion.imageEncoderTraining != .all else { return }
    root.decoder.note(
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
