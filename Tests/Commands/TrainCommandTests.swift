import Commands
import Foundation
import TestSupport
import Testing

/// `pbe-train` as a person runs it.
@Suite struct TrainCommandTests {
  private let training: TinyTraining
  private let program = Program(name: "pbe-train")

  init() throws { training = try TinyTraining() }

  private func train(_ arguments: String...) throws -> Program.Outcome {
    try program.run(arguments, in: training.folder)
  }

  /// Of each line: all but times and memory.
  private func course(_ run: String) throws -> [[String]] {
    let text = try String(contentsOfFile: training.path("\(run)/log.jsonl"), encoding: .utf8)
    return text.split(separator: "\n").map { line in
      line.split(separator: ",").map(String.init).filter {
        !$0.contains("second") && !$0.contains("memory")
      }
    }
  }

  /// Waits until the log has so many lines.
  private func wait(for lines: Int, in run: String, of process: Process) {
    while process.isRunning && (try? course(run).count) ?? 0 < lines { usleep(2000) }
  }

  @Test func aRunEndsWithTheWayToItsCheckpoint() throws {
    let result = try train("--config", "diffusion.yaml", "seed=3", "--output", "r")
    #expect(result.exitCode == 0, "\(result.error)")
    #expect(result.output == "Done: 6 steps, r/checkpoints/latest\n")
    #expect(result.error.contains("6 steps in"))
    #expect(!result.error.contains("\r"))
  }

  @Test func filesAreMergedAndOverridesComeLast() throws {
    try training.write("seed: 4\nvalidation: {cases: 5}\ncheckpoint: {every: 7}\n", "more.yaml")
    let result = try train(
      "--config", "autoencoder.yaml", "more.yaml", "checkpoint.every=9", "--print-config")
    #expect(result.exitCode == 0)
    for line in ["objective: autoencoder", "seed: 4", "  cases: 5", "  every: 9"] {
      #expect(result.output.split(separator: "\n").contains { $0 == line }, "\(line)")
    }
    #expect(!FileManager.default.fileExists(atPath: training.path("r")))
  }

  @Test func keysWithoutEffectAreNoted() throws {
    let result = try train(
      "--config", "autoencoder.yaml", "lightning.trainer.gpus=2", "--print-config")
    #expect(result.exitCode == 0)
    #expect(result.error.contains("note: ") && result.error.contains("`lightning.trainer.gpus`"))
  }

  @Test(arguments: [
    ("", 2, "--config"),
    ("--config autoencoder.yaml", 2, "--output"),
    ("--config nowhere.yaml --output r", 1, "nowhere.yaml"),
    ("--config autoencoder.yaml --output r hello", 2, "`hello` is no override"),
    ("--config autoencoder.yaml trainer.steps=3 --output r", 2, "unknown key `trainer"),
    ("--config autoencoder.yaml checkpoint.evry=3 --output r", 2, "`checkpoint.every`"),
    ("--config autoencoder.yaml seed=x --output r", 2, "\"x\", expected a whole number"),
    ("--config autoencoder.yaml --threads 0 --output r", 2, "--threads"),
    ("--config autoencoder.yaml bad.yaml --output r", 1, "bad.yaml:1: unknown key `checkpont`"),
    ("--config autoencoder.yaml --output bad.yaml", 1, "there is a file of that name"),
    ("--config autoencoder.yaml --output /proc/r", 1, "/proc/r"),
    (
      "--config autoencoder.yaml data.params.train.params.dataset_dir=nowhere --output r", 1,
      "nowhere: not found"
    ),
    ("--config diffusion.yaml initialize.vae=null --output r", 1, "`initialize.vae`"),
    (
      "--config diffusion.yaml initialize.vae=nowhere --output r", 1,
      "nowhere: no such file or folder"
    ),
    ("--resume nowhere", 1, "nowhere holds no run to resume"),
    ("--resume r --config autoencoder.yaml", 2, "--resume takes the configuration"),
  ])
  func mistakesAreNamed(_ words: String, exitCode: Int32, message: String) throws {
    try training.write("checkpont: {every: 3}\n", "bad.yaml")
    let result = try program.run(
      words.split(separator: " ").map(String.init), in: training.folder)
    #expect(result.exitCode == exitCode)
    #expect(result.error.contains("error: ") && result.error.contains(message), "\(result.error)")
    #expect(!FileManager.default.fileExists(atPath: training.path("r/config.yaml")))
  }

