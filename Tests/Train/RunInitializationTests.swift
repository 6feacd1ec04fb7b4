import Foundation
import Models
import Support
import Tensors
import TestSupport
import Testing
import Training

/// Where the weights come from before the first step.
@Suite struct RunInitializationTests {
  private let training: TinyTraining
  private let none = "lightning.trainer.max_steps=0"

  init() throws { training = try TinyTraining() }

  private func model(_ run: String, _ choice: WeightChoice) throws -> PaintByExampleModel {
    try ModelFolder(at: training.path(run)).model(choice)
  }

  @Test func everythingFromAModelFolderOrARunDirectory() throws {
    try training.start("diffusion", to: "first")
    let folder = training.path("first/\(training.folder(6))")
    for (output, source) in [("second", training.path("first")), ("third", folder)] {
      try training.start(
        "diffusion", to: output, [none, "seed=7", "initialize={model: \(source), vae: null}"])
      let (first, second) = (try model("first", .raw), try model(output, .raw))
      #expect(first.unet.parameters.weights == second.unet.parameters.weights)
      #expect(first.conditioner.parameters.weights == second.conditioner.parameters.weights)
      #expect(first.autoencoder.parameters.weights == second.autoencoder.parameters.weights)
    }
  }

  /// A model is sampled as the one that it goes on from; but a distilled one, once it learns by diffusion,
  /// needs many steps again.
  @Test(arguments: [(SchedulerClass.dpmSolver, SchedulerClass.dpmSolver), (.consistency, .pndm)])
  func aModelKeepsItsSampler(_ usual: SchedulerClass, _ expected: SchedulerClass) throws {
    try training.start("diffusion", to: "first", [none])
    try ModelFolder(at: training.path("first"))
      .copy(to: training.path("model"), as: .float32, usual: usual)
    try training.start(
      "diffusion", to: "run", ["initialize={model: \(training.path("model")), vae: null}"])
    #expect(try ModelFolder(at: training.path("run")).scheduler().grid.usual == expected)
  }

  @Test func aTrainedAutoencoderIsTakenWithItsAveragedWeights() throws {
    try training.start("autoencoder", to: "autoencoder")
    let source = training.path("autoencoder")
    try training.start("diffusion", to: "run", [none, "initialize.vae=\(source)"])
    let expected = try ModelFolder(at: source).autoencoder(.averaged).parameters.weights
    #expect(try model("run", .raw).autoencoder.parameters.weights == expected)
  }

  @Test func anImageEncoderThatLearntAloneIsTakenByADiffusionRun() throws {
    try training.start("encoder", to: "encoder")
    let source = training.path("encoder")
    try training.start("diffusion", to: "run", [none, "initialize.image_encoder=\(source)"])
    let expected = try ModelFolder(at: source).imageEncoder(.averaged).parameters.weights
    #expect(try ModelFolder(at: source).imageEncoder(.raw).parameters.weights != expected)
    #expect(try model("run", .raw).conditioner.parameters.weights == expected)
  }

  /// A tower that goes on learning goes on from its raw weights, as the UNet does.
  @Test(arguments: [("mapper", WeightChoice.averaged), ("all", .raw)])
  func aFrozenTowerOfAWholeModelIsTakenWithItsAveragedWeights(
    _ trainable: String, _ choice: WeightChoice
  ) throws {
    try training.start("diffusion", to: "first")
    let source = training.path("first")
    try training.start(
      "diffusion", to: "run",
      [
        none, "initialize={model: \(source), vae: null}",
        "model.params.cond_stage_trainable=\(trainable)",
      ])
    let expected = try ModelFolder(at: source).imageEncoder(choice).parameters.weights
    #expect(try model("run", .raw).conditioner.parameters.weights == expected)
  }

  @Test func oneNetworkMayStartAnew() throws {
    try training.start("diffusion", to: "first")
    let source = training.path("first")
    try training.start(
      "diffusion", to: "second", [none, "initialize={model: \(source), vae: null, unet: random}"])
    let (first, second) = (try model("first", .raw), try model("second", .raw))
    #expect(first.unet.parameters.weights != second.unet.parameters.weights)
    #expect(first.conditioner.parameters.weights == second.conditioner.parameters.weights)
  }

  @Test func theSeedDecidesARandomStart() throws {
    for (output, seed) in [("one", 1), ("again", 1), ("two", 2)] {
      try training.start("diffusion", to: output, [none, "seed=\(seed)"])
    }
    let weights = try ["one", "again", "two"].map { try model($0, .raw).unet.parameters.weights }
    #expect(weights[0] == weights[1] && weights[0] != weights[2])
  }

  /// `zero_module` of the official UNet: blocks begin as their shortcuts, and the network predicts zero.
  @Test(arguments: [true, false]) func theLastConvolutionsOfARandomUNetAreZero(_ isZero: Bool)
    throws
  {
    let key = "model.params.unet_config.params.zero_last_convolutions"
    try training.start("diffusion", to: "run", [none] + (isZero ? [] : ["\(key)=false"]))
    let weights = try model("run", .raw).unet.parameters.weights
    let last = weights.filter { $0.key.contains(".conv2.") || $0.key.hasPrefix("conv_out.") }
    #expect(last.count > 10)
    #expect(last.values.allSatisfy { $0.sumOfSquares() == 0 } == isZero)
    #expect(weights["conv_in.weight"]?.sumOfSquares() != 0)
  }

