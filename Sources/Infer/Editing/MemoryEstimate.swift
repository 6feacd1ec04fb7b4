import Autograd
import Models
import Pictures

/// The memory that an edit needs at its peak, before any of it is used: a little more than measured.
public struct MemoryEstimate: Sendable, Equatable, CustomStringConvertible {
  /// Of the network that is at work when most is needed; bytes.
  public let weights: Int
  /// What that network computes at once, buffers kept for reuse included; bytes.
  public let activations: Int
  /// The pictures themselves and the program; bytes.
  public private(set) var rest: Int

  public var total: Int { weights + activations + rest }

  public var description: String {
    "about \(Self.text(total)) of memory (weights \(Self.text(weights)), "
      + "activations \(Self.text(activations)), pictures and the rest \(Self.text(rest)))"
  }

  static func text(_ bytes: Int) -> String {
    bytes < 1_000_000_000
      ? "\((bytes + 999_999) / 1_000_000) MB"
      : "\(bytes / 1_000_000_000).\(bytes % 1_000_000_000 / 100_000_000) GB"
  }

  /// - Parameters:
  ///   - size: at which the network works.
  ///   - picture: the source.
  ///   - region: the part of it that is repainted.
  ///   - keepsFile: whether the source's own samples are kept beside what the networks see.
  ///   - isGuided: whether two conditions are evaluated at once.
  ///   - keptWeights: of networks that all stay in memory: those that are not there yet come beside
  ///     the largest activations. Nil where each network's weights leave when its part is done.
  init(
    _ model: PaintByExampleModel, size: PictureSize, picture: PictureSize, region: PictureSize,
    keepsFile: Bool = false, isGuided: Bool, keptWeights: [ParameterStore]? = nil
  ) {
    let autoencoder = model.autoencoder.network.configuration
    let latents = (size.width / model.downsampling) * (size.height / model.downsampling)
    let stages = [
      Stage(model.conditioner.parameters, model.conditioner.workingFloats),
      Stage(
        model.autoencoder.parameters,
        max(
          autoencoder.encodingWork(size.pixels),
          model.decodesTiny ? 0 : autoencoder.decodingWork(size.pixels))),
      Stage(decodingOf: model, size.pixels),
      Stage(
        model.unet.parameters,
        model.unet.network.configuration.work(latents, pictures: isGuided ? 2 : 1)),
      // Depths, weights and the differences of colours, while no network is at work.
      Stage(pasting: region),
    ]
    if let keptWeights {
      weights = keptWeights.reduce(0) { $0 + 4 * $1.unloadedCount }
      activations = stages.map(\.activations).max() ?? 0
    } else {
      let peak = stages.max { $0.total < $1.total } ?? stages[0]
      weights = peak.weights
      activations = peak.activations
    }
    // Source, result and mask, decoding and encoding; the region at two sizes and as floats.
    let bytes = keepsFile ? 32 : 16
    rest = Self.program + bytes * picture.pixels + 24 * region.pixels + 48 * size.pixels
  }

  /// The same with pictures of what is to be painted, which are decoded whole and kept.
  func adding(references: [PictureSize]) -> MemoryEstimate {
    var sum = self
    sum.rest += references.map(Self.bytes(ofReference:)).reduce(0, +)
    return sum
  }

  static func bytes(ofReference picture: PictureSize) -> Int { 12 * picture.pixels }

  /// Code, libraries and OpenBLAS's buffers: measured with a model of nearly nothing.
  private static let program = 100_000_000

  private struct Stage {
    let weights: Int
    let activations: Int
    var total: Int { weights + activations }

    /// Of the tiny decoder, where it decodes.
    init(decodingOf model: PaintByExampleModel, _ pixels: Int) {
      let tiny = model.decodesTiny ? model.tinyDecoder : nil
      let channels = tiny?.network.configuration.channels ?? 0
      self.init(tiny?.parameters, 4 * pixels * channels + repacked(channels, channels))
    }

    init(pasting region: PictureSize) { (weights, activations) = (0, 64 * region.pixels) }

    /// - Parameter floats: largest work at any moment. Of each 4 bytes 5 were measured, since freed
    ///   memory is kept for reuse, which makes 6 with something to spare.
    init(_ parameters: ParameterStore?, _ floats: Int) {
      weights = 4 * (parameters?.parameters ?? []).reduce(0) { $0 + $1.count }
      activations = 6 * floats
    }
  }
}

extension ParameterStore {
  /// Weights that would be read from their file if they were used now.
  fileprivate var unloadedCount: Int {
    parameters.reduce(0) { $0 + ($1.isLoaded ? 0 : $1.count) }
  }
}

extension PictureSize {
  var pixels: Int { width * height }
}

/// A convolution's weights in another order, or transformed as Winograd's, by far the larger.
private func repacked(_ input: Int, _ output: Int) -> Int { 36 * input * output }

// What each network holds at once at its most demanding place, in floats. The factors count the
// tensors that are alive there: inputs, normalised inputs, results and shortcuts.

extension UNetConfiguration {
  /// - Parameter positions: of the latents.
  fileprivate func work(_ positions: Int, pictures: Int) -> Int {
    let levels = blockOutChannels.enumerated().map { level, channels in
      (
        positions: max(positions >> (2 * level), 1), channels: channels,
        below: blockOutChannels[min(level + 1, blockOutChannels.count - 1)]
      )
    }
    let skips = levels.reduce(0) { $0 + $1.positions * $1.channels * (layersPerBlock + 1) }
    let largest = levels.map { level in
      let joined = level.channels + level.below
      let residual = 2 * joined + 3 * level.channels
      let feedForward = 15 * level.channels
      return pictures * level.positions * max(residual, feedForward)
        + repacked(joined, level.channels)
    }
    return pictures * skips + (largest.max() ?? 0)
  }
}

extension AutoencoderConfiguration {
  fileprivate func encodingWork(_ pixels: Int) -> Int {
    let levels = blockOutChannels.enumerated().map { level, channels in
      4 * (pixels >> (2 * level)) * channels + repacked(channels, channels)
    }
    return levels.max() ?? 0
  }

  fileprivate func decodingWork(_ pixels: Int) -> Int {
    let levels = blockOutChannels.enumerated().map { level, channels in
      let below = blockOutChannels[min(level + 1, blockOutChannels.count - 1)]
      return (pixels >> (2 * level)) * (2 * below + 3 * channels) + repacked(below, channels)
    }
    return levels.max() ?? 0
  }
}
