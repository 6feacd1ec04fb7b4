import Foundation
import Models
import Tensors
import TestSupport
import Testing
import Training

/// A decoder that learns alone serves every model that knows its autoencoder's latents.
@Suite struct DecoderTrainingTests {
  private let training: TinyTraining
  private static let decoderOnly = ["model.params.first_stage_config.params.trained=decoder"]

  init() throws {
    training = try TinyTraining()
    try training.start("diffusion", to: "model")
    try training.start(
      "autoencoder", to: "sharp",
      TinyTraining.sharpened + Self.decoderOnly + ["initialize.vae=\(training.path("model"))"])
  }

  private func autoencoder(_ run: String, _ choice: WeightChoice = .averaged) throws -> [String:
    Tensor]
  {
    try ModelFolder(at: training.path(run)).autoencoder(choice).parameters.weights
  }

  private static func isDecoders(_ name: String) -> Bool {
    name.hasPrefix("decoder.") || name.hasPrefix("post_quant_conv.")
  }

  @Test(arguments: [WeightChoice.averaged, .raw])
  func theEncoderStaysAsItIs(_ choice: WeightChoice) throws {
    let (before, after) = (try autoencoder("model"), try autoencoder("sharp", choice))
    for (name, weight) in before {
      let isSame = after[name] == weight
      #expect(isSame == !Self.isDecoders(name), "\(name)")
    }
  }

  @Test func aCopyOfTheModelTakesTheDecoder() throws {
    let model = try ModelFolder(at: training.path("model"))
    try model.copy(
      to: training.path("copy"), as: .float32,
      decoderOf: ModelFolder(at: training.path("sharp")))
    #expect(try autoencoder("copy") == autoencoder("sharp"))
    let copy = try ModelFolder(at: training.path("copy")).model()
    let before = try model.model()
    #expect(copy.unet.parameters.weights == before.unet.parameters.weights)
    #expect(copy.latentScale == before.latentScale)
  }

  @Test func aDecoderOfOtherLatentsIsRefused() throws {
    try training.start("autoencoder", to: "other", ["seed=9"])
    let error = #expect(throws: ModelFolderError.self) {
      try ModelFolder(at: training.path("model")).copy(
        to: training.path("copy"), as: .float32,
        decoderOf: ModelFolder(at: training.path("other")))
    }
    #expect("\(try #require(error))".contains("its decoder reads other latents"))
    #expect(!training.exists("copy"))
  }

  @Test func aDecoderNeedsAnAutoencoder() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try training.start("autoencoder", to: "none", Self.decoderOnly)
    }
    #expect("\(try #require(error))".contains("`initialize.vae`"))
  }
}
