import ArgumentParser
import Commands
import Evaluation
import Foundation
import Inference
import Support

/// `pbe-eval --results`, `--model` or `--baseline`: scores results, after making them if asked to.
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Score results on a bench, after painting them if asked to.",
    discussion: """
      Without --metrics, every metric is computed for which you gave the files; a line says what \
      the others need.

      With --scales or --step-counts, each setting is an evaluation in its own folder \
      (OUTPUT/scale-3), with the same seeds; sweep.json, sweep.html and sweep.svg compare them. \
      Together they run every combination.

      Examples:
        pbe-eval --results my-pictures --bench COCOEE --output runs/evaluation \\
          --clip ViT-B-32 --reference-statistics coco.safetensors \\
          --metrics clip_fid,clip_score
        pbe-eval --model MODEL --bench COCOEE --output runs/scales --limit 100 \\
          --scales 1,2,3,5,7 --clip ViT-B-32
      """)

  @OptionGroup(title: "Input and output") var folders: FolderOptions
  @OptionGroup(title: "Methods") var methods: MethodOptions
  @Option(
    help: ArgumentHelp(
      "COCO's instances_*.json, for {class} in --prompt: cases are named by its annotations. (default: "
        + "captions.jsonl, classes.csv or labels.json in the bench)", valueName: "file"))
  var annotations: String?
  @OptionGroup(title: "Sampling (with --model)") var sampling: SamplingOptions
  @OptionGroup(title: "Sweeps (with --model)") var sweep: SweepOptions
  @OptionGroup(title: "Metrics") var metrics: MetricOptions
  @OptionGroup(title: "Assertions") var assertions: AssertionOptions
  @OptionGroup var threads: ThreadOptions

  mutating func validate() throws {
    try metrics.check()
    try folders.check(methods, sampling.sampler)
    try checkMethod()
    try sweep.validate(sampling)
    if sweep.isGiven {
      guard assertions.given.isEmpty, metrics.saveFeatures == nil else {
        let options = assertions.given + (metrics.saveFeatures == nil ? [] : ["--save-features"])
        throw ValidationError(
          "\(options.joined(separator: ", ")) cannot be given with \(sweep.given[0]): they are about "
            + "one evaluation. Run 'pbe-eval' again for the setting that they are about.")
      }
    }
    guard folders.model == nil, methods.method == nil else { return }
    let given = sampling.given + sweep.given
    guard given.isEmpty else {
      throw ValidationError(
        "\(given.joined(separator: ", ")) can only be given with --model: "
          + (folders.baseline == nil
            ? "the pictures in --results are there already." : "a baseline has no such settings."))
    }
  }

  private func checkMethod() throws {
    guard let method = methods.definition else {
      guard annotations == nil else {
        throw ValidationError("--annotations belongs to a method: give --method NAME beside it.")
      }
      guard sampling.compat != .compvis else {
        throw ValidationError(MethodError.compatOfOthers(.compvis).onCommandLine)
      }
      return
    }
    let sampled = method.samples ? [] : sampling.given.filter { $0 != "--batch" }
    let controls = sampling.givenReferences
    let texts = method.needs.contains(.text) || annotations == nil ? [] : ["--annotations"]
    guard !sweep.isGiven else {
      throw ValidationError(
        "\(sweep.given[0]) sweeps the settings of a model's own way: leave it out with --method.")
    }
    let unused = sampled + texts + (method.samples ? controls : [])
    guard unused.isEmpty else {
      let names = unused.map { String($0.dropFirst(2)) }
      throw ValidationError(MethodError.unusedOptions(names, of: method.name).onCommandLine)
    }
  }

  func run() throws {
    let output = URL(filePath: folders.output)
    threadCount = threads.count
    if let exchange = try RankGroup.join() { return try runShared(exchange, to: output) }
    if sweep.isGiven { try runSweep(to: output) } else { try runOnce(to: output) }
  }

  private func runOnce(to output: URL) throws {
    try finish(try report(of: try evaluator(output, try inputs)), output)
  }

  func finish(_ report: EvaluationReport, _ output: URL) throws {
    try report.write(to: output)
    printText(report.summary)
    printText("Report: \(output.appending(path: "report.html").relativePath)")
    try assertions.check(report)
  }

  /// A shard takes all features, for the metrics of the whole.
  private var inputs: MetricInputs {
    get throws { try metrics.inputs(takesAllFeatures: folders.shard != nil) }
  }

  func evaluator(
    _ output: URL, _ inputs: MetricInputs, shard: Shard? = nil
  ) throws -> Evaluator {
    try metrics.evaluator(
      bench: URL(filePath: folders.bench), output: output, limit: folders.limit,
      shard: shard ?? folders.shard, inputs: inputs)
  }

  func report(of evaluator: Evaluator) throws -> EvaluationReport {
    if let results = folders.results {
      return try evaluator.evaluate(results: URL(filePath: results))
    }
    if let baseline = folders.baseline {
      return try evaluator.evaluate(with: BaselineMethod(baseline), batch: 4 * threadCount)
    }
    if let definition = methods.definition {
      var setup = methods.setup(
        model: folders.model, weights: sampling.weights ?? .averaged,
        adapters: folders.lora.adapters)
      setup.cutsOut = evaluator.bench.cases.contains { $0.referenceMask != nil }
      let run = try MethodRun(
        definition, setup, sampling.edit(definition), texts: folders.texts(methods, annotations))
      let batch = sampling.batch ?? (definition.samples ? 1 : 4 * threadCount)
      return try evaluator.evaluate(with: run, batch: batch)
    }
    let method = try sampling.method(model: folders.model ?? "", folders.lora.adapters)
    return try evaluator.evaluate(with: method, batch: sampling.batch ?? 1)
  }

  private func runSweep(to output: URL) throws {
    let inputs = try inputs
    // Before the model is loaded, so that a wrong bench is found at once.
    let run = try Sweep(sweep.settings, output: output)
    _ = try evaluator(output, inputs)
    let method = try sampling.method(model: folders.model ?? "", folders.lora.adapters)
    let report = try run.run(
      batch: sampling.batch ?? 1, evaluator: { try evaluator($0, inputs) },
      method: { method.with($0) }, announce: { writeStandardError("\($0.label)\n") })
    try report.write(to: output)
    printText(report.summary)
    printText("Report: \(output.appending(path: "sweep.html").relativePath)")
    try assertions.checkWhole(report.runs.map(\.metrics))
  }
}
