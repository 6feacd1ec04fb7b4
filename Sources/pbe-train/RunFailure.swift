import Training

/// A run's failure in this program's words: what the user can type next.
struct RunFailure: Error, CustomStringConvertible {
  let description: String

  init(_ error: RunError) {
    description =
      switch error {
      case .occupied(let path):
        "\(error); continue it with --resume \(path), or choose another --output"
      case .nothingToResume:
        "\(error); start one with --config and --output"
      case .diverged(let divergence):
        Self.advice(divergence).map { "\(divergence.summary)\n\($0)" } ?? "\(error)"
      default:
        "\(error)"
      }
  }

  /// nil where no flag helps.
  private static func advice(_ divergence: Divergence) -> String? {
    let resume = "pbe-train --resume \(divergence.run)"
    switch divergence.cause {
    case .start:
      return nil
    case .weights:
      return "The steps before it have spoilt the weights. Try a lower learning rate, a longer "
        + "warm-up or clipping, as in\n  \(resume) model.base_learning_rate=1e-5 "
        + "lightning.trainer.gradient_clip_val=1"
    case .batch:
      return "Other pictures give finite numbers. Pass these by with another seed, as in\n"
        + "  \(resume) seed=\(divergence.step)\n"
        + "and if it comes again, try a lower model.base_learning_rate."
    }
  }
}
