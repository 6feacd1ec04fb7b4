import Models

extension TinyDecoderConfiguration {
  private static let path = "model.params.tiny_decoder_config.params"

  /// - Parameter latentChannels: of the autoencoder.
  init(_ decoder: ConfigurationDecoder, latentChannels: Int) {
    self.init()
    decoder.read(Self.keys, into: &self)
    self.latentChannels = latentChannels
    if blocks.isEmpty || blocks.count > 8 {
      decoder.fail("\(Self.path).blocks", "has \(blocks.count) levels, expected 1 to 8")
      blocks = Self().blocks
    }
  }

  private static var keys: KeyTable<Self> {
    KeyTable(
      path,
      [
        Key(
          "ch", \.channels, .integer(.between(1, 16_384)),
          "Tiny decoder only: channels of every level."),
        Key(
          "blocks", \.blocks, .integers(.between(1, 64)),
          """
          Residual blocks of each level, the coarsest first; n levels make pictures 2ⁿ⁻¹ times larger than \
          latents, as the autoencoder's must be.
          """),
      ])
  }
}
