import Foundation
import Support

/// The sizes of the KL autoencoder between pictures and latents. Defaults: Stable Diffusion 1.x.
///
/// - Source: `AutoencoderKL` of diffusers; `ddconfig` of latent diffusion.
public struct AutoencoderConfiguration: Equatable, Sendable {
  public var inChannels = 3
  public var outChannels = 3
  /// Channels of each level, the finest first.
  public var blockOutChannels = [128, 256, 512, 512]
  /// Residual blocks of each encoder level; the decoder has one more.
  public var layersPerBlock = 2
  /// Channels of a latent; the encoder's output has twice as many, mean and log-variance.
  public var latentChannels = 4
  public var normGroups = 32
  /// Latents are multiplied by this before diffusion, so that their variance is about 1.
  public var scalingFactor = 0.18215
  /// Height and width in pixels of the pictures that the model is made for.
  public var sampleSize = 512

  public init() {}

  /// Pixels of a picture a side for each position of its latent, *f* in the paper.
  public var downsampling: Int { 1 << max(0, blockOutChannels.count - 1) }

  /// What makes these sizes impossible, one sentence each.
  public var problems: [String] {
    let divided = Set(blockOutChannels).sorted().filter { $0 % normGroups != 0 }
    return (blockOutChannels.isEmpty ? ["The autoencoder needs at least one level."] : [])
      + divided.map { "\($0) autoencoder channels do not divide into \(normGroups) norm groups." }
  }
}

extension AutoencoderConfiguration {
  private static let downBlock = "DownEncoderBlock2D"
  private static let upBlock = "UpDecoderBlock2D"

  /// Options of diffusers that change the mathematics, with the one value built here.
  private static let fixedOptions: [(key: String, value: JSONValue)] = [
    ("act_fn", .string("silu")),
    ("latents_mean", .null),
    ("latents_std", .null),
    ("mid_block_add_attention", .bool(true)),
    ("shift_factor", .null),
    ("use_post_quant_conv", .bool(true)),
    ("use_quant_conv", .bool(true)),
  ]

  /// Reads `vae/config.json`; keys that are absent have diffusers' defaults.
  ///
  /// - Throws: every wrong type and every option that changes the mathematics and is not built
  ///   here, by name.
  public init(_ members: [String: JSONValue], file: String) throws(ModelConfigurationError) {
    var reader = ConfigurationReader(members, file: file)
    reader.fixed("_class_name", .string("AutoencoderKL"))
    for option in Self.fixedOptions { reader.fixed(option.key, option.value) }
    inChannels = reader.integer("in_channels", default: 3)
    outChannels = reader.integer("out_channels", default: 3)
    blockOutChannels = reader.integers("block_out_channels", default: [64])
    layersPerBlock = reader.integer(
      "layers_per_block", default: 1, limit: ConfigurationReader.mostLayers)
    latentChannels = reader.integer("latent_channels", default: 4)
    normGroups = reader.integer("norm_num_groups", default: 32)
    scalingFactor = reader.number("scaling_factor", default: 0.18215)
    sampleSize = reader.integer("sample_size", default: 32)
    let levels = blockOutChannels.count
    for (key, block) in [("down_block_types", Self.downBlock), ("up_block_types", Self.upBlock)] {
      let names = reader.names(key, known: [block], default: [block])
      if names.count != levels { reader.fail("`\(key)` should have \(levels) entries.") }
    }
    if reader.problems.isEmpty { problems.forEach { reader.fail($0) } }
    try reader.finish()
  }

  /// What `vae/config.json` holds.
  public var json: [String: JSONValue] {
    var members = Dictionary(uniqueKeysWithValues: Self.fixedOptions.map { ($0.key, $0.value) })
    let sizes: [String: JSONValue] = [
      "_class_name": .string("AutoencoderKL"),
      "_diffusers_version": .string(diffusersVersion),
      "block_out_channels": .array(blockOutChannels.map { .integer($0) }),
      "down_block_types": .array(blockOutChannels.map { _ in .string(Self.downBlock) }),
      "force_upcast": .bool(true),
      "in_channels": .integer(inChannels),
      "latent_channels": .integer(latentChannels),
      "layers_per_block": .integer(layersPerBlock),
      "norm_num_groups": .integer(normGroups),
      "out_channels": .integer(outChannels),
      "sample_size": .integer(sampleSize),
      "scaling_factor": .number(scalingFactor),
      "up_block_types": .array(blockOutChannels.map { _ in .string(Self.upBlock) }),
    ]
    members.merge(sizes) { _, size in size }
    return members
  }
}
