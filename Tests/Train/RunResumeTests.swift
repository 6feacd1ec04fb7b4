import Foundation
import TestSupport
import Testing
import Training

/// A run that was killed and taken up again is the run that was never stopped, bit for bit.
@Suite struct RunResumeTests {
  private let training: TinyTraining

  init() throws { training = try TinyTraining() }

  @Test(arguments: [
    ("autoencoder", []),
    ("autoencoder", TinyTraining.sharpened),
    (
      "autoencoder",
      ["initialize.vae=random", "model.params.first_stage_config.params.trained=decoder"]
    ),
    ("encoder", []),
    ("diffusion", []),
    ("harmoniser", ["lightning.trainer.accumulate_grad_batches=2"]),
    (
      "harmoniser",
      [
        "model.params.harmoniser_config.target=pbe.ImprovedDIH",
        "model.params.harmoniser_config.params.depth=3",
      ]
    ),
    ("diffusion", ["lightning.trainer.accumulate_grad_batches=2", "data.params.num_workers=0"]),
    ("diffusion", ["model.params.null_condition=sample", "model.params.u_cond_percent=0.5"]),
    ("diffusion", ["data.params.cache_latents=true", "model.params.ema_decay=null"]),
    ("diffusion", ["lightning.trainer.precision=bf16-mixed"]),
    (
      "diffusion",
      [
        "model.params.lora.rank=2", "model.params.lora.scale=3",
        "model.params.unet_config.params.zero_last_convolutions=false",
      ]
    ),
    (
      "diffusion",
      ["data.params.train.params.most_views=3", "lightning.trainer.accumulate_grad_batches=2"]
    ),
    ("diffusion", ["model.params.scale_factor=0.7", "lightning.trainer.gradient_clip_val=0.1"]),
  ])
  func resumingIsExact(_ objective: String, _ overrides: [String]) throws {
    try training.start(objective, to: "whole", overrides)
    for step in [0, 4] {
      try training.copy("whole", killedAfter: step, to: "killed")
      try training.resume("killed")
      #expect(try training.course("killed") == training.course("whole"))
      #expect(try training.contents("killed/checkpoints") == training.contents("whole/checkpoints"))
      try training.remove("killed")
    }
  }

  @Test func aRunThatWasKilledBeforeItsFirstCheckpointStartsAgain() throws {
    try training.start("diffusion", to: "whole")
    try training.copy("whole", killedAfter: 0, to: "killed")
    try training.remove("killed/\(training.folder(0))")
    try training.resume("killed")
    #expect(try training.course("killed") == training.course("whole"))
  }

  /// Killed between the checkpoint and the link.
  @Test func theLinkIsRepaired() throws {
    try training.start("autoencoder", to: "run")
    let link = training.path("run/checkpoints/latest")
    try FileManager.default.removeItem(atPath: link)
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: "step-000004")
    try training.resume("run")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "step-000006")
  }

  /// Killed between a checkpoint and the removal of older ones.
  @Test func whatIsNotKeptIsRemovedLater() throws {
    try training.start("autoencoder", to: "run")
    try training.resume("run", "checkpoint.keep_last=2")
    #expect(training.checkpoints("run") == [4, 6])
  }

  @Test func overridesOfAResumedRunStay() throws {
    try training.start("autoencoder", to: "run")
    #expect(try training.resume("run", "lightning.trainer.max_steps=8").steps == 8)
    let configuration = try TrainingRun.configuration(of: training.path("run")).configuration
    #expect(configuration.duration.maxSteps == 8)
    #expect(try training.resume("run").steps == 8)
  }

  @Test func aRunOfNoStepsCanBeTrainedLater() throws {
    let key = "data.params.train.params.dataset_dir"
    try training.start(
      "diffusion", to: "run", ["lightning.trainer.max_steps=0", "\(key)=null"])
    let pictures = training.path("pictures.jsonl")
    try training.resume("run", "lightning.trainer.max_steps=6", "\(key)=\(pictures)")
    try training.start("diffusion", to: "whole")
    #expect(try training.course("run") == training.course("whole"))
  }

  @Test(arguments: [
    "training_state.json", "optimizer.safetensors", "unet/config.json",
    "unet/diffusion_pytorch_model.safetensors", "unet_ema/diffusion_pytorch_model.safetensors",
    "image_encoder/model.safetensors", "vae/diffusion_pytorch_model.safetensors",
  ])
  func aDamagedCheckpointIsNamedAndTheOneBeforeServes(_ file: String) throws {
    try training.start("diffusion", to: "whole")
    try training.copy("whole", killedAfter: 4, to: "run")
    let path = training.path("run/\(training.folder(4))/\(file)")
    for length in [100, 0, nil] {
      if let length {
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try whole.prefix(length).write(to: URL(fileURLWithPath: path))
      } else {
        try FileManager.default.removeItem(atPath: path)
      }
      let error = #expect(throws: RunError.self) { try training.resume("run") }
      let message = "\(error as Any)"
      #expect(message.contains("step-000004 is damaged") && message.contains("Remove this folder"))
      #expect(message.contains(file.split(separator: "/")[0]), "\(message)")
    }
    try training.remove("run/\(training.folder(4))")
    try training.resume("run")
    #expect(try training.course("run") == training.course("whole"))
  }

  @Test func nothingToResumeIsSaid() {
    let error = #expect(throws: RunError.self) { try training.resume("nothing") }
    #expect("\(error as Any)".contains("no config.yaml"))
  }
}
