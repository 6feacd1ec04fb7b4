import Tensors

/// Which numbers training multiplies; `lightning.trainer.precision`, in Lightning's words.
public enum TrainingPrecision: Sendable {
  case fp32
  /// Products in brain floats, forward and back; sums, norms, losses, weights and AdamW in fp32.
  case mixed

  /// Whether this CPU computes so.
  public var isSupported: Bool { self == .fp32 || ProductPrecision.bf16.tilePieces != nil }

  /// Lightning's words; the last two are of half precision, which is not computed here.
  private static let words: [(word: String, precision: TrainingPrecision)] = [
    ("32", .fp32), ("32-true", .fp32), ("bf16-mixed", .mixed), ("bf16", .mixed), ("16", .fp32),
    ("16-mixed", .fp32),
  ]

  /// Reads `lightning.trainer`.
  init(_ trainer: ConfigurationSection) {
    let known = Self.words.map { (word: $0.word, value: $0) }
    let choice = trainer.choice("precision", known, default: "32")
    self = choice?.precision ?? .fp32
    if let word = choice?.word, word.hasPrefix("16") {
      trainer.decoder.note(
        "`lightning.trainer.precision: \(word)` is not computed here and runs as 32; "
          + "`bf16-mixed` is",
        at: trainer.position(of: "precision"))
    }
  }
}
