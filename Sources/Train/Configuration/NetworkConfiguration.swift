import Datasets
import Models

/// The sizes of the networks.
public struct NetworkConfiguration: Equatable, Sendable {
  public var unet = UNetConfiguration()
  public var autoencoder = AutoencoderConfiguration()
  public var imageEncoder = ImageEncoderConfiguration()
  public var harmoniser = HarmoniserConfiguration()
  public var tinyDecoder = TinyDecoderConfiguration()

  public init() {}

  init(_ decoder: ConfigurationDecoder) {
    decoder.read(Self.unetKeys, into: &self)
    unet = UNetSizes(decoder).sizes
    decoder.read(Self.latentKeys, into: &self)
    autoencoder = AutoencoderSizes(decoder).sizes
    var latents = RepeatedChannels(again: autoencoder.latentChannels)
    decoder.read(RepeatedChannels.keys("model.params", "channels"), into: &latents)
    if latents.again != autoencoder.latentChannels {
      decoder.fail(
        "model.params.channels",
        "is \(latents.again), but the autoencoder has \(autoencoder.latentChannels) latent "
          + "channels (`first_stage_config.params.ddconfig.z_channels`)")
    }
    imageEncoder = ImageEncoderConfiguration(decoder)
    imageEncoder.projectionDimension = unet.crossAttentionDimension
    harmoniser = HarmoniserConfiguration(decoder)
    tinyDecoder = TinyDecoderConfiguration(
      decoder, latentChannels: autoencoder.latentChannels)
  }

  private static var unetKeys: KeyTable<Self> {
    KeyTable(
      "model.params.unet_config",
      [
        .target(
          "target", oneOf: "ldm.modules.diffusionmodules.openaimodel.UNetModel",
          doc: "The UNet of Stable Diffusion 1.x.")
      ])
  }

  private static var latentKeys: KeyTable<Self> {
    KeyTable(
      "model.params",
      [
        Key(
          "image_size", \.unet.sampleSize, .integer(),
          """
          Height and width of the latents that the model is made for; sampling defaults to this \
          size.
          """),
        .target(
          "first_stage_config.target", oneOf: "ldm.models.autoencoder.AutoencoderKL",
          doc: "The KL autoencoder of latent diffusion."),
      ])
  }

  /// - Parameter layout: of the input channels that the objective gives.
  func checkChannels(_ layout: InputLayout, _ decoder: ConfigurationDecoder) {
    let path = "model.params.unet_config.params"
    let expected = layout.channels(latents: autoencoder.latentChannels)
    if unet.inChannels != expected {
      let channels =
        layout == .latents
        ? "noisy latent alone" : "noisy latent, latent of the masked picture and mask"
      decoder.fail(
        "\(path).in_channels", "is \(unet.inChannels), expected \(expected): \(channels)")
    }
    if unet.outChannels != autoencoder.latentChannels {
      decoder.fail(
        "\(path).out_channels",
        "is \(unet.outChannels), expected \(autoencoder.latentChannels), as many as a latent has")
    }
  }
}

/// The channels of a latent, which the official file says several times.
private struct RepeatedChannels {
  var again: Int

  static func keys(_ path: String, _ key: String, _ doc: String = "Channels of a latent.")
    -> KeyTable<Self>
  {
    KeyTable(
      path, [Key(key, \.again, .integer(), default: .derived("`z_channels`") { $0.again }, doc)])
  }
}

/// A network's levels as the official files have them.
private struct LevelWidths {
  /// Channels of the first level's unit.
  var width: Int
  /// Channels of each level in units of `width`.
  var multiples: [Int]

  init(_ channels: [Int]) {
    width = channels[0]
    multiples = channels.map { $0 / channels[0] }
  }

  /// nil, and a problem at the key of the multiples, for a number of levels that cannot be built.
  func channels(_ key: String, _ decoder: ConfigurationDecoder) -> [Int]? {
    guard !multiples.isEmpty, multiples.count <= 8 else {
      decoder.fail(key, "has \(multiples.count) levels, expected 1 to 8")
      return nil
    }
    return multiples.map { width * $0 }
  }
}

