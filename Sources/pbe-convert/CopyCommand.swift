import ArgumentParser
import Commands
import Evaluation
import Inference
import Models
import Tensors

/// `pbe-convert --from --to`: writes a model for others to use, from any form in which it circulates.
struct CopyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy",
    abstract: "Convert a model of any published form, or verify it.",
    discussion: """
      The result holds one set of weights, in the chosen precision, and no training state. Half \
      precision halves the files; arithmetic stays fp32. Every weight is read and checked.

      --gmm converts the quality score's pickled scikit-learn GaussianMixture into a safetensors \
      file for pbe-eval. Nothing in the pickle is run.

      Examples:
        pbe-convert --from Examples/scenes --to my-scenes --precision bf16
        pbe-convert --from runs/mine --to my-model --precision fp16
        pbe-convert --from Examples/scenes --merge-lora runs/tuned --to tuned-scenes
        pbe-convert --from runs/mine --decoder-of runs/sharp --to my-model
        pbe-convert --from runs/mine --sampler dpm++ --to my-model
        pbe-convert --from model.ckpt --to paint-by-example
        pbe-convert --from paint-by-example --verify
        pbe-convert --gmm coco2017_gmm_k20 --to gmm.safetensors
      """)

  @Option(
    help: ArgumentHelp(
      "A run directory, a model folder, or an original checkpoint (.ckpt or .safetensors).",
      valueName: "SOURCE"))
  var from: String?

  @Option(
    name: .customLong("merge-lora"),
    help: ArgumentHelp(
      "Merge the model with these adapters (LoRA); repeatable. (default weight: 1)",
      valueName: "FILE[:WEIGHT]"))
  var lora: [AdapterSource] = []

  @Option(
    help: ArgumentHelp(
      "Take the decoder of this autoencoder, a run or a model folder whose latents are the same.",
      valueName: "SOURCE"))
  var decoderOf: String?

  @Option(
    help: ArgumentHelp(
      "What the model is sampled with where nothing else is said: "
        + Sampler.allCases.map(\.rawValue).joined(separator: ", ") + ". (default: as it was)",
      valueName: "NAME"))
  var sampler: Sampler?

  @Option(help: ArgumentHelp("A pickled scikit-learn GaussianMixture.", valueName: "PICKLE"))
  var gmm: String?

  @Option(
    help: ArgumentHelp(
      "The folder to write, new or empty; a .safetensors file with --gmm, and optionally with "
        + "--format ckpt-names.",
      valueName: "DIR"))
  var to: String?

  @Option(help: "fp32, fp16 or bf16.")
  var precision = Precision.fp32

  @Option(help: "diffusers (a folder), or ckpt-names (one safetensors under the original names).")
  var format = ModelFormat.diffusers

  @Option(help: "Which weights: ema (averaged, if the source has them) or raw.")
  var weights = WeightChoice.averaged

  @Flag(help: "Print what the source holds: tensors, parameters, type and SHA-256 by component.")
  var verify = false

  enum Precision: String, ExpressibleByArgument {
    case fp32, fp16, bf16

    var type: Safetensors.ElementType {
      switch self {
      case .fp32: .float32
      case .fp16: .float16
      case .bf16: .bfloat16
      }
    }
  }

  func validate() throws {
    guard (from == nil) != (gmm == nil) else {
      throw ValidationError(
        from == nil
          ? "Give --from SOURCE (a run, a model folder or a checkpoint) or --gmm PICKLE."
          : "Give either --from or --gmm, not both.")
    }
    if gmm != nil, to == nil {
      throw ValidationError("Give --to FILE, where to write the mixture.")
    }
    guard gmm == nil || lora.isEmpty else {
      throw ValidationError("--merge-lora changes a model: it means nothing to --gmm.")
    }
    guard decoderOf == nil || (gmm == nil && to != nil) else {
      throw ValidationError(
        "--decoder-of changes what is written: give --from SOURCE and --to DIR.")
    }
    guard sampler == nil || (gmm == nil && to != nil) else {
      throw ValidationError("--sampler is written to the model: give --from SOURCE and --to DIR.")
    }
    if to == nil, !verify {
      throw ValidationError("Give --to DIR, where to write the model, or --verify to check it.")
    }
  }

  func run() throws {
    if let gmm, let to { return try convertMixture(gmm, to) }
    let source = try ModelFolder(at: from ?? "", adapters: lora)
    if verify { report(try source.report(weights)) }
    guard let to else { return }
    let skipped = try source.copy(
      to: to, weights, as: precision.type, format: format,
      decoderOf: try decoderOf.map { try ModelFolder(at: $0) }, usual: sampler?.scheduler)
    if !verify { report(skipped) }
    printText("Wrote \(to).")
  }

  private func convertMixture(_ pickle: String, _ target: String) throws {
    let mixture = try GaussianMixture(pickle: pickle)
    try StoredMixture(mixture, encoder: nil).write(to: target)
    printText(
      "Wrote \(target): \(mixture.componentCount) components of \(mixture.dimension) dimensions.")
  }

  private func report(_ report: ModelReport) {
    for part in report.parts {
      let types = part.types.map { Self.name($0) }.joined(separator: " and ")
      printText(
        "\(part.component.rawValue): \(part.tensors) tensors, \(part.parameters) parameters, "
          + "\(types), sha256 \(part.sha256)")
      if !part.reshaped.isEmpty {
        printText(
          "  reshaped between 1×1 convolution and linear layer: \(Self.list(part.reshaped))")
      }
      if !part.zero.isEmpty {
        printText("  warning: zero throughout: \(Self.list(part.zero))")
      }
    }
    self.report(report.skipped)
  }

  private func report(_ skipped: SkippedParts) {
    if !skipped.isEmpty { printText("Skipped: \(skipped).") }
  }

  private static func name(_ type: Safetensors.ElementType) -> String {
    switch type {
    case .float32: "fp32"
    case .float16: "fp16"
    case .bfloat16: "bf16"
    default: type.rawValue
    }
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(20).joined(separator: ", ")
    return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
  }
}

extension ModelFormat: ExpressibleByArgument {}
extension Sampler: ExpressibleByArgument {}
