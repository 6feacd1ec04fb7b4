import Foundation
import Models
import Pictures
import Support
import Tensors
import TestSupport
import Testing
import Training

/// What a run leaves in its directory.
@Suite struct RunTests {
  private let training: TinyTraining

  init() throws { training = try TinyTraining() }

  private static let keys: Set = [
    "step", "epoch", "loss", "learning_rate", "gradient_norm", "samples_per_second",
    "data_wait_seconds", "peak_memory_bytes",
  ]

  @Test(arguments: [
    (
      "diffusion", ["validation_loss", "loss_own", "loss_shuffled", "loss_null"],
      [
        "feature_extractor", "image_encoder", "image_encoder_ema", "scheduler", "unet", "unet_ema",
        "vae",
      ]
    ),
    ("autoencoder", ["validation_mse", "validation_psnr"], ["vae", "vae_ema"]),
    (
      "encoder", ["validation_drawing_mse", "validation_accuracy"],
      ["image_encoder", "image_encoder_ema", "exemplar_head"]
    ),
  ])
  func everythingIsThere(
    _ objective: String, validation: [String], components: [String]
  ) throws {
    let outcome = try training.start(objective, to: "run")
    #expect(outcome.steps == 6 && outcome.isComplete && outcome.skipped.total == 0)
    let log = try training.log("run")
    #expect(log.map { $0["step"] } == (1...6).map { .integer($0) })
    for (i, line) in log.enumerated() {
      let isValidated = (i + 1) % 3 == 0
      #expect(Set(line.keys) == Self.keys.union(isValidated ? validation : []))
    }
    #expect(training.checkpoints("run") == [0, 2, 4, 6])
    let latest = training.path("run/checkpoints/latest")
    let target = try FileManager.default.destinationOfSymbolicLink(atPath: latest)
    #expect(target == "step-000006")
    let parts = try FileManager.default.contentsOfDirectory(atPath: latest)
    #expect(Set(parts).isSuperset(of: components + ["training_state.json"]))
    #expect(try ImageFile.read(training.path("run/samples/step-000006.png")).image.width > 64)
    let files = try FileManager.default.contentsOfDirectory(atPath: training.path("run"))
    #expect(files.contains { $0.contains("tfevents") })
    let again = try TrainingRun.configuration(of: training.path("run"))
    let first = try TrainingConfiguration.load(files: [training.path("\(objective).yaml")])
    #expect(again.configuration == first.configuration)
  }

  @Test func aRunDirectoryIsAModelWithAveragedAndRawWeights() throws {
    try training.start("diffusion", to: "run")
    let folder = try ModelFolder(at: training.path("run"))
    let (averaged, raw) = (try folder.model(.averaged), try folder.model(.raw))
    #expect(averaged.unet.parameters.weights != raw.unet.parameters.weights)
    #expect(averaged.conditioner.parameters.weights != raw.conditioner.parameters.weights)
    #expect(averaged.autoencoder.parameters.weights == raw.autoencoder.parameters.weights)
    #expect(averaged.prediction == .velocity && averaged.latentScale != 1)
    #expect(averaged.unet.parameters.parameters.allSatisfy { $0.value.isFinite })
  }

  @Test func withoutAverageThereAreOnlyRawWeights() throws {
    try training.start("diffusion", to: "run", ["model.params.ema_decay=null"])
    #expect(!training.exists("run/checkpoints/latest/unet_ema"))
  }

  @Test func onlyTheMapperLearnsWhereTheTowerIsFrozen() throws {
    try training.start("diffusion", to: "run", ["model.params.cond_stage_trainable=mapper"])
    func weights(_ step: Int) throws -> [String: Tensor] {
      let folder = try ModelFolder(at: training.path("run/\(training.folder(step))"))
      return try folder.imageEncoder(.raw).parameters.weights
    }
    let (before, after) = (try weights(0), try weights(6))
    for (name, value) in before {
      #expect((value == after[name]) == name.hasPrefix("model."), "\(name)")
    }
  }

  @Test(arguments: [
    (["checkpoint.keep_last=1"], [6]),
    (["checkpoint.keep_last=2"], [4, 6]),
    (["checkpoint.keep_last=1", "checkpoint.every=1", "checkpoint.keep_every=2"], [2, 4, 6]),
    (["checkpoint.every=4", "checkpoint.keep_last=9"], [0, 4, 6]),
  ])
  func oldCheckpointsAreRemoved(_ overrides: [String], kept: [Int]) throws {
    try training.start("autoencoder", to: "run", overrides)
    #expect(training.checkpoints("run") == kept)
  }

  @Test(arguments: ["diffusion", "autoencoder", "encoder"])
  func noStepsMakeARandomModelWithoutData(_ objective: String) throws {
    let overrides = [
      "lightning.trainer.max_steps=0", "data.params.train.params.dataset_dir=/nowhere",
      "data.params.validation.params.dataset_dir=null",
    ]
    let outcome = try training.start(objective, to: "run", overrides)
    #expect(outcome.steps == 0 && outcome.isComplete)
    #expect(training.checkpoints("run") == [0])
    #expect(try training.log("run").isEmpty)
    let folder = try ModelFolder(at: training.path("run"))
    #expect(folder.has(objective == "encoder" ? .imageEncoder : .autoencoder))
    if objective == "diffusion" { _ = try folder.model() }
  }

  @Test func epochsEndARunToo() throws {
    // 10 pictures, batches of 2, 2 of them a step: 5 batches an epoch, 7 steps in 3 epochs.
    let outcome = try training.start(
      "autoencoder", to: "run",
      [
        "lightning.trainer.max_steps=null", "lightning.trainer.max_epochs=3",
        "lightning.trainer.accumulate_grad_batches=2",
      ])
    #expect(outcome.steps == 7 && outcome.isComplete)
  }

  @Test func picturesThatCannotBeUsedAreCountedAndNamed() throws {
    try training.write("", "3.png")
    try training.write("hello", "7.png")
    try training.remove("8.png")
    let outcome = try training.start("diffusion", to: "run")
    #expect(outcome.isComplete && outcome.skipped.total == 3)
    let log = try training.log("run")
    #expect(log.last?["skipped_pictures"] == .integer(3))
    let named = log.compactMap { $0["skipped"] }.flatMap { value -> [JSONValue] in
      if case .array(let names) = value { names } else { [] }
    }
    for name in ["3.png", "7.png", "8.png"] {
      #expect(named.filter { "\($0)".contains(name) }.count == 1)
    }
  }

  @Test func aDirectoryHoldsOneRunAndServesOneProcess() throws {
    try training.start("autoencoder", to: "run", ["lightning.trainer.max_steps=1"])
    #expect(throws: RunError.self) { try training.start("autoencoder", to: "run") }
    let first = try TrainingRun(resuming: training.path("run"))
    let error = #expect(throws: RunError.self) { try training.resume("run") }
    #expect("\(error as Any)".contains("another process"))
    withExtendedLifetime(first) {}
  }

  @Test func aMistakeInTheConfigurationDoesNotOccupyTheDirectory() throws {
    let key = "data.params.train.params.dataset_dir"
    #expect(throws: (any Error).self) {
      try training.start("autoencoder", to: "run", ["\(key)=/nowhere"])
    }
    #expect(throws: (any Error).self) {
      try training.start("diffusion", to: "run", ["initialize.vae=/nowhere"])
    }
    #expect(try training.start("autoencoder", to: "run").isComplete)
  }
}
