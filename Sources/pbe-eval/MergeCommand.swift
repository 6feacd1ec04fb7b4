import ArgumentParser
import Commands
import Evaluation
import Foundation
import Support

/// `pbe-eval merge`: makes the outputs of a run's shards into that of one run.
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Join the shards of a run, as if it had been one.",
    discussion: """
      Takes pictures, scores and features from the shards' outputs, checks them against what each \
      shard scored, and computes the metrics over all of them: the same numbers as one run. The \
      encoders' weights are needed only for features that the shards did not store. An interrupted \
      merge resumes where it stopped.

      Example, each shard on its own machine:
        pbe-eval --model M --bench COCOEE --clip ViT-B-32 --output S1 --shard 1/2
        pbe-eval --model M --bench COCOEE --clip ViT-B-32 --output S2 --shard 2/2
        pbe-eval merge S1 S2 --output runs/evaluation \\
          --reference-statistics coco.safetensors
      """)

  @Argument(help: ArgumentHelp("The shards' outputs, all of them.", valueName: "shard-dir"))
  var shards: [String]

  @Option(
    help: ArgumentHelp(
      "The bench. (default: the one that the shards scored)", valueName: "dir"))
  var bench: String?

  @Option(
    help: ArgumentHelp("The folder to write to; created if it does not exist.", valueName: "dir"))
  var output: String

  @OptionGroup(title: "Metrics") var metrics: MetricOptions
  @OptionGroup(title: "Assertions") var assertions: AssertionOptions
  @OptionGroup var threads: ThreadOptions

  func run() throws {
    threadCount = threads.count
    let merge = try ShardMerge(
      shards.map { URL(filePath: $0) }, bench: bench.map { URL(filePath: $0) })
    let inputs = try metrics.inputs(takesAllFeatures: true, stored: merge.storedEncoder)
    if metrics.saveFeatures != nil, inputs.encoders.isEmpty {
      throw UsageError("--save-features: the shards have no features; pass --clip or --inception.")
    }
    let folder = URL(filePath: output)
    let report = try metrics.evaluator(
      bench: merge.bench, output: folder, limit: merge.limit, inputs: inputs
    ).evaluate(merge)
    try report.write(to: folder)
    printText(report.summary)
    printText("Report: \(folder.appending(path: "report.html").relativePath)")
    try assertions.check(report)
  }
}
