import Autograd

/// The KL autoencoder between pictures and latents.
///
/// - Source: `AutoencoderKL` of diffusers; Rombach et al., arXiv:2112.10752.
public struct Autoencoder: Sendable {
  public let configuration: AutoencoderConfiguration
  let encoder: PictureEncoder
  let moments: Conv2d
  let latents: Conv2d
  let decoder: PictureDecoder

  public init(
    _ scope: ParameterScope, _ configuration: AutoencoderConfiguration,
    initialization: AutoencoderInitialization
  ) {
    self.configuration = configuration
    let channels = configuration.latentChannels
    let layers = AutoencoderLayers(
      configuration: configuration, initialization: initialization)
    encoder = PictureEncoder(scope / "encoder", layers)
    moments = layers.conv(scope / "quant_conv", 2 * channels, 2 * channels, kernel: 1)
    moments.bias?.update { $0[channels...].update(repeating: initialization.logVarianceBias) }
    latents = layers.conv(scope / "post_quant_conv", channels, channels, kernel: 1)
    decoder = PictureDecoder(scope / "decoder", layers)
  }

  /// - Parameter pictures: in [−1, 1], `[N, H, W, 3]`, H and W divisible by the downsampling.
  /// - Returns: the distribution of unscaled latents, `[N, H/f, W/f, latentChannels]`.
  public func encode(_ pictures: Variable) -> Posterior {
    Posterior(moments: moments(of: pictures))
  }

  /// What ``encode(_:)`` makes a distribution of: mean and log-variance side by side.
  ///
  /// - Shape: `[N, H, W, 3]` → `[N, H/f, W/f, 2 · latentChannels]`.
  public func moments(of pictures: Variable) -> Variable {
    moments(encoder(pictures)).traced(as: moments.path)
  }

  /// - Parameter z: unscaled latents, `[N, h, w, latentChannels]`.
  /// - Returns: pictures, about in [−1, 1], `[N, f·h, f·w, 3]`.
  public func decode(_ z: Variable) -> Variable { picture(of: decoderFeatures(z)) }

  /// ``decode(_:)`` up to its last convolution.
  ///
  /// - Shape: `[N, h, w, latentChannels]` → `[N, f·h, f·w, C]`.
  package func decoderFeatures(_ z: Variable) -> Variable {
    decoder.features(latents(z).traced(as: latents.path))
  }

  /// The last convolution of ``decode(_:)``.
  package func picture(of decoderFeatures: Variable) -> Variable {
    decoder.picture(of: decoderFeatures)
  }

  /// Whether a weight has a part in ``decode(_:)``, by its name.
  package static func isOfDecoder(_ name: String) -> Bool {
    name.hasPrefix("decoder.") || name.hasPrefix("post_quant_conv.")
  }

  /// The weight of the decoder's last convolution.
  package var lastWeight: Parameter { decoder.output.weight }
}
