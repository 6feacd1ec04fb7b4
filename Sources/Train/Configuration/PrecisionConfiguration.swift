import Tensors

/// Which numbers training multiplies.
public enum TrainingPrecision: Sendable {
  case fp32
  /// Products in brain floats, forward and back; sums, norms, losses, weights and AdamW in fp32.
  case mixed

  /// Whether this CPU computes so.
  public var isSupported: Bool { self == .fp32 || ProductPrecision.bf16.isSupported }

  /// Lightning's words; the last two are of half precision, which is not computed here.
  private static let words: KeyValuePairs<String, TrainingPrecision> = [
    "32": .fp32, "32-true": .fp32, "bf16-mixed": .mixed, "bf16": .mixed, "16": .fp32,
    "16-mixed": .fp32,
  ]

  init(_ decoder: ConfigurationDecoder) {
    var choice = Choice()
    decoder.read(Choice.keys, into: &choice)
    self = Self.words.first { $0.key == choice.word }?.value ?? .fp32
    if choice.word.hasPrefix("16") {
      decoder.note(
        "`lightning.trainer.precision: \(choice.word)` is not computed here and runs as 32; "
          + "`bf16-mixed` is",
        at: decoder.position(of: "lightning.trainer.precision"))
    }
  }

  private struct Choice {
    var word = "32"

    static var keys: KeyTable<Self> {
      KeyTable(
        "lightning.trainer",
        [
          Key(
            "precision", \.word, .word(oneOf: words.map(\.key)),
            """
            `bf16-mixed` (`bf16` is Lightning's older word) multiplies brain floats, forward and \
            back; sums, norms, losses, weights and AdamW stay fp32, and so do validation and \
            networks that are frozen. It needs AMX or AVX-512's brain floats (`avx512_bf16`) and runs as \
            32 elsewhere. `16` and `16-mixed` run as 32.
            """)
        ])
    }
  }
}