  /// Latents that the autoencoder draws deviate by more than their means: e² more, here.
  @Test func theLatentScaleIsThatOfDrawnLatents() throws {
    let key = "model.params.first_stage_config.params.initialization.log_variance_bias"
    try training.start("diffusion", to: "run", ["lightning.trainer.max_steps=1", "\(key)=4"])
    #expect(try model("run", .raw).latentScale < 0.2)
  }

  @Test func anAutoencoderIsNeverRandomUnasked() throws {
    let error = #expect(throws: (any Error).self) {
      try training.start("diffusion", to: "run", ["initialize.vae=null"])
    }
    #expect("\(error as Any)".contains("initialize.vae"))
  }

  @Test(arguments: [
    ("unet_config.params.model_channels=16", "UNet", "block out channels: [8, 16] there, [16, 32]"),
    ("cond_stage_config.params.layers=5", "image encoder", "layers: 4 there, 5 in"),
    (
      "first_stage_config.params.ddconfig.num_res_blocks=2", "autoencoder",
      "layers per block: 1 there, 2"
    ),
  ])
  func sizesThatDifferAreListed(_ override: String, network: String, difference: String) throws {
    try training.start("diffusion", to: "first", [none])
    let source = training.path("first")
    let error = #expect(throws: RunError.self) {
      try training.start(
        "diffusion", to: "second",
        ["model.params.\(override)", "initialize={model: \(source), vae: null}"])
    }
    let message = "\(error as Any)"
    #expect(message.contains(network) && message.contains(difference), "\(message)")
    #expect(!training.exists("second/config.yaml"))
  }

  @Test func weightsThatAreNotFiniteAreRefused() throws {
    try training.start("autoencoder", to: "first", [none])
    let folder = training.path("first/\(training.folder(0))")
    let component = try ModelFolder(at: folder).autoencoder(.raw)
    component.parameters.parameters[3].update { $0[0] = .nan }
    for averaged in [false, true] {
      try ModelFolder.write(
        .autoencoder, configuration: component.network.configuration.json,
        weights: component.parameters.weights, averaged: averaged, to: folder)
    }
    let error = #expect(throws: ModelFolderError.self) {
      try training.start(
        "diffusion", to: "run",
        ["initialize.vae=\(training.path("first"))", "model.params.scale_factor=1"])
    }
    #expect("\(error as Any)".contains(component.parameters.parameters[3].name))
    #expect(!training.exists("run/config.yaml"))
  }

  @Test func stableDiffusionAndCLIPAsThePaperStarts() throws {
    try training.start("diffusion", to: "first", [none])
    let source = try model("first", .raw)
    let (diffusion, clip) = (training.path("stable-diffusion"), training.path("clip"))
    try writeStableDiffusion(source, to: diffusion)
    try writeCLIP(source, to: clip)
    try training.start(
      "diffusion", to: "second",
      [
        none, "seed=7",
        "initialize={unet: \(diffusion), vae: \(diffusion), image_encoder: \(clip)}",
      ])
    let started = try model("second", .raw)

    #expect(started.autoencoder.parameters.weights == source.autoencoder.parameters.weights)
    for parameter in started.unet.parameters.parameters where parameter.name != "conv_in.weight" {
      #expect(parameter.value == source.unet.parameters[parameter.name]?.value)
    }
    let first = try #require(started.unet.parameters["conv_in.weight"]?.value)
    let expected = try #require(source.unet.parameters["conv_in.weight"]?.value)
    #expect(first.slice(0..<4, axis: 1) == expected.slice(0..<4, axis: 1))
    #expect(first.slice(4..<9, axis: 1).values.allSatisfy { $0 == 0 })
    for parameter in started.conditioner.parameters.parameters {
      let isTower = parameter.name.hasPrefix("model.vision_model.")
      let isSame = parameter.value == source.conditioner.parameters[parameter.name]?.value
      let isRandom =
        parameter.name.hasPrefix("mapper") && parameter.name.hasSuffix("weight")
        && !parameter.name.contains("norm")
      if isTower || isRandom { #expect(isSame == isTower, "\(parameter.name)") }
    }
  }

  /// A model folder without an image encoder, whose UNet sees noisy latents alone.
  private func writeStableDiffusion(_ source: PaintByExampleModel, to folder: String) throws {
    var sizes = source.unet.network.configuration
    sizes.inChannels = 4
    var weights = source.unet.parameters.weights
    weights["conv_in.weight"] = weights["conv_in.weight"]?.slice(0..<4, axis: 1)
    try ModelFolder.write(.unet, configuration: sizes.json, weights: weights, to: folder)
    try ModelFolder.write(
      .autoencoder, configuration: source.autoencoder.network.configuration.json,
      weights: source.autoencoder.parameters.weights, to: folder)
  }

  private func writeCLIP(_ source: PaintByExampleModel, to folder: String) throws {
    let encoder = source.conditioner
    var weights: [String: Tensor] = ["logit_scale": Tensor([1], [2])]
    for (name, value) in encoder.parameters.weights where name.hasPrefix("model.vision_model.") {
      weights[String(name.dropFirst("model.".count))] = value
    }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Safetensors.write(weights, to: "\(folder)/model.safetensors")
    let config: JSONValue = .object([
      "model_type": .string("clip"), "vision_config": .object(encoder.json),
    ])
    try Data(config.text.utf8).write(to: URL(fileURLWithPath: "\(folder)/config.json"))
  }
}
