import Models

/// The sizes of the three networks.
public struct NetworkConfiguration: Equatable, Sendable {
  public var unet = UNetConfiguration()
  public var autoencoder = AutoencoderConfiguration()
  public var imageEncoder = ImageEncoderConfiguration()

  public init() {}

  /// Reads the sizes from `model.params`.
  init(_ parameters: ConfigurationSection) {
    let unetSection = parameters.section("unet_config")
    unetSection.target(oneOf: "ldm.modules.diffusionmodules.openaimodel.UNetModel")
    unet = UNetConfiguration(unetSection.section("params"))
    unet.sampleSize = parameters.integer("image_size", default: 64)

    let firstStage = parameters.section("first_stage_config")
    firstStage.target(oneOf: "ldm.models.autoencoder.AutoencoderKL")
    autoencoder = AutoencoderConfiguration(firstStage.section("params"))
    let channels = parameters.integer(
      "channels", default: autoencoder.latentChannels, as: "`z_channels`")
    if channels != autoencoder.latentChannels {
      parameters.fail(
        "channels",
        "is \(channels), but the autoencoder has \(autoencoder.latentChannels) latent "
          + "channels (`first_stage_config.params.ddconfig.z_channels`)")
    }

    imageEncoder = ImageEncoderConfiguration(
      parameters.section("cond_stage_config").section("params"))
    imageEncoder.projectionDimension = unet.crossAttentionDimension
    checkChannels(unetSection.section("params"))
  }

  private func checkChannels(_ section: ConfigurationSection) {
    let expected = 2 * autoencoder.latentChannels + 1
    if unet.inChannels != expected {
      section.fail(
        "in_channels",
        "is \(unet.inChannels), expected \(expected): noisy latent, latent of the "
          + "masked picture and mask")
    }
    if unet.outChannels != autoencoder.latentChannels {
      section.fail(
        "out_channels",
        "is \(unet.outChannels), expected \(autoencoder.latentChannels), as many as a latent has")
    }
  }
}

extension UNetConfiguration {
  /// Reads `unet_config.params`.
  init(_ section: ConfigurationSection) {
    self.init()
    section.ignored("image_size", "the UNet takes any size; `model.params.image_size` counts")
    inChannels = section.integer("in_channels", default: 9)
    outChannels = section.integer("out_channels", default: 4)
    let width = section.integer("model_channels", default: 320, .between(1, 16_384))
    let multiples = section.integers("channel_mult", default: [1, 2, 4, 4], .between(1, 64))
    if multiples.isEmpty || multiples.count > 8 {
      section.fail("channel_mult", "has \(multiples.count) levels, expected 1 to 8")
    } else {
      blockOutChannels = multiples.map { width * $0 }
    }
    layersPerBlock = section.integer("num_res_blocks", default: 2, .between(1, 64))
    let attended = section.integers("attention_resolutions", default: [4, 2, 1])
    attentionLevels = blockOutChannels.indices.map { attended.contains(1 << $0) }
    let possible = blockOutChannels.indices.map { 1 << $0 }
    if let impossible = attended.first(where: { !possible.contains($0) }) {
      section.fail(
        "attention_resolutions",
        "holds \(impossible), but the levels of this UNet are downsampled by \(possible)")
    }
    attentionHeads = section.integer("num_heads", default: 8)
    crossAttentionDimension = section.integer("context_dim", default: 768, .between(1, 65_536))
    normGroups = section.integer("norm_groups", default: 32)
    for problem in problems { section.decoder.fail(problem, at: section.node?.position) }
    readOptionsWithoutChoice(section)
  }

  private func readOptionsWithoutChoice(_ section: ConfigurationSection) {
    section.fixed("use_spatial_transformer", "true")
    section.fixed("transformer_depth", "1")
    section.fixed("add_conv_in_front_of_unet", "false")
    section.fixed("dropout", "0")
    section.fixed("conv_resample", "true")
    section.fixed("dims", "2")
    section.fixed("num_classes", "null")
    section.fixed("num_head_channels", "-1")
    section.fixed("num_heads_upsample", "-1")
    section.fixed("use_scale_shift_norm", "false")
    section.fixed("resblock_updown", "false")
    section.fixed("use_new_attention_order", "false")
    section.fixed("n_embed", "null")
    section.ignored("use_fp16", "arithmetic is fp32")
    section.ignored("legacy", "both ways are the same where `num_heads` is given")
  }
}

extension AutoencoderConfiguration {
  /// Reads `first_stage_config.params`.
  init(_ section: ConfigurationSection) {
    self.init()
    let sizes = section.section("ddconfig")
    sizes.fixed("double_z", "true")
    latentChannels = sizes.integer("z_channels", default: 4, .between(1, 1024))
    sizes.ignored("resolution", "the autoencoder takes any size; its attention is in the middle")
    inChannels = 3
    outChannels = 3
    sizes.fixed("in_channels", "3")
    sizes.fixed("out_ch", "3")
    let width = sizes.integer("ch", default: 128, .between(1, 16_384))
    let multiples = sizes.integers("ch_mult", default: [1, 2, 4, 4], .between(1, 64))
    if multiples.isEmpty || multiples.count > 8 {
      sizes.fail("ch_mult", "has \(multiples.count) levels, expected 1 to 8")
    } else {
      blockOutChannels = multiples.map { width * $0 }
    }
    layersPerBlock = sizes.integer("num_res_blocks", default: 2, .between(1, 64))
    normGroups = sizes.integer("norm_groups", default: 32)
    sizes.fixed("attn_resolutions", "[]")
    sizes.fixed("dropout", "0")
    sizes.fixed("resamp_with_conv", "true")
    sizes.fixed("use_linear_attn", "false")
    sizes.fixed("attn_type", "vanilla")
    let embedding = section.integer(
      "embed_dim", default: latentChannels, as: "`z_channels`")
    if embedding != latentChannels {
      section.fail("embed_dim", "is \(embedding), expected \(latentChannels), as `z_channels`")
    }
    for problem in problems { sizes.decoder.fail(problem, at: sizes.node?.position) }
    section.ignored("monitor", "checkpoints are kept by step; see `checkpoint`")
    section.ignored("image_key", "there is one kind of picture")
    section.refused("ckpt_path", instead: "set `initialize.vae`")
  }
}

extension ImageEncoderConfiguration {
  /// Reads `cond_stage_config.params`.
  init(_ section: ConfigurationSection) {
    self.init()
    section.fixed("version", "openai/clip-vit-large-patch14")
    hiddenSize = section.integer("hidden_size", default: 1024, .between(1, 16_384))
    intermediateSize = section.integer(
      "intermediate_size", default: 4 * hiddenSize, as: "4 × `hidden_size`", .between(1, 65_536))
    layers = section.integer("layers", default: 24, .between(4, 256))
    heads = section.integer("heads", default: 16)
    patchSize = section.integer("patch_size", default: 14, .between(1, 1024))
    imageSize = section.integer("image_size", default: 224, .between(1, 4096))
    activation = section.choice("activation", default: .quickGELU)
    layerNormEpsilon = section.number("layer_norm_eps", default: 1e-5, .above(0))
    condition = section.choice("condition", default: .classToken)
    for problem in problems { section.decoder.fail(problem, at: section.node?.position) }
  }
}
