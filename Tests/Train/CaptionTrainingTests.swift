import Autograd
import Datasets
import Foundation
import Models
import Support
import Tensors
import TestSupport
import Testing
import Training

/// Training on captions: a CLIP of one's own, and a text-to-image prior.
@Suite struct CaptionTrainingTests {
  private let training: TinyTraining

  init() throws {
    training = try TinyTraining()
    let captions = ["a dog", "a black cat", "a red fox"]
    var manifest = ""
    for i in 0..<TinyTraining.pictures {
      manifest +=
        "{\"image\": \"\(i).png\", \"boxes\": [[3, 4, \(14 + i % 5), 15], [8, 8, 20, 19]], "
        + "\"captions\": [\"\(captions[i % 3])\", [\"a cat\", \"\(captions[(i + 1) % 3])\"]]}\n"
    }
    try training.write(manifest, "captions.jsonl")
    try LearntVocabulary(captions, merges: 40, length: 8).tokenizer()
      .write(to: training.path("vocabulary"))
    try training.write(clip, "clip.yaml")
    try training.write(prior, "prior.yaml")
  }

  private var clip: String {
    """
    objective: clip
    model:
      base_learning_rate: 1e-3
      params:
        cond_stage_config:
          params: {hidden_size: 8, layers: 4, heads: 2, patch_size: 8, image_size: 16}
        text_stage_config:
          params:
            {tokenizer: \(training.path("vocabulary")), hidden_size: 8, layers: 1, heads: 2, embed_dim: 6}
    \(common(batch: 5))
    """
  }

  private var prior: String {
    """
    objective: text-to-image
    initialize: {vae: random, text_encoder: \(training.path("judge/checkpoints/latest/clip"))}
    model:
      base_learning_rate: 1e-3
      params:
        image_size: 8
        parameterization: v
        scale_factor: auto
        ema_decay: 0.9
        null_condition: sample
        unet_config:
          params:
            in_channels: 4
            model_channels: 8
            channel_mult: [1, 2]
            num_res_blocks: 1
            attention_resolutions: [2]
            num_heads: 2
            norm_groups: 4
            context_dim: 8
        first_stage_config:
          params:
            ddconfig: {ch: 8, ch_mult: [1, 2], num_res_blocks: 1, norm_groups: 4}
    \(common(batch: 2))
    """
  }

  private func common(batch: Int) -> String {
    """
    data:
      params:
        batch_size: \(batch)
        num_workers: 1
        train: {params: {dataset_dir: \(training.path("captions.jsonl")), image_size: 16}}
        validation: {params: {dataset_dir: \(training.path("captions.jsonl"))}}
    lightning: {trainer: {max_steps: 4}}
    checkpoint: {every: 2, keep_last: 9}
    validation: {every: 2, cases: 4, timesteps: [300, 700]}
    samples: {every: 4, count: 2, sampler: ddim, steps: 2}
    """
  }

  @Test func aCLIPThatWasKilledGoesOnExactly() throws {
    try training.start("clip", to: "whole")
    for step in [0, 2] {
      try training.copy("whole", killedAfter: step, to: "killed")
      try training.resume("killed")
      #expect(try training.course("killed") == training.course("whole"))
      #expect(try training.contents("killed/checkpoints") == training.contents("whole/checkpoints"))
      try training.remove("killed")
    }
  }

  @Test func aTrainedCLIPReadsAsAPublishedOne() throws {
    try training.start("clip", to: "judge")
    let folder = training.path("judge/checkpoints/latest/clip")
    let vision = try CLIPVision.load(from: folder)
    let text = try CLIPText.load(from: folder)
    #expect(vision.network.configuration.projectionDimension == 6)
    #expect(text.network.configuration.projectionDimension == 6)
    #expect(try CLIPText.tokenizer(for: folder).length == 8)
    let scale = try #require(text.network.logitScale)
    #expect(abs(scale + logf(0.07)) < 0.1, "it starts at CLIP's temperature and learns")
    #expect(scale != -logf(0.07))
    // The tower can be an image encoder's, and a text encoder's.
    #expect(try CLIPFolder(at: folder).configuration.layers == 4)
    #expect(try TextConditioner(clip: folder).tokens == 8)
    let last = try #require(training.log("judge").last)
    for key in ["validation_text_of_picture", "validation_picture_of_text", "validation_chance"] {
      guard case .number(let share)? = last[key].map(Self.number) else {
        Issue.record("\(key) is not in the log")
        continue
      }
      #expect((0...1).contains(share))
    }
  }

  private static func number(_ value: JSONValue) -> JSONValue {
    if case .integer(let whole) = value { .number(Double(whole)) } else { value }
  }

