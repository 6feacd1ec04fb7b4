import Models

extension AdapterSettings {
  /// - Returns: nil where the configuration asks for none.
  static func read(_ decoder: ConfigurationDecoder) -> AdapterSettings? {
    var keys = AdapterKeys()
    decoder.read(AdapterKeys.keys, into: &keys)
    guard let rank = keys.rank else {
      if let group = decoder.group(AdapterKeys.path) {
        decoder.fail(
          "`\(AdapterKeys.path)` needs `rank`, a whole number such as 16", at: group.position)
      }
      return nil
    }
    if keys.settings.targets.isEmpty {
      decoder.fail("\(AdapterKeys.path).targets", "is empty: nothing would be trained")
    }
    var settings = keys.settings
    settings.rank = rank
    return settings
  }
}

private struct AdapterKeys {
  static let path = "model.params.lora"

  var rank: Int?
  var settings = AdapterSettings(rank: 1)

  static var keys: KeyTable<Self> {
    KeyTable(
      path,
      [
        Key(
          "rank", \.rank, .integer(.between(1, 4096)),
          """
          Train low-rank adapters (LoRA) of this rank and leave all weights as they are: small files \
          (`lora/pytorch_lora_weights.safetensors` in each checkpoint), little memory.
          """),
        Key(
          "targets", \.settings.targets, .texts("ends of module names"),
          """
          The linear maps and convolutions that get one, in the UNet and in the conditioner. Queries \
          and keys of attention to a single token are left out: they change nothing.
          """),
        Key(
          "scale", \.settings.scale, .number(.above(0)),
          """
          Multiplies the change, as alpha / rank does elsewhere. It is made part of the written factor \
          B, so that alpha is the rank for whoever reads the file.
          """),
      ])
  }
}
