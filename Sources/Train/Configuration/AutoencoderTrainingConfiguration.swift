/// The autoencoder objective and how an autoencoder starts.
public struct AutoencoderTrainingConfiguration: Equatable, Sendable {
  public enum Reconstruction: String, CaseIterable, Sendable {
    case absolute = "l1"
    case squared = "l2"
  }

  /// What learns.
  public enum Part: String, CaseIterable, Sendable {
    case all
    /// The way from latents to pictures alone: latents stay those that other networks know.
    case decoder
  }

  public var trainedPart = Part.all
  /// Pixel error, averaged over the picture's values.
  public var reconstruction = Reconstruction.absolute
  /// Weight of the KL divergence from a standard normal, which is summed over the latent and
  /// divided by the number of values of the picture.
  public var klWeight = 1e-6
  /// Weight of how differently an image encoder sees picture and reconstruction.
  public var perceptualWeight = 0.0
  public var adversary = AdversaryConfiguration()
  /// Standard deviation of convolutions outside residual branches, in units of PyTorch's default;
  /// √3 keeps the variance of a signal.
  public var convolutionGain = 1.732
  /// Whether each residual branch's last convolution starts at zero.
  public var zeroesResiduals = true
  /// Initial bias of the posterior's log-variance.
  public var logVarianceBias = -6.0

  public init() {}

  static var keys: KeyTable<Self> {
    KeyTable(
      "model.params.first_stage_config.params",
      [
        Key(
          "trained", \.trainedPart, .choice,
          """
          `decoder` leaves latents as they are, so that models that know them need no training: what \
          becomes of it replaces their decoder (`pbe-convert --decoder-of`). Starts from averaged weights.
          """),
        Key(
          "initialization.conv_gain", \.convolutionGain, .number(.above(0)),
          """
          Standard deviation of random convolutions outside residual branches, in units of \
          PyTorch's default; √3 keeps a signal's variance.
          """),
        Key(
          "initialization.zero_residual", \.zeroesResiduals, .bool,
          "Whether each residual branch's last convolution starts at zero."),
        Key(
          "initialization.log_variance_bias", \.logVarianceBias, .number(.between(-30, 20)),
          "Initial bias of the posterior's log-variance."),
        .target(
          "lossconfig.target", oneOf: "pbe.AutoencoderLoss", "torch.nn.Identity",
          doc: """
            The loss below, whichever is named: the official file names none, since it trains no \
            autoencoder.
            """),
        Key(
          "lossconfig.params.reconstruction", \.reconstruction, .choice,
          """
          Absolute or squared error of pixels in [−1, 1], averaged over the picture's values.
          """),
        Key(
          "lossconfig.params.kl_weight", \.klWeight, .number(.atLeast(0)),
          """
          Weight of the KL divergence, summed over the latent and divided by the number of the \
          picture's values.
          """),
        Key(
          "lossconfig.params.perceptual_weight", \.perceptualWeight, .number(.atLeast(0)),
          """
          Weight of how differently an image encoder (`initialize.image_encoder`) sees picture and \
          reconstruction: squared differences of its normalised tokens after every layer. 0 needs none.
          """),
        Key(
          "lossconfig.params.disc_weight", \.adversary.weight, .number(.atLeast(0)),
          """
          Weight of being taken for real by a patch discriminator that learns beside the autoencoder, \
          in units of the other errors' gradient at the decoder's last layer. 0 needs no discriminator.
          """),
        Key(
          "lossconfig.params.disc_start", \.adversary.start, .integer(.between(0, 1e9)),
          "Step from which the discriminator learns and counts."),
        Key(
          "lossconfig.params.disc_num_layers", \.adversary.layers, .integer(.between(1, 6)),
          "Its convolutions of stride 2: each doubles the patches that it judges."),
        Key(
          "lossconfig.params.disc_channels", \.adversary.channels, .integer(.between(1, 1024)),
          "Channels of the first of them."),
        .fixed("lossconfig.params.disc_factor", "1"),
        .fixed("lossconfig.params.disc_loss", "hinge"),
        .fixed("lossconfig.params.disc_conditional", "false"),
        .fixed("lossconfig.params.use_actnorm", "false"),
      ])
  }
}

/// What makes reconstructions sharp: a patch discriminator that they are to deceive.
public struct AdversaryConfiguration: Equatable, Sendable {
  /// Of the adversarial gradient at the decoder's last layer, in units of the reconstruction's; 0: none.
  public var weight = 0.0
  /// Step from which it counts.
  public var start = 50_001
  /// Convolutions of stride 2.
  public var layers = 3
  /// Channels of the first of them.
  public var channels = 64

  public init() {}
}
