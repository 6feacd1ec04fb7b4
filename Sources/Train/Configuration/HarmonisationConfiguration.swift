import Datasets
import Models

/// How a harmoniser is trained.
public struct HarmonisationConfiguration: Equatable, Sendable {
  /// Weight of each of the first three filters' own error.
  public var filterWeight = 10.0
  /// Weight of the error of the picture that those three have made.
  public var filteredWeight = 0.3
  /// Weight of how much each filter's settings differ between neighbouring pixels.
  public var smoothnessWeight = 0.1
  /// What is done to an object's colours.
  public var recolouring = Recolouring()

  public init() {}

  static var keys: KeyTable<Self> {
    KeyTable(
      "model.params.harmoniser_config",
      [
        Key(
          "loss.filters", \.filterWeight, .number(.between(0, 1e6)),
          """
          Weight of the luminance, saturation and hue filter's own errors beside the picture's, as in \
          DCCF's training at low resolution.
          """),
        Key(
          "loss.filtered", \.filteredWeight, .number(.between(0, 1e6)),
          "Weight of the picture's error before its refinement."),
        Key(
          "loss.smoothness", \.smoothnessWeight, .number(.between(0, 1e6)),
          "Weight of the differences between neighbouring pixels' filters."),
        Key(
          "recolouring.brightness", \.recolouring.brightness, .number(.in(Recolouring.limits)),
          "Added to an object's colours at most, either way; 1 is from black to white."),
        Key(
          "recolouring.contrast", \.recolouring.contrast, .number(.in(Recolouring.limits)),
          "Change of the distance to middle grey at most, as a share of it."),
        Key(
          "recolouring.saturation", \.recolouring.saturation, .number(.in(Recolouring.limits)),
          "Change of the distance to a pixel's own grey at most, as a share of it."),
        Key(
          "recolouring.hue", \.recolouring.hue, .number(.in(Recolouring.limits)),
          "Turn of the hue at most, in half turns."),
        Key(
          "recolouring.white_balance", \.recolouring.whiteBalance, .number(.in(Recolouring.limits)),
          "Change of each channel's gain at most, as a share of it."),
      ])
  }
}

extension HarmoniserConfiguration {
  private static let path = "model.params.harmoniser_config"

  init(_ decoder: ConfigurationDecoder) {
    self.init()
    decoder.read(Self.backboneKeys, into: &self)
    self.init(backbone)
    decoder.read(Self.sizeKeys, into: &self)
    let published = sampleSize
    sampleSize = 2 * sizeUnit  // the picture's own size is checked with the data
    for problem in problems { decoder.fail(problem, at: decoder.group(Self.path)?.position) }
    sampleSize = published
  }

  private static var backboneKeys: KeyTable<Self> {
    KeyTable(
      path,
      [
        Key(
          "target", \.backbone,
          .className([("pbe.ImprovedSSAM", .issam), ("pbe.ImprovedDIH", .idih)]),
          "Harmonisation only: the network that sees the composite, one of DCCF's.")
      ])
  }

  private static var sizeKeys: KeyTable<Self> {
    KeyTable(
      path,
      [
        Key(
          "params.depth", \.depth, .integer(.between(2, 12)),
          default: .derived("4 (`pbe.ImprovedDIH`: 7)") { $0.depth },
          "Blocks of its encoder, each of which halves the picture."),
        Key(
          "params.ch", \.channels, .integer(.between(2, 4096)),
          default: .derived("32 (`pbe.ImprovedDIH`: 64)") { $0.channels },
          "Channels of its first block."),
        Key(
          "params.npts", \.curvePoints, .integer(.in(1...mostCurvePoints)),
          "Line segments of the luminance curve."),
      ])
  }
}
