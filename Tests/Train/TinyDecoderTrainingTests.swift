import Foundation
import Models
import Tensors
import TestSupport
import Testing
import Training

/// Distilling an autoencoder's decoder.
@Suite struct TinyDecoderTrainingTests {
  private let training: TinyTraining

  init() throws {
    training = try TinyTraining()
    try training.start("autoencoder", to: "autoencoder")
  }

  private func settings(_ others: [String] = []) -> [String] {
    [
      "objective=tiny-decoder", "initialize.vae=\(training.path("autoencoder"))",
      "model.params.scale_factor=auto",
      "model.params.tiny_decoder_config.params.ch=6",
      "model.params.tiny_decoder_config.params.blocks=[1, 1]",
    ] + others
  }

  @Test func resumingIsExact() throws {
    try training.start("autoencoder", to: "whole", settings())
    for step in [0, 4] {
      try training.copy("whole", killedAfter: step, to: "killed")
      try training.resume("killed")
      #expect(try training.course("killed") == training.course("whole"))
      #expect(try training.contents("killed/checkpoints") == training.contents("whole/checkpoints"))
      try training.remove("killed")
    }
  }

  /// It comes nearer to the autoencoder's pictures, and is read from its run.
  @Test func itLearns() throws {
    try training.start(
      "autoencoder", to: "tiny",
      settings(["lightning.trainer.max_steps=120", "validation.every=60", "checkpoint.every=60"]))
    let errors = try training.log("tiny").compactMap { line -> Double? in
      guard case .number(let value)? = line["validation_mse"] else { return nil }
      return value
    }
    #expect(errors.count == 2 && errors[1] < 0.8 * errors[0], "\(errors)")
    let decoder = try TinyDecoder.load(from: training.path("tiny"))
    #expect(decoder.network.configuration.channels == 6)
    #expect(training.exists("tiny/samples/step-000120.png"))
  }

  @Test func levelsMustBeTheAutoencoders() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try training.start(
        "autoencoder", to: "other",
        settings(["model.params.tiny_decoder_config.params.blocks=[1, 1, 1]"]))
    }
    #expect("\(error as Any)".contains("has 3 levels, expected 2"), "\(error as Any)")
  }
}