  /// Equal captions are positives: two perfect copies of one pair have no more loss than the entropy of
  /// an even share, and exchanging the copies changes nothing.
  @Test func equalCaptionsAreNotHeldAgainstEachOther() {
    let rows = Variable(Tensor([3, 2], [1, 0, 1, 0, 0, 1]))
    let scale = Variable(Tensor(logf(50)))
    let shared = rows.contrast(rows, logScale: scale, groups: [0, 0, 1]).value.scalar
    let apart = rows.contrast(rows, logScale: scale, groups: [0, 1, 2]).value.scalar
    // Two rows of three are asked for one of two equal answers: log 2 each, whatever is learnt.
    #expect(abs(shared - 2 * logf(2) / 3) < 1e-5)
    #expect(abs(apart - shared) < 1e-5, "nothing tells copies apart, so both ask the same here")
    // But where copies lie apart, only shared positives draw them together.
    let spread = Variable.leaf(Tensor([3, 2], [1, 0.2, 1, -0.2, 0, 1]))
    func pull(_ groups: [Int]) -> Float {
      let loss = spread.contrast(Variable(spread.value), logScale: scale, groups: groups)
      return loss.gradients()[spread]?.values[1] ?? 0
    }
    #expect(pull([0, 0, 1]) > 0, "down towards its equal")
    #expect(pull([0, 1, 2]) < pull([0, 0, 1]))
  }

  @Test(arguments: [[], ["model.params.lora.rank=2"]])
  func aPriorThatWasKilledGoesOnExactly(_ others: [String]) throws {
    try training.start("clip", to: "judge")
    try training.start("prior", to: "whole", others)
    try training.copy("whole", killedAfter: 2, to: "killed")
    try training.resume("killed")
    #expect(try training.course("killed") == training.course("whole"))
    #expect(try training.contents("killed/checkpoints") == training.contents("whole/checkpoints"))
    #expect(training.exists("whole/samples/step-000004.png"))
    let keys = Set(try #require(training.log("whole").last).keys)
    #expect(keys.isSuperset(of: ["validation_loss", "loss_shuffled", "loss_null"]))
  }

  /// With adapters nothing else changes, and the averaged prior merged with them is what the run shows.
  @Test func aPriorLearnsAdapters() throws {
    try training.start("clip", to: "judge")
    try training.start("prior", to: "prior", TinyTraining.fresh)
    let base = training.path("prior")
    try training.start(
      "prior", to: "style",
      ["initialize.model=\(base)", "initialize.vae=null", "model.params.lora.rank=2"])
    let adapters = [AdapterSource(path: training.path("style"))]
    let merged = try ModelFolder(at: base, adapters: adapters).model().unet.parameters.weights
    let style = try ModelFolder(at: training.path("style")).model().unet.parameters.weights
    let before = try ModelFolder(at: base).model().unet.parameters.weights
    #expect(style.keys.allSatisfy { merged[$0]?.values == style[$0]?.values })
    #expect(style != before)
    let changed = before.keys.filter { style[$0] != before[$0] }
    #expect(changed.contains { $0.contains("attn2.to_q") }, "eight tokens: queries matter")
    #expect(!changed.contains("conv_in.weight"))
  }

  /// What is written is a text-to-image model, and the method's UNet starts from it.
  @Test func theMethodStartsFromAPrior() throws {
    try training.start("clip", to: "judge")
    try training.start("prior", to: "prior")
    let folder = try ModelFolder(at: training.path("prior"))
    let model = try folder.model()
    #expect(model.conditioner is TextConditioner)
    #expect(model.layout == .latents)
    try training.start(
      "diffusion", to: "painter",
      ["initialize.unet=\(training.path("prior"))", "lightning.trainer.max_steps=0"])
    let before = try folder.unet(.raw).parameters.weights
    let after = try ModelFolder(at: training.path("painter")).unet(.raw).parameters.weights
    let (narrow, wide) = (
      try #require(before["conv_in.weight"]), try #require(after["conv_in.weight"])
    )
    #expect(narrow.shape[1] == 4 && wide.shape[1] == 9)
    #expect(wide.slice(0..<4, axis: 1) == narrow)
    #expect(wide.slice(4..<9, axis: 1).sumOfMagnitudes() == 0)
    for (name, weight) in before where name != "conv_in.weight" { #expect(after[name] == weight) }
  }

  @Test func picturesWithoutCaptionsAreRefused() throws {
    let key = "data.params.train.params.dataset_dir=\(training.path("pictures.jsonl"))"
    let error = #expect(throws: LoaderError.self) { try training.start("clip", to: "r", [key]) }
    #expect("\(try #require(error))".contains("has no caption"))
  }

  @Test(arguments: [
    ("clip", "model.params.text_stage_config.params.tokenizer=null", "tokenizer` is missing"),
    ("prior", "initialize.text_encoder=null", "`initialize.text_encoder`"),
    ("prior", "model.params.unet_config.params.in_channels=9", "expected 4: noisy latent alone"),
    ("prior", "model.params.unet_config.params.context_dim=12", "width of a token: 8 there, 12"),
    ("clip", "model.params.text_stage_config.params.heads=3", "does not divide `hidden_size` (8)"),
  ])
  func whatIsWrongIsSaid(_ configuration: String, _ override: String, _ message: String) throws {
    if configuration == "prior" { try training.start("clip", to: "judge") }
    do {
      try training.start(configuration, to: "r", [override])
      Issue.record("\(override) was accepted")
    } catch let error as any SettingMessage {
      #expect(error.text { "--\($0)" }.contains(message))
    } catch {
      #expect("\(error)".contains(message))
    }
  }
}
