import Foundation
import Support

/// The sizes of the denoising network: the UNet of Stable Diffusion 1.x.
///
/// Defaults are those of Paint by Example: 4 noisy latent channels, 4 of the masked picture and
/// 1 of the mask in, 4 out; 859.5 million parameters.
///
/// - Source: `UNet2DConditionModel` of diffusers; `UNetModel` in `openaimodel.py` of
///   Paint-by-Example.
public struct UNetConfiguration: Equatable, Sendable {
  public var inChannels = 9
  public var outChannels = 4
  /// Channels of each level, the finest first.
  public var blockOutChannels = [320, 640, 1280, 1280]
  /// Residual blocks of each level on the way down; one more on the way up.
  public var layersPerBlock = 2
  /// Whether a level has transformers (down and up alike), the finest first. The middle always has.
  public var attentionLevels = [true, true, true, false]
  /// Heads of every attention. (`attention_head_dim` in diffusers' files, which means heads there.)
  public var attentionHeads = 8
  /// Width of a context token.
  public var crossAttentionDimension = 768
  public var normGroups = 32
  /// Height and width of the latents that the model is made for.
  public var sampleSize = 64

  public init() {}

  /// Width of the time embedding.
  public var timeEmbeddingChannels: Int { 4 * (blockOutChannels.first ?? 0) }

  /// What makes these sizes impossible, one sentence each.
  public var problems: [String] {
    var problems: [String] = []
    if blockOutChannels.isEmpty || blockOutChannels.count != attentionLevels.count {
      problems.append(
        "The UNet has \(blockOutChannels.count) levels of channels and \(attentionLevels.count) "
          + "of attention; it needs the same number, at least 1.")
    }
    for channels in Set(blockOutChannels).sorted() where channels % normGroups != 0 {
      problems.append("\(channels) UNet channels do not divide into \(normGroups) norm groups.")
    }
    let attended = zip(blockOutChannels, attentionLevels).filter(\.1).map(\.0)
    for channels in Set(attended + blockOutChannels.suffix(1)).sorted()
    where channels % attentionHeads != 0 {
      problems.append("\(channels) UNet channels do not divide into \(attentionHeads) heads.")
    }
    if let first = blockOutChannels.first, first % 2 != 0 {
      problems.append(
        "\(first) channels at the first UNet level: the time embedding needs an even number.")
    }
    return problems
  }
}

extension UNetConfiguration {
  private static let plainBlocks = (down: "DownBlock2D", up: "UpBlock2D")
  private static let attentionBlocks = (down: "CrossAttnDownBlock2D", up: "CrossAttnUpBlock2D")

  /// Options of diffusers that change the mathematics, with the one value built here.
  private static let fixedOptions: [(key: String, value: JSONValue)] = [
    ("act_fn", .string("silu")),
    ("addition_embed_type", .null),
    ("attention_type", .string("default")),
    ("center_input_sample", .bool(false)),
    ("class_embed_type", .null),
    ("conv_in_kernel", .integer(3)),
    ("conv_out_kernel", .integer(3)),
    ("cross_attention_norm", .null),
    ("downsample_padding", .integer(1)),
    ("dropout", .number(0)),
    ("dual_cross_attention", .bool(false)),
    ("encoder_hid_dim", .null),
    ("encoder_hid_dim_type", .null),
    ("flip_sin_to_cos", .bool(true)),
    ("freq_shift", .integer(0)),
    ("mid_block_only_cross_attention", .null),
    ("mid_block_scale_factor", .integer(1)),
    ("mid_block_type", .string("UNetMidBlock2DCrossAttn")),
    ("norm_eps", .number(1e-5)),
    ("num_class_embeds", .null),
    ("only_cross_attention", .bool(false)),
    ("resnet_out_scale_factor", .number(1)),
    ("resnet_skip_time_act", .bool(false)),
    ("resnet_time_scale_shift", .string("default")),
    ("reverse_transformer_layers_per_block", .null),
    ("time_cond_proj_dim", .null),
    ("time_embedding_act_fn", .null),
    ("time_embedding_dim", .null),
    ("time_embedding_type", .string("positional")),
    ("timestep_post_act", .null),
    ("transformer_layers_per_block", .integer(1)),
    ("use_linear_projection", .bool(false)),
  ]

