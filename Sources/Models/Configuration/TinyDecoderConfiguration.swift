import Foundation
import Support
import Tensors

/// The sizes of a tiny decoder. Defaults: TAESD.
///
/// - Source: `AutoencoderTiny` of diffusers.
public struct TinyDecoderConfiguration: Equatable, Sendable {
  public var latentChannels = 4
  public var outChannels = 3
  /// Channels of every level.
  public var channels = 64
  /// Residual blocks of each level, the coarsest first.
  public var blocks = [3, 3, 3, 1]

  public init() {}

  /// Pixels of a picture a side for each position of its latent.
  public var downsampling: Int { 1 << max(0, blocks.count - 1) }

  public var problems: [String] {
    blocks.isEmpty ? ["The tiny decoder needs at least one level."] : []
  }
}

extension TinyDecoderConfiguration {
  private static let fixedOptions: [(key: String, value: JSONValue)] = [
    ("act_fn", .string("relu")),
    ("upsample_fn", .string("nearest")),
    ("upsampling_scaling_factor", .integer(2)),
    ("latent_magnitude", .integer(3)),
    ("scaling_factor", .number(1)),
    ("shift_factor", .number(0)),
  ]

  /// Reads `config.json`; keys that are absent have diffusers' defaults, and what is said of an encoder
  /// is passed over.
  ///
  /// - Throws: every wrong type and every option that changes the mathematics and is not built here.
  public init(_ members: [String: JSONValue], file: String) throws(ModelConfigurationError) {
    var reader = ConfigurationReader(members, file: file)
    reader.fixed("_class_name", .string("AutoencoderTiny"))
    for option in Self.fixedOptions { reader.fixed(option.key, option.value) }
    latentChannels = reader.integer("latent_channels", default: 4)
    outChannels = reader.integer("out_channels", default: 3)
    blocks = reader.integers("num_decoder_blocks", default: blocks)
    channels = reader.uniform(
      "decoder_block_out_channels", levels: blocks.count, default: channels)
    if let most = blocks.max(), most > ConfigurationReader.mostLayers {
      reader.fail("`num_decoder_blocks` holds \(most), at most \(ConfigurationReader.mostLayers).")
    }
    try reader.finish()
  }

  /// What `config.json` holds; diffusers' encoder gets the decoder's sizes.
  public var json: [String: JSONValue] {
    let widths = JSONValue.array(blocks.map { _ in .integer(channels) })
    var members = Dictionary(uniqueKeysWithValues: Self.fixedOptions.map { ($0.key, $0.value) })
    let sizes: [String: JSONValue] = [
      "_class_name": .string("AutoencoderTiny"),
      "_diffusers_version": .string(diffusersVersion),
      "block_out_channels": widths,
      "decoder_block_out_channels": widths,
      "encoder_block_out_channels": widths,
      "force_upcast": .bool(false),
      "in_channels": .integer(outChannels),
      "latent_channels": .integer(latentChannels),
      "latent_shift": .number(0.5),
      "num_decoder_blocks": .array(blocks.map { .integer($0) }),
      "num_encoder_blocks": .array(blocks.reversed().map { .integer($0) }),
      "out_channels": .integer(outChannels),
    ]
    members.merge(sizes) { _, size in size }
    return members
  }
}

extension TinyDecoderConfiguration {
  /// The sizes that a file tells by names and shapes; nil for what is no tiny decoder.
  init?(_ layouts: [String: TensorLayout]) {
    func shape(_ layer: Int, _ part: String) -> [Int]? {
      layouts["decoder.layers.\(layer).\(part)"]?.shape
    }
    guard let first = shape(0, "weight"), first.count == 4 else { return nil }
    (channels, latentChannels) = (first[0], first[1])
    blocks = []
    var layer = 2  // after the first convolution and its ReLU
    while blocks.count < 16 {
      let count = (0..<ConfigurationReader.mostLayers).prefix {
        shape(layer + $0, "conv.0.weight") != nil
      }.count
      guard count > 0 else { return nil }
      blocks.append(count)
      layer += count
      if let last = shape(layer, "weight"), last.count == 4 {
        outChannels = last[0]
        return
      }
      layer += 2  // past the upsampling and the convolution after it
    }
    return nil
  }
}
