import Autograd

/// One level on the way down; all but the last level end by halving the picture.
///
/// - Source: `CrossAttnDownBlock2D` and `DownBlock2D` of diffusers.
struct DownBlock: Sendable {
  let path: String
  let layers: [UNetLayer]
  let downsample: Downsample?

  /// - Parameters:
  ///   - skips: channels of what is kept for the way up; this block's results are appended.
  init(
    _ scope: ParameterScope, level: Int, _ configuration: UNetConfiguration, skips: inout [Int]
  ) {
    path = scope.prefix
    let output = configuration.blockOutChannels[level]
    let attends = configuration.attentionLevels[level]
    var layers: [UNetLayer] = []
    for index in 0..<configuration.layersPerBlock {
      let input = skips[skips.count - 1]
      layers.append(
        UNetLayer(scope, index, level: level, input, output, attends: attends, configuration))
      skips.append(output)
    }
    self.layers = layers
    let isLast = level == configuration.blockOutChannels.count - 1
    downsample = isLast ? nil : Downsample(scope / "downsamplers" / 0, output)
    if !isLast { skips.append(output) }
  }

  /// Appends to `skips` what the way up will need; the last of it is the block's result.
  func callAsFunction(
    _ x: Variable, _ signals: UNetSignals, skips: inout [Variable]
  ) -> Variable {
    var h = x
    for layer in layers {
      h = layer(h, signals)
      skips.append(h)
    }
    guard let downsample else { return h.traced(as: path) }
    h = downsample(h)
    skips.append(h)
    return h.traced(as: path)
  }
}

/// The coarsest point: ResNet block, transformer, ResNet block.
///
/// - Source: `UNetMidBlock2DCrossAttn` of diffusers.
struct MiddleBlock: Sendable {
  let path: String
  let first: UNetLayer
  let second: UNetLayer

  init(_ scope: ParameterScope, _ channels: Int, _ configuration: UNetConfiguration) {
    path = scope.prefix
    let lowest = configuration.blockOutChannels.count - 1
    first = UNetLayer(scope, 0, level: lowest, channels, channels, attends: true, configuration)
    second = UNetLayer(scope, 1, level: lowest, channels, channels, attends: false, configuration)
  }

  func callAsFunction(_ x: Variable, _ signals: UNetSignals) -> Variable {
    second(first(x, signals), signals).traced(as: path)
  }
}

/// One level on the way up, each rung beside its counterpart's result from the way down; all but
/// the finest level end by doubling the picture.
///
/// - Source: `CrossAttnUpBlock2D` and `UpBlock2D` of diffusers.
struct UpBlock: Sendable {
  let path: String
  let layers: [UNetLayer]
  let upsample: Upsample?

  /// - Parameters:
  ///   - input: channels that come from below.
  ///   - skips: channels kept on the way down; this block takes its own from the end.
  init(
    _ scope: ParameterScope, level: Int, input: Int, _ configuration: UNetConfiguration,
    skips: inout [Int]
  ) {
    let output = configuration.blockOutChannels[level]
    let attends = configuration.attentionLevels[level]
    path = scope.prefix
    var channels = input
    var layers: [UNetLayer] = []
    for index in 0...configuration.layersPerBlock {
      channels += skips.removeLast()
      layers.append(
        UNetLayer(scope, index, level: level, channels, output, attends: attends, configuration))
      channels = output
    }
    self.layers = layers
    upsample = level == 0 ? nil : Upsample(scope / "upsamplers" / 0, output)
  }

  func callAsFunction(
    _ x: Variable, _ signals: UNetSignals, skips: inout [Variable]
  ) -> Variable {
    var h = x
    for layer in layers {
      let skip = skips.removeLast().tiled(to: h.shape[0])
      h = layer(.concatenated([h, skip], axis: 3), signals)
    }
    return (upsample.map { $0(h) } ?? h).traced(as: path)
  }
}