  /// Reads `unet/config.json`; keys that are absent have diffusers' defaults.
  ///
  /// - Throws: every wrong type and every option that changes the mathematics and is not built
  ///   here, by name.
  public init(_ members: [String: JSONValue], file: String) throws(ModelConfigurationError) {
    var reader = ConfigurationReader(members, file: file)
    reader.fixed("_class_name", .string("UNet2DConditionModel"))
    for option in Self.fixedOptions { reader.fixed(option.key, option.value) }
    inChannels = reader.integer("in_channels", default: 4)
    outChannels = reader.integer("out_channels", default: 4)
    blockOutChannels = reader.integers("block_out_channels", default: [320, 640, 1280, 1280])
    let levels = blockOutChannels.count
    layersPerBlock = reader.uniform(
      "layers_per_block", levels: levels, default: 2, limit: ConfigurationReader.mostLayers)
    let headsKey =
      reader.isGiven("num_attention_heads") ? "num_attention_heads" : "attention_head_dim"
    attentionHeads = reader.uniform(headsKey, levels: levels, default: 8)
    crossAttentionDimension = reader.uniform("cross_attention_dim", levels: levels, default: 1280)
    normGroups = reader.integer("norm_num_groups", default: 32)
    sampleSize = reader.integer("sample_size", default: 64)
    attentionLevels = Self.attentionLevels(&reader)
    if reader.problems.isEmpty { problems.forEach { reader.fail($0) } }
    try reader.finish()
  }

  private static func attentionLevels(_ reader: inout ConfigurationReader) -> [Bool] {
    let published = [true, true, true, false]
    let down = reader.names(
      "down_block_types", known: [plainBlocks.down, attentionBlocks.down],
      default: published.map { $0 ? attentionBlocks.down : plainBlocks.down })
    let up = reader.names(
      "up_block_types", known: [plainBlocks.up, attentionBlocks.up],
      default: published.reversed().map { $0 ? attentionBlocks.up : plainBlocks.up })
    let levels = down.map { $0 == attentionBlocks.down }
    if levels != up.map({ $0 == attentionBlocks.up }).reversed() {
      reader.fail("`up_block_types` must mirror `down_block_types`.")
    }
    return levels
  }

  /// What `unet/config.json` holds.
  public var json: [String: JSONValue] {
    var members = Dictionary(uniqueKeysWithValues: Self.fixedOptions.map { ($0.key, $0.value) })
    let down = attentionLevels.map { $0 ? Self.attentionBlocks.down : Self.plainBlocks.down }
    let up = attentionLevels.reversed().map { $0 ? Self.attentionBlocks.up : Self.plainBlocks.up }
    let sizes: [String: JSONValue] = [
      "_class_name": .string("UNet2DConditionModel"),
      "_diffusers_version": .string(diffusersVersion),
      "attention_head_dim": .integer(attentionHeads),
      "block_out_channels": .array(blockOutChannels.map { .integer($0) }),
      "cross_attention_dim": .integer(crossAttentionDimension),
      "down_block_types": .array(down.map { .string($0) }),
      "in_channels": .integer(inChannels),
      "layers_per_block": .integer(layersPerBlock),
      "norm_num_groups": .integer(normGroups),
      "num_attention_heads": .null,
      "out_channels": .integer(outChannels),
      "sample_size": .integer(sampleSize),
      "up_block_types": .array(up.map { .string($0) }),
    ]
    members.merge(sizes) { _, size in size }
    return members
  }
}

/// The version of diffusers whose layout our files follow, as they state it.
package let diffusersVersion = "0.42.1"