/// The UNet's keys.
private struct UNetSizes {
  var sizes = UNetConfiguration()
  var levels: LevelWidths
  /// Downsampling factors of the levels that have transformers.
  var attended: [Int]

  private static let path = "model.params.unet_config.params"

  init(_ decoder: ConfigurationDecoder) {
    levels = LevelWidths(sizes.blockOutChannels)
    attended = sizes.attentionLevels.indices.filter { [sizes] in sizes.attentionLevels[$0] }
      .map { 1 << $0 }.reversed()
    decoder.read(Self.keys, into: &self)
    if let channels = levels.channels("\(Self.path).channel_mult", decoder) {
      sizes.blockOutChannels = channels
    }
    let possible = sizes.blockOutChannels.indices.map { 1 << $0 }
    sizes.attentionLevels = possible.map(attended.contains)
    if let impossible = attended.first(where: { !possible.contains($0) }) {
      decoder.fail(
        "\(Self.path).attention_resolutions",
        "holds \(impossible), but the levels of this UNet are downsampled by \(possible)")
    }
    for problem in sizes.problems {
      decoder.fail(problem, at: decoder.group(Self.path)?.position)
    }
    decoder.read(Self.keysWithoutChoice, into: &self)
  }

  private static var keys: KeyTable<Self> {
    KeyTable(
      path,
      [
        .ignored(
          "image_size", because: "the UNet takes any size; `model.params.image_size` counts"),
        Key(
          "in_channels", \.sizes.inChannels, .integer(),
          """
          2 × latent channels + 1: noisy latent, latent of the masked picture, mask; for `text-to-image` \
          the noisy latent alone.
          """),
        Key("out_channels", \.sizes.outChannels, .integer(), "As many as a latent has."),
        Key(
          "model_channels", \.levels.width, .integer(.between(1, 16_384)),
          "Channels of the first level, before `channel_mult`."),
        Key(
          "channel_mult", \.levels.multiples, .integers(.between(1, 64)),
          """
          Channels of each level in units of `model_channels`; its length is the number of levels.
          """),
        Key(
          "num_res_blocks", \.sizes.layersPerBlock,
          .integer(.in(1...ConfigurationReader.mostLayers)),
          "Residual blocks of each level (one more on the way up)."),
        Key(
          "attention_resolutions", \.attended, .integers(),
          """
          Downsampling factors of the levels that have transformers: 1 is the first level, 2 the \
          second, 4 the third.
          """),
        Key("num_heads", \.sizes.attentionHeads, .integer(), "Heads of every attention."),
        Key(
          "context_dim", \.sizes.crossAttentionDimension, .integer(.between(1, 65_536)),
          "Width of a context token."),
        Key("norm_groups", \.sizes.normGroups, .integer(), "Groups of every group norm."),
      ])
  }

  private static var keysWithoutChoice: KeyTable<Self> {
    KeyTable(
      path,
      [
        .fixed("use_spatial_transformer", "true"),
        .fixed("transformer_depth", "1"),
        .fixed("add_conv_in_front_of_unet", "false"),
        .fixed("dropout", "0"),
        .fixed("conv_resample", "true"),
        .fixed("dims", "2"),
        .fixed("num_classes", "null"),
        .fixed("num_head_channels", "-1"),
        .fixed("num_heads_upsample", "-1"),
        .fixed("use_scale_shift_norm", "false"),
        .fixed("resblock_updown", "false"),
        .fixed("use_new_attention_order", "false"),
        .fixed("n_embed", "null"),
        .ignored("use_fp16", because: "arithmetic is fp32"),
        .ignored("legacy", because: "both ways are the same where `num_heads` is given"),
      ])
  }
}

/// The autoencoder's keys.
private struct AutoencoderSizes {
  var sizes = AutoencoderConfiguration()
  var levels: LevelWidths

  private static let path = "model.params.first_stage_config.params"

