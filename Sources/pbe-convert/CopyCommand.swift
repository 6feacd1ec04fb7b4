import ArgumentParser
import Console
import Models
import Tensors

/// `pbe-convert --from --to`: writes a model for others to use.
struct CopyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy",
    abstract: "Write a model folder from a run or another model folder (the default).",
    discussion: """
      The result has one set of weights and no training state, in the precision asked for. Half \
      precision halves the files; arithmetic is fp32 all the same.

      Example:
        pbe-convert --from runs/mine --to my-model --precision fp16
      """)

  @Option(help: ArgumentHelp("A run directory or a model folder.", valueName: "SOURCE"))
  var from: String

  @Option(help: ArgumentHelp("The folder to write; new or empty.", valueName: "DIR"))
  var to: String

  @Option(help: "fp32, fp16 or bf16.")
  var precision = Precision.fp32

  @Option(help: "Which of a run's weights: ema (averaged, where there are such) or raw.")
  var weights = Weights.ema

  enum Precision: String, ExpressibleByArgument {
    case fp32, fp16, bf16
  }

  enum Weights: String, ExpressibleByArgument {
    case ema, raw
  }

  func run() throws {
    let type: Safetensors.ElementType =
      switch precision {
      case .fp32: .float32
      case .fp16: .float16
      case .bf16: .bfloat16
      }
    try ModelFolder(at: from).copy(to: to, weights == .ema ? .averaged : .raw, as: type)
    print("Wrote \(to).")
  }
}
