import Foundation
import Support

/// The sizes of a harmoniser. Defaults: DCCF's published model with the iSSAM backbone.
///
/// - Source: Xue et al., arXiv:2207.04788; `dccf_improved_ssam256_HR_clamp` in its mconfigs/base.py.
public struct HarmoniserConfiguration: Equatable, Sendable {
  public enum Backbone: String, CaseIterable, Sendable {
    /// A U-Net of double 3×3 convolutions with separate attention for object and background.
    case issam
    /// Strided 4×4 convolutions to a few pixels and transposed ones back.
    case idih
  }

  public var backbone = Backbone.issam
  /// Blocks of the encoder.
  public var depth = 4
  /// Channels of its first block.
  public var channels = 32
  /// What doubling the channels stops at.
  public var maximumChannels = 512
  /// The first encoder block with batch norm, −1 for none; the decoder has it everywhere.
  public var normFrom = 2
  /// iSSAM: the first decoder block with attention, −1 for none.
  public var attendFrom = 2
  /// iSSAM: inner channels of the attention's convolutions, in units of its input's.
  public var attentionWidth = 0.5
  /// Line segments of the luminance curve.
  public var curvePoints = 8
  /// Height and width of the picture that the network sees.
  public var sampleSize = 256

  package static let mostCurvePoints = 256

  public init() {}

  /// The published sizes of a backbone.
  public init(_ backbone: Backbone) {
    self.backbone = backbone
    if backbone == .idih { (depth, channels) = (7, 64) }
  }

  /// Sides have to be multiples of this: each block but iSSAM's last halves them. iDIH's last one leaves
  /// out its padding, so that it needs four pixels.
  public var sizeUnit: Int { backbone == .issam ? 1 << max(depth - 1, 0) : 1 << max(depth, 0) }

  /// Channels of the encoder's blocks.
  var blockChannels: [Int] {
    (0..<depth).map { block in
      let doublings = backbone == .issam ? block : block / 2
      return min(channels << min(doublings, 24), max(maximumChannels, channels))
    }
  }

  var widest: Int { blockChannels.max() ?? channels }

  func hasNorm(_ block: Int) -> Bool { 0...block ~= normFrom }
  func hasAttention(_ block: Int) -> Bool { 0...block ~= attendFrom }

  /// Channels of the features that filters are made of.
  var features: Int { backbone == .issam ? channels : channels / 2 }

  /// What makes these sizes impossible, one sentence each.
  public var problems: [String] {
    let smallest = backbone == .issam ? sizeUnit : 2 * sizeUnit
    let fewest = backbone == .issam ? 2 : 3
    return [
      depth < fewest || depth > 12 ? "The harmoniser needs \(fewest) to 12 blocks." : nil,
      channels < 2 ? "The harmoniser needs at least 2 channels." : nil,
      sampleSize % sizeUnit != 0 || sampleSize < smallest
        ? "A harmoniser of \(depth) blocks needs pictures whose sides are multiples of \(sizeUnit), "
          + "at least \(smallest), not \(sampleSize)." : nil,
    ].compactMap { $0 }
  }
}

extension HarmoniserConfiguration {
  /// Reads `harmoniser/config.json`.
  ///
  /// - Throws: every wrong type and every impossible size.
  public init(contentsOf file: URL) throws(ModelConfigurationError) {
    var reader = ConfigurationReader(
      try ConfigurationReader.members(of: file), file: file.relativePath)
    reader.fixed("_class_name", .string(Self.className))
    self.init(reader.choice("backbone", default: .issam))
    depth = reader.integer("depth", default: depth, limit: 12)
    channels = reader.integer("channels", default: channels)
    maximumChannels = reader.integer("max_channels", default: maximumChannels)
    normFrom = reader.integer("batchnorm_from", default: normFrom, from: -1)
    attendFrom = reader.integer("attend_from", default: attendFrom, from: -1)
    attentionWidth = reader.number("attention_mid_k", default: attentionWidth, below: 64)
    curvePoints = reader.integer("npts", default: curvePoints, limit: Self.mostCurvePoints)
    sampleSize = reader.integer("sample_size", default: sampleSize)
    if reader.problems.isEmpty { problems.forEach { reader.fail($0) } }
    try reader.finish()
  }

  private static let className = "DCCF"

  /// What `harmoniser/config.json` holds; the keys are DCCF's own where it has them.
  public var json: [String: JSONValue] {
    [
      "_class_name": .string(Self.className),
      "backbone": .string(backbone.rawValue),
      "depth": .integer(depth),
      "channels": .integer(channels),
      "max_channels": .integer(maximumChannels),
      "batchnorm_from": .integer(normFrom),
      "attend_from": .integer(attendFrom),
      "attention_mid_k": .number(attentionWidth),
      "npts": .integer(curvePoints),
      "sample_size": .integer(sampleSize),
    ]
  }
}
