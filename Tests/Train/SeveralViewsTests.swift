import Autograd
import Foundation
import Models
import Pictures
import Tensors
import TestSupport
import Testing
import Training

/// Training with several references and with references that show their object alone.
@Suite struct SeveralViewsTests {
  private let training: TinyTraining
  private let views = "data.params.train.params.most_views"
  private let masked = "data.params.train.params.reference_mask_probability"

  init() throws { training = try TinyTraining() }

  /// A weight of the UNet as it was and as it is after six steps without decay.
  private func change(of name: String, _ overrides: [String], _ run: String) throws -> Float {
    try training.start(
      "diffusion", to: run,
      overrides + [
        "model.params.optimizer_config.params.weight_decay=0", "model.params.ema_decay=0",
      ])
    let weights = try [0, 6].map { step in
      let folder = training.path("\(run)/\(training.folder(step))")
      let unet = try ModelFolder(at: folder).model(.raw).unet
      let found = try #require(unet.parameters.parameters.first { $0.name.hasSuffix(name) })
      return found.value
    }
    return zip(weights[0].values, weights[1].values).map { abs($0 - $1) }.max() ?? 0
  }

  /// Softmax over one token is 1, whatever queries and keys say.
  @Test func queriesAndKeysLearnOnlyWithSeveralTokens() throws {
    for name in ["attn2.to_q.weight", "attn2.to_k.weight"] {
      #expect(try change(of: name, [], "one-\(name)") == 0)
      #expect(try change(of: name, ["\(views)=4"], "four-\(name)") > 0)
    }
    #expect(try change(of: "attn2.to_v.weight", [], "value") > 0)
  }

  @Test func oneViewIsTheRunThatThereWasBefore() throws {
    try training.start("diffusion", to: "plain")
    try training.start("diffusion", to: "said", ["\(views)=1", "\(masked)=0"])
    #expect(try training.course("said") == training.course("plain"))
    #expect(try training.contents("said/checkpoints") == training.contents("plain/checkpoints"))
    try training.start("diffusion", to: "several", ["\(views)=2"])
    #expect(try training.course("several") != training.course("plain"))
  }

  @Test(arguments: [1, 2]) func adaptersOfQueriesAndKeysComeWithSeveralViews(_ count: Int) throws {
    try training.start("diffusion", to: "run", ["model.params.lora.rank=2", "\(views)=\(count)"])
    let folder = training.path("run/\(training.folder(6))")
    let file = try Safetensors("\(folder)/lora/pytorch_lora_weights.safetensors")
    let names = try file.tensors().keys
    #expect(names.contains { $0.contains("attn2.to_q") } == (count > 1))
    #expect(names.contains { $0.contains("attn2.to_v") })
  }

  @Test func validationSaysWhatAllViewsAreGoodFor() throws {
    try training.start("diffusion", to: "one")
    try training.start("diffusion", to: "two", ["\(views)=2"])
    let (one, two) = (try training.log("one"), try training.log("two"))
    #expect(!one.contains { $0["loss_all_views"] != nil })
    let validated = two.filter { $0["loss_own"] != nil }
    #expect(!validated.isEmpty && validated.allSatisfy { $0["loss_all_views"] != nil })
    #expect(validated.contains { $0["loss_all_views"] != $0["loss_own"] })
  }

  @Test func referencesAloneNeedMasksInTheData() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try training.start("diffusion", to: "run", ["\(masked)=0.5"])
    }
    let message = error.map { "\($0)" } ?? ""
    #expect(
      message.contains("`data.params.train.params.reference_mask_probability` is 0.5, but")
        && message.contains("pictures.jsonl has no mask of an object"), "\(message)")
    #expect(throws: ConfigurationError.self) {
      try training.start("diffusion", to: "run", ["\(views)=17"])
    }
  }

  @Test func referencesAloneAreTrainedOnWhereTheDataHasMasks() throws {
    try makeMasks()
    let data = "data.params.train.params.dataset_dir=\(training.path("masked.jsonl"))"
    let validation = data.replacing("train.", with: "validation.")
    try training.start("diffusion", to: "whole", [data, validation])
    try training.start("diffusion", to: "alone", [data, validation, "\(masked)=1"])
    #expect(try training.course("alone") != training.course("whole"))
  }

  private func makeMasks() throws {
    var lines = ""
    for i in 0..<TinyTraining.pictures {
      var mask = GrayImage(width: 24, height: 24, fill: 0)
      mask.draw(GrayImage(width: 12 - i % 3, height: 10, fill: 255), x: 4 + i % 3, y: 5)
      try mask.writePNG(to: training.path("mask-\(i).png"))
      lines +=
        "{\"image\": \"\(i).png\", \"box\": [3, 4, 18, 16], \"object_mask\": \"mask-\(i).png\"}\n"
    }
    try training.write(lines, "masked.jsonl")
  }
}