  init(_ decoder: ConfigurationDecoder) {
    levels = LevelWidths(sizes.blockOutChannels)
    decoder.read(Self.keys, into: &self)
    if let channels = levels.channels("\(Self.path).ddconfig.ch_mult", decoder) {
      sizes.blockOutChannels = channels
    }
    var embedding = RepeatedChannels(again: sizes.latentChannels)
    decoder.read(
      RepeatedChannels.keys(Self.path, "embed_dim", "Channels of a latent, once more."),
      into: &embedding)
    if embedding.again != sizes.latentChannels {
      decoder.fail(
        "\(Self.path).embed_dim",
        "is \(embedding.again), expected \(sizes.latentChannels), as `z_channels`")
    }
    for problem in sizes.problems {
      decoder.fail(problem, at: decoder.group("\(Self.path).ddconfig")?.position)
    }
    decoder.read(Self.keysWithoutChoice, into: &self)
  }

  private static var keys: KeyTable<Self> {
    KeyTable(
      path + ".ddconfig",
      [
        .fixed("double_z", "true"),
        Key(
          "z_channels", \.sizes.latentChannels, .integer(.between(1, 1024)),
          "Channels of a latent."),
        .ignored(
          "resolution", because: "the autoencoder takes any size; its attention is in the middle"),
        .fixed("in_channels", "3"),
        .fixed("out_ch", "3"),
        Key(
          "ch", \.levels.width, .integer(.between(1, 16_384)),
          "Channels of the first level, before `ch_mult`."),
        Key(
          "ch_mult", \.levels.multiples, .integers(.between(1, 64)),
          """
          Channels of each level in units of `ch`; n levels make latents 2ⁿ⁻¹ times smaller than \
          pictures.
          """),
        Key(
          "num_res_blocks", \.sizes.layersPerBlock,
          .integer(.in(1...ConfigurationReader.mostLayers)),
          "Residual blocks of each level (one more in the decoder)."),
        Key("norm_groups", \.sizes.normGroups, .integer(), "Groups of every group norm."),
        .fixed("attn_resolutions", "[]"),
        .fixed("dropout", "0"),
        .fixed("resamp_with_conv", "true"),
        .fixed("use_linear_attn", "false"),
        .fixed("attn_type", "vanilla"),
      ])
  }

  private static var keysWithoutChoice: KeyTable<Self> {
    KeyTable(
      path,
      [
        .ignored("monitor", because: "checkpoints are kept by step; see `checkpoint`"),
        .ignored("image_key", because: "there is one kind of picture"),
        .moved("ckpt_path", instead: "set `initialize.vae`"),
      ])
  }
}

extension ImageEncoderConfiguration {
  private static let path = "model.params.cond_stage_config.params"

  init(_ decoder: ConfigurationDecoder) {
    self.init()
    decoder.read(Self.keys, into: &self)
    for problem in problems { decoder.fail(problem, at: decoder.group(Self.path)?.position) }
  }

  private static var keys: KeyTable<Self> {
    KeyTable(
      path,
      [
        .fixed("version", "openai/clip-vit-large-patch14"),
        Key(
          "hidden_size", \.hiddenSize, .integer(.between(1, 16_384)), "Width of the tower."),
        Key(
          "intermediate_size", \.intermediateSize, .integer(.between(1, 65_536)),
          default: .derived("4 × `hidden_size`") { 4 * $0.hiddenSize },
          "Width inside its feed-forward layers."),
        Key("layers", \.layers, .integer(.between(4, 256)), "Its transformer layers."),
        Key("heads", \.heads, .integer(), "Heads of each attention."),
        Key("patch_size", \.patchSize, .integer(.between(1, 1024)), "Pixels of a patch, a side."),
        Key(
          "image_size", \.imageSize, .integer(.in(TripletSettings.referenceSizes)),
          "Pixels of the reference picture, a side."),
        Key("activation", \.activation, .choice, "`quick_gelu` is OpenAI's CLIP."),
        Key(
          "layer_norm_eps", \.layerNormEpsilon, .number(.above(0)),
          "Added to the variance in layer norms."),
        Key(
          "condition", \.condition, .choice,
          """
          What the UNet attends to: one token made of the class token (the method) or every token \
          (the paper's naive baseline).
          """),
      ])
  }
}