  @Test func aModelThatCannotFitIsRefused() throws {
    let result = try train(
      "--config", "diffusion.yaml", "model.params.unet_config.params.model_channels=8192",
      "--output", "r")
    #expect(result.exitCode == 1)
    #expect(result.error.contains("of memory") && result.error.contains("are free"))
  }

  @Test func killedAtAnyMomentOnOneThreadItEndsAsOnTwo() throws {
    let arguments = ["--config", "diffusion.yaml", "checkpoint.every=1", "checkpoint.keep_last=2"]
    let whole = try program.run(
      arguments + ["--output", "whole", "--threads", "2"], in: training.folder)
    #expect(whole.exitCode == 0, "\(whole.error)")
    for lines in [1, 3, 4] {
      let process = try program.start(
        arguments + ["--continue", "--output", "killed", "--threads", "1"], in: training.folder)
      wait(for: lines, in: "killed", of: process)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let result = try train("--resume", "killed", "--threads", "1")
    #expect(result.exitCode == 0 && result.error.contains("Resuming from step"))
    #expect(try course("killed") == course("whole"))
  }

  @Test func continuingSaysWhatOfTheGivenConfigurationIsNotTaken() throws {
    let arguments = ["--continue", "--output", "r", "--config", "diffusion.yaml"]
    #expect(try program.run(arguments, in: training.folder).exitCode == 0)
    let same = try program.run(arguments, in: training.folder)
    #expect(same.exitCode == 0 && !same.error.contains("note: r goes on"), "\(same.error)")
    let other = try program.run(
      arguments + ["lightning.trainer.max_steps=1", "samples.scale=4"], in: training.folder)
    #expect(other.exitCode == 0)
    #expect(
      other.error.contains("note: r goes on by its own config.yaml")
        && other.error.contains("lightning.trainer.max_steps: 1 is given, the run has ")
        && other.error.contains("pbe-train --resume r KEY=VALUE"),
      "\(other.error)")
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalEndsTheRunWithACheckpoint(_ signal: Int32) throws {
    let process = try program.start(
      [
        "--config", "diffusion.yaml", "lightning.trainer.max_steps=100000", "checkpoint.every=5000",
        "validation.every=0", "samples.every=0", "--output", "r",
      ], in: training.folder)
    wait(for: 3, in: "r", of: process)
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    let steps = try course("r").count
    let latest = try FileManager.default.destinationOfSymbolicLink(
      atPath: training.path("r/checkpoints/latest"))
    #expect(latest == String(format: "step-%06d", steps))
  }

  /// Without MPI, and with one that knows of no other process, several would train in one folder.
  @Test(arguments: [
    (["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"], "mpirun has started 2 processes"),
    (["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"], "srun has started 4 processes"),
  ])
  func processesThatCannotReachEachOtherAreRefused(
    _ variables: [String: String], _ message: String
  ) throws {
    let result = try program.run(
      ["--config", "autoencoder.yaml", "--output", "r"], in: training.folder,
      environment: variables)
    #expect(result.exitCode == 1)
    #expect(result.error.contains("error: \(message)"), "\(result.error)")
    #expect(!FileManager.default.fileExists(atPath: training.path("r")))
  }

  @Test func divergenceSaysWhatToTry() throws {
    let result = try train(
      "--config", "autoencoder.yaml", "model.base_learning_rate=1e30", "--output", "r")
    #expect(result.exitCode == 1)
    #expect(result.error.contains("error: step 2: the loss is"))
    #expect(result.error.contains("pbe-train --resume r model.base_learning_rate="))
  }
}
