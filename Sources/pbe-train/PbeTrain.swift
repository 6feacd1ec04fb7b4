import ArgumentParser
import Commands
import Support
import Training

/// `pbe-train`: trains an autoencoder, an image encoder or the diffusion model, or resumes a run.
@main
package struct PbeTrain: Program {
  package static let configuration = CommandConfiguration(
    commandName: "pbe-train",
    abstract: "Train an autoencoder, an image encoder or the diffusion model.",
    discussion: """
      Configurations are merged from left to right; key=value overrides apply last. The run \
      directory holds config.yaml, log.jsonl, TensorBoard's events, samples/ and checkpoints/.

      Examples:
        pbe-train --config Configs/demo.yaml lightning.trainer.max_steps=100 \\
          --output runs/mine
        pbe-train --resume runs/mine
      """,
    version: Version.current)

  @Option(
    parsing: .upToNextOption,
    help: "YAML configurations, then key=value overrides.")
  var config: [String] = []

  @Argument(help: "Overrides: key=value, such as data.params.batch_size=2.")
  var overrides: [String] = []

  @Option(help: ArgumentHelp("The run directory to create.", valueName: "RUN_DIR"))
  var output: String?

  @Option(help: ArgumentHelp("Resume this run from its last checkpoint.", valueName: "RUN_DIR"))
  var resume: String?

  @Flag(
    name: .customLong("continue"),
    help:
      "Resume the run in --output by its own configuration if it exists; else start it.")
  var continues = false

  @OptionGroup var lora: AdapterOptions

  @Flag(help: "Print the merged configuration and exit.")
  var printConfig = false

  @Flag(
    help: ArgumentHelp(
      "Let ranks run on processors whose results differ in their last bits.",
      discussion: "Several processes that mpirun or srun has started; see docs/scale.md."))
  var allowMixedProcessors = false

  @OptionGroup var threads: ThreadOptions

  package init() {}

  package func validate() throws {
    if resume != nil, !config.isEmpty || output != nil {
      throw ValidationError(
        "--resume takes the configuration and the directory of the run; "
          + "give only overrides beside it.")
    }
    if resume != nil, !lora.adapters.isEmpty {
      throw ValidationError("--lora changes what a run starts from: it means nothing to --resume.")
    }
    if resume == nil, files.isEmpty {
      throw ValidationError(
        "Give --config FILE to start a run, or --resume RUN_DIR to continue one.")
    }
    if resume == nil, !printConfig, output == nil {
      throw ValidationError("Give --output RUN_DIR, where the run is to be kept.")
    }
  }

  /// What follows --config and has no `=` is a file.
  private var files: [String] { config.filter { !$0.contains("=") } }
  private var allOverrides: [String] {
    config.filter { $0.contains("=") } + overrides + lora.override
  }

  package func run() throws {
    threadCount = threads.count
    if printConfig {
      let content = try load().tree.yaml
      if RankGroup.speaks { printContent(content) }
      return
    }
    let replica = try RankGroup.join().map { Replica($0) } ?? .single
    var run: TrainingRun
    if let resume {
      run = try TrainingRun(resuming: resume, overrides: allOverrides, replica: replica)
    } else if continues, let output, TrainingRun.exists(at: output) {
      run = try TrainingRun(resuming: output, replica: replica)
      noteWhatIsNotTaken(run.differences(of: try load()), by: output)
    } else {
      run = try TrainingRun(new: try load(), output: output ?? "", replica: replica)
    }
    run.allowsMixedProcessors = allowMixedProcessors
    try train(run, at: resume ?? output ?? "")
  }

  /// A run goes on by its own configuration; whoever edited a file since would wonder.
  private func noteWhatIsNotTaken(_ differences: [ConfigurationDifference], by run: String) {
    guard !differences.isEmpty else { return }
    let shown = differences.prefix(4).map { difference in
      "  \(difference.key): \(difference.value ?? "nothing") is given, the run has "
        + (difference.otherValue ?? "nothing")
    }
    let rest = differences.count - shown.count
    let lines =
      ["note: \(run) goes on by its own config.yaml, and what differs is not taken:"] + shown
      + (rest > 0 ? ["  and \(rest) more"] : [])
      + ["  To change the run: pbe-train --resume \(run) KEY=VALUE"]
    printError(lines.joined(separator: "\n"))
  }

  private func load() throws -> TrainingConfiguration.Loaded {
    let loaded =
      try resume.map { try TrainingRun.configuration(of: $0, overrides: allOverrides) }
      ?? TrainingConfiguration.load(files: files, overrides: allOverrides)
    for note in loaded.notes { printError("note: \(note.onCommandLine)") }
    return loaded
  }

  private func train(_ run: TrainingRun, at directory: String) throws {
    if run.step > 0 { printError("Resuming from step \(run.step).") }
    if run.unsupportedPrecision != nil {
      printError(
        "note: this CPU has neither amx_bf16 nor avx512_bf16: `lightning.trainer.precision: bf16-mixed` runs as 32"
      )
    }
    Interruption.listen()
    let outcome = try run.train(progress: RankGroup.progress) { Interruption.isWanted }
    guard RankGroup.speaks else { return }
    if !outcome.skipped.isEmpty { printError("\(outcome.skipped)") }
    printText(
      outcome.isComplete
        ? "Done: \(outcome.steps) steps, \(outcome.checkpoint ?? "\(directory)/checkpoints/latest")"
        : "Stopped after step \(outcome.steps). Resume with: pbe-train --resume \(directory)")
  }

  private func printError(_ line: String) {
    if RankGroup.speaks { writeStandardError(line + "\n") }
  }
}

extension AdapterOptions {
  /// As the configuration has it; nothing where none are given.
  fileprivate var override: [String] {
    let list = adapters.map { JSONValue.quoted($0.description) }.joined(separator: ", ")
    return adapters.isEmpty ? [] : ["initialize.lora=[\(list)]"]
  }
}
