import Foundation
import Models
import Tensors
import TestSupport
import Testing
import Training

/// With `model.params.lora` adapters learn, and nothing else.
@Suite struct AdapterTrainingTests {
  private let training: TinyTraining
  private static let adapters = TinyTraining.fresh + ["model.params.lora.rank=2"]

  init() throws { training = try TinyTraining() }

  private func weights(_ run: String, _ step: Int, _ component: String) throws -> Data {
    let names = try training.contents("\(run)/\(training.folder(step))/\(component)")
    return try #require(names.first { $0.key.hasSuffix(".safetensors") }?.value)
  }

  @Test func onlyAdaptersChange() throws {
    try training.start("diffusion", to: "run", Self.adapters)
    for component in ["unet", "image_encoder", "vae"] {
      #expect(try weights("run", 2, component) == weights("run", 6, component))
    }
    #expect(try weights("run", 2, "lora") != weights("run", 6, "lora"))
    let file = training.path("run/\(training.folder(6))/lora/pytorch_lora_weights.safetensors")
    let tensors = try Safetensors(file)
    let moved = try tensors.names.filter { $0.hasSuffix("lora_B.weight") }
      .filter { try tensors.tensor($0).values.contains { $0 != 0 } }
    #expect(moved.count == tensors.names.count / 2, "every adapter has learnt")
    let moments = try Safetensors(
      training.path("run/\(training.folder(6))/optimizer.safetensors"))
    #expect(moments.names.count == 2 * tensors.names.count)
  }

  /// Queries and keys over one token would never learn.
  @Test func idleModulesGetNone() throws {
    try training.start("diffusion", to: "run", Self.adapters)
    let file = training.path("run/\(training.folder(6))/lora/pytorch_lora_weights.safetensors")
    let modules = Set(try Safetensors(file).names.map { $0.replacing(#/\.lora_.*/#, with: "") })
    let block = "unet.down_blocks.1.attentions.0.transformer_blocks.0"
    #expect(modules.contains("\(block).attn1.to_q") && modules.contains("\(block).attn2.to_v"))
    #expect(!modules.contains { $0.hasSuffix("attn2.to_q") || $0.hasSuffix("attn2.to_k") })
    #expect(modules.contains("image_encoder.proj_out"))
    #expect(!modules.contains { $0.hasPrefix("image_encoder.model") }, "the tower stays as it is")
  }

  /// A run is a model, merged with its own adapters; so is what it began with, merged with them by name.
  @Test func aRunIsTheMergedModel() throws {
    try training.start("diffusion", to: "run", Self.adapters)
    try training.start(
      "diffusion", to: "base", TinyTraining.fresh + ["lightning.trainer.max_steps=0"])
    let tuned = try ModelFolder(at: training.path("run")).model()
    let adapters = [AdapterSource(path: training.path("run"))]
    let merged = try ModelFolder(at: training.path("base"), adapters: adapters).model()
    #expect(tuned.unet.parameters.weights.count == merged.unet.parameters.weights.count)
    for (name, weight) in tuned.unet.parameters.weights {
      #expect(merged.unet.parameters.weights[name]?.values == weight.values, "\(name)")
    }
  }

  /// What another run begins with is the merged model.
  @Test func anotherRunBeginsWithTheMergedModel() throws {
    try training.start("diffusion", to: "run", Self.adapters)
    let none = ["lightning.trainer.max_steps=0", "initialize.vae=null"]
    try training.start(
      "diffusion", to: "next", none + ["initialize.model=\(training.path("run"))"])
    try training.start(
      "diffusion", to: "base", TinyTraining.fresh + ["lightning.trainer.max_steps=0"])
    try training.start(
      "diffusion", to: "asked",
      none + [
        "initialize.model=\(training.path("base"))", "initialize.lora=[\(training.path("run")):1]",
      ])
    let tuned = try ModelFolder(at: training.path("run")).model(.raw)
    let next = try ModelFolder(at: training.path("next")).model(.raw)
    let averaged = try ModelFolder(at: training.path("run")).model(.averaged)
    let asked = try ModelFolder(at: training.path("asked")).model(.raw)
    for (name, weight) in next.unet.parameters.weights {
      #expect(tuned.unet.parameters.weights[name]?.values == weight.values, "\(name)")
    }
    for (name, weight) in asked.unet.parameters.weights {
      #expect(averaged.unet.parameters.weights[name]?.values == weight.values, "\(name)")
    }
  }

  @Test(arguments: [
    ("diffusion", "model.params.lora.scale=2", "`model.params.lora` needs `rank`"),
    ("diffusion", "model.params.lora={rank: 0}", "whole number from 1"),
    ("diffusion", "model.params.lora={rank: 2, targets: []}", "nothing would be trained"),
    (
      "diffusion", "model.params.lora={rank: 2, targets: [attn3.to_v]}",
      "did you mean 'attn1.to_v'?"
    ),
    ("autoencoder", "model.params.lora.rank=2", "has no meaning for the objective autoencoder"),
    ("autoencoder", "initialize.lora=[a]", "has no meaning for the objective autoencoder"),
    ("diffusion", "initialize.lora=['a:inf']", "expected a file, or FILE:WEIGHT"),
    ("diffusion", "initialize.lora=[nothing.safetensors]", "nothing.safetensors"),
  ])
  func whatMakesNoSenseIsRefused(
    _ configuration: String, _ override: String, _ message: String
  ) throws {
    let error = #expect(throws: (any Error).self) {
      try training.start(configuration, to: "run", [override])
    }
    #expect(error.map { "\($0)" }?.contains(message) == true, "\(error.map { "\($0)" } ?? "")")
  }
}
