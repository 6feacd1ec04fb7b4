import Foundation
import TestSupport
import Testing

/// Runs where the file system lacks what Linux's own have.
@Suite(.enabled(if: RefusingFileSystem.isPossible)) struct FileSystemTests {
  private let training: TinyTraining
  private let system: RefusingFileSystem
  private let program = Program(name: "pbe-train")

  init() throws {
    training = try TinyTraining()
    system = try RefusingFileSystem(in: training.folder)
  }

  private func train(
    _ arguments: String..., refusing calls: [String: Int32] = [:]
  ) throws -> Program.Outcome {
    try program.run(arguments, in: training.folder, environment: system.refusing(calls))
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: training.path(folder)).sorted()
  }

  private func weights(_ run: String, _ step: Int) throws -> Data {
    let step = String(format: "step-%06d", step)
    return try Data(
      contentsOf: URL(
        filePath: training.path(
          "\(run)/checkpoints/\(step)/unet/diffusion_pytorch_model.safetensors")))
  }

  /// What exFAT, SMB, FUSE, VirtualBox and 9p say; each resumes without the link, and the result is
  /// that of a run that had one.
  @Test(arguments: [EPERM, EOPNOTSUPP, ENOSYS, EROFS, EPROTO])
  func trainsAndResumesWithoutLinks(_ code: Int32) throws {
    let refused = ["symlink": code, "link": code]
    let begun = try train(
      "--config", "diffusion.yaml", "--output", "r", "lightning.trainer.max_steps=2",
      refusing: refused)
    #expect(begun.exitCode == 0, "\(begun.error)")
    #expect(begun.output == "Done: 2 steps, r/checkpoints/step-000002\n")
    #expect(begun.error.components(separatedBy: "cannot be made a link").count == 2)
    #expect(try !names("r/checkpoints").contains("latest"))
    let resumed = try train(
      "--resume", "r", "lightning.trainer.max_steps=4", refusing: refused)
    #expect(resumed.exitCode == 0, "\(resumed.error)")
    #expect(resumed.error.contains("Resuming from step 2."))
    #expect(
      try train(
        "--config", "diffusion.yaml", "--output", "whole", "lightning.trainer.max_steps=4"
      ).exitCode == 0)
    #expect(try weights("r", 4) == weights("whole", 4))
  }

  /// The newest checkpoint is taken whatever a copy has made of the link: nothing, a folder that was
  /// the newest once, or a link that leads nowhere.
  @Test func aCopiedRunGivesItsNewestCheckpoint() throws {
    #expect(try train("--config", "diffusion.yaml", "--output", "r").exitCode == 0)
    let link = training.path("r/checkpoints/latest")
    let steps = try names("r/checkpoints").filter { $0.hasPrefix("step-") }
    let newest = try #require(steps.last)
    let files = FileManager.default
    for prepare: () throws -> Void in [
      {},
      { try files.createSymbolicLink(atPath: link, withDestinationPath: "step-999999") },
      { try files.createDirectory(atPath: link, withIntermediateDirectories: false) },
      { try files.copyItem(atPath: training.path("r/checkpoints/\(steps[0])"), toPath: link) },
    ] {
      try? files.removeItem(atPath: link)
      try prepare()
      let copied = try Program(name: "pbe-convert").run(
        ["--from", "r", "--to", "copy", "--weights", "raw"], in: training.folder)
      #expect(copied.exitCode == 0, "\(copied.error)")
      let copy = try Data(
        contentsOf: URL(
          filePath: training.path("copy/unet/diffusion_pytorch_model.safetensors")))
      #expect(try copy == weights("r", try #require(Int(newest.dropFirst(5)))))
      try files.removeItem(atPath: training.path("copy"))
    }
  }

  @Test(arguments: [ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL])
  func locksThatCannotBeHadAreAWarningSaidOnce(_ code: Int32) throws {
    let result = try train(
      "--config", "diffusion.yaml", "--output", "r", "lightning.trainer.max_steps=1",
      "data.params.cache_latents=true", refusing: ["flock": code])
    #expect(result.exitCode == 0, "\(result.error)")
    #expect(result.error.components(separatedBy: "its file system has no locks").count == 2)
  }

  @Test func filesThatCannotBeMappedFlushedOrReplacedInOneStepAreReadAndWritten() throws {
    let refused = ["mmap": ENODEV, "fsync": EINVAL, "rename": EEXIST]
    let begun = try train(
      "--config", "diffusion.yaml", "--output", "r", "lightning.trainer.max_steps=2",
      refusing: refused)
    #expect(begun.exitCode == 0, "\(begun.error)")
    let resumed = try train("--resume", "r", "lightning.trainer.max_steps=3", refusing: refused)
    #expect(resumed.exitCode == 0, "\(resumed.error)")
    let left = try names("r") + names("r/checkpoints")
    #expect(left.allSatisfy { !$0.hasPrefix(".") }, "\(left)")
    let config = try String(contentsOfFile: training.path("r/config.yaml"), encoding: .utf8)
    #expect(config.contains("max_steps: 3"))
  }

  @Test func aDiskThatFailsIsStillAnError() throws {
    let result = try train(
      "--config", "diffusion.yaml", "--output", "r", refusing: ["fsync": EIO])
    #expect(result.exitCode == 1)
    #expect(result.error.contains("Input/output error"))
  }
}
