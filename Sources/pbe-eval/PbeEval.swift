import ArgumentParser
import Console
import Foundation
import Inference
import Tensors

/// `pbe-eval`: scores results on a bench, after making them with a model if asked to.
@main
struct PbeEval: Program {
  static let configuration = CommandConfiguration(
    commandName: "pbe-eval",
    abstract: "Scores edited pictures on a bench in COCOEE's layout.",
    discussion: """
      With --model the pictures are made first, into OUTPUT/results; an interrupted run goes on \
      where it stopped. With --results pictures made elsewhere are scored. Both write metrics.json, \
      cases.jsonl, contact-sheet.png and report.html into OUTPUT.

      Examples:
        pbe-eval --model runs/demo/diffusion --bench runs/demo/scenes/bench \\
          --output runs/demo/evaluation --sampler ddim --steps 25 --scale 3
        pbe-eval --results my-pictures --bench COCOEE --output runs/evaluation
      """,
    version: Version.current)

  @OptionGroup(title: "Input and output") var folders: FolderOptions
  @OptionGroup(title: "Sampling (with --model)") var sampling: SamplingOptions
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
      bench: URL(filePath: folders.bench), output: output, limit: folders.limit)
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
