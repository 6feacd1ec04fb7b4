/// The text side of a CLIP in training. The vision side has the image encoder's sizes.
public struct CLIPTrainingConfiguration: Equatable, Sendable {
  /// Folder of the tokenizer; nil when the configuration doesn't say.
  public var tokenizer: String?
  /// Width of the text tower.
  public var hiddenSize = 512
  public var layers = 12
  public var heads = 8
  /// Numbers of the features in which pictures and texts are compared.
  public var dimension = 512

  public init() {}

  private static let path = "model.params.text_stage_config.params"

  static func read(_ decoder: ConfigurationDecoder) -> Self {
    var result = Self()
    decoder.read(keys, into: &result)
    if result.hiddenSize % result.heads != 0 {
      decoder.fail(
        "\(path).heads",
        "is \(result.heads), which does not divide `hidden_size` "
          + "(\(result.hiddenSize))")
    }
    return result
  }

  private static var keys: KeyTable<Self> {
    KeyTable(
      path,
      [
        Key(
          "tokenizer", \.tokenizer, .text("folder", written: { $0 }) { $0 },
          """
          Folder with the tokenizer's vocab.json and merges.txt; `pbe-data vocabulary` makes a small \
          one. Its length is that of the texts.
          """),
        Key(
          "hidden_size", \.hiddenSize, .integer(.between(1, 16_384)), "Width of the text tower."),
        Key("layers", \.layers, .integer(.between(1, 256)), "Its transformer layers."),
        Key("heads", \.heads, .integer(.between(1, 1024)), "Heads of each attention."),
        Key(
          "embed_dim", \.dimension, .integer(.between(1, 65_536)),
          "Numbers of the features in which pictures and texts are compared."),
      ])
  }
}
