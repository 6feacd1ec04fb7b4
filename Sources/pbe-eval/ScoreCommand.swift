import ArgumentParser
import Console
import Foundation
import Inference
import Tensors

/// `pbe-eval --results` or `--model`: scores results, after making them with a model if asked to.
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Score results on a bench, after making them if asked to (the default).",
    discussion: """
      Without --metrics every metric is computed that the files given suffice for; a line says what \
      the others need.

      Example:
        pbe-eval --results my-pictures --bench COCOEE --output runs/evaluation --clip ViT-B-32 \\
          --reference-statistics coco.safetensors --metrics clip_fid,clip_score
      """)

  @OptionGroup(title: "Input and output") var folders: FolderOptions
  @OptionGroup(title: "Sampling (with --model)") var sampling: SamplingOptions
  @OptionGroup(title: "Metrics") var metrics: MetricOptions
  @OptionGroup(title: "Assertions") var assertions: AssertionOptions
  @OptionGroup var threads: ThreadOptions

  mutating func validate() throws {
    guard folders.model == nil else { return }
    let given = sampling.given
    guard given.isEmpty else {
      throw ValidationError(
        "\(given.joined(separator: ", ")) can only be given with --model: "
          + "the pictures in --results are there already.")
    }
  }

  func run() throws {
    let output = URL(filePath: folders.output)
    threadCount = threads.count
    let evaluator = try Evaluator(
      bench: URL(filePath: folders.bench), output: output, limit: folders.limit,
      features: try metrics.inputs(),
      featureFile: metrics.saveFeatures.map { URL(filePath: $0) })
    let report = try report(of: evaluator)
    try report.write(to: output)
    print(report.summary)
    print("Report: \(output.appending(path: "report.html").relativePath)")
    try assertions.check(report)
  }

  private func report(of evaluator: Evaluator) throws -> EvaluationReport {
    if let results = folders.results {
      return try evaluator.evaluate(results: URL(filePath: results))
    }
    let generator = try sampling.generator(model: folders.model ?? "")
    return try evaluator.evaluate(with: generator, batch: sampling.batch ?? 1)
  }
}
