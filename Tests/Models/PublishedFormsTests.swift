import Foundation
import Models
import Support
import Tensors
import TestSupport
import Testing

/// The same weights, bit for bit, in every form in which models circulate.
@Suite struct PublishedFormsTests {
  private let forms: ModelForms
  private let expected: [String: Tensor]

  init() throws {
    forms = try ModelForms()
    expected = try ModelForms.weights(forms.model)
  }

  private func weights() throws -> [String: Tensor] { try ModelForms.weights(forms.model) }

  @Test func theTowerAsTransformers5NamesIt() throws {
    try forms.rewrite(.imageEncoder) { $0.move("model.vision_model.", to: "model.") }
    #expect(try weights() == expected)
  }

  @Test(arguments: [false, true]) func attentionAsOldDiffusersNamedIt(asConvolutions: Bool) throws {
    let names = ["to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"]
    try forms.rewrite(.autoencoder) { tensors in
      for half in ["encoder", "decoder"] {
        let block = "\(half).mid_block.attentions.0"
        for (new, old) in names { tensors.move("\(block).\(new).", to: "\(block).\(old).") }
        guard asConvolutions, let weight = tensors["\(block).query.weight"] else { continue }
        tensors["\(block).query.weight"] = weight.reshaped(weight.shape + [1, 1])
      }
    }
    #expect(try weights() == expected)
    let report = try ModelFolder(at: forms.model).report()
    let blocks = ["encoder", "decoder"].map { "\($0).mid_block.attentions.0.to_q.weight" }
    #expect(report.parts[1].reshaped.sorted() == (asConvolutions ? blocks.sorted() : []))
  }

  @Test func linearLayersWhereConvolutionsAreMeant() throws {
    try forms.rewrite(.unet) { tensors in
      for (name, value) in tensors where name.hasSuffix("proj_in.weight") {
        tensors[name] = value.reshaped(Array(value.shape.prefix(2)))
      }
    }
    #expect(try weights() == expected)
  }

  @Test func whatIsPassedOverIsReported() throws {
    try forms.rewrite(.imageEncoder) {
      $0["model.vision_model.embeddings.position_ids"] = Tensor([1, 17], (0..<17).map(Float.init))
    }
    try FileManager.default.createDirectory(
      atPath: "\(forms.model)/safety_checker", withIntermediateDirectories: false)
    #expect(try weights() == expected)
    let skipped = try ModelFolder(at: forms.model).report().skipped
    #expect(skipped.description == "1 tensors (1 position_ids), safety_checker/")
  }

  @Test(arguments: [Safetensors.ElementType.float16, .bfloat16])
  func halfPrecisionBesideNoOther(type: Safetensors.ElementType) throws {
    let variant = type == .float16 ? "fp16" : "bf16"
    for component in [ComponentName.unet, .autoencoder, .imageEncoder] {
      let file = forms.file(component)
      let target = file.replacing(".safetensors", with: ".\(variant).safetensors")
      try forms.rewrite(file, to: target, type: type) { _ in }
    }
    let found = try weights()
    for (name, value) in expected {
      let rounded = value.values.map { x in
        type == .float16
          ? Float(Float16(x))
          : Float(bitPattern: (x.bitPattern &+ 0x7fff &+ (x.bitPattern >> 16 & 1)) & 0xffff_0000)
      }
      #expect(found[name]?.values == rounded, "\(name)")
    }
  }

  @Test func shards() throws {
    let file = forms.file(.unet)
    let tensors = try Safetensors(file).tensors()
    let halves = tensors.keys.sorted().enumerated().reduce(
      into: [[String: Tensor]](repeating: [:], count: 2)
    ) {
      $0[$1.offset % 2][$1.element] = tensors[$1.element]
    }
    var map: [String: JSONValue] = [:]
    for (index, half) in halves.enumerated() {
      let name = "diffusion_pytorch_model-0000\(index + 1)-of-00002.safetensors"
      try Safetensors.write(half, to: "\(forms.model)/unet/\(name)")
      for key in half.keys { map[key] = .string(name) }
    }
    let index = JSONValue.object(["metadata": .object([:]), "weight_map": .object(map)])
    try FileManager.default.removeItem(atPath: file)
    try Data(index.text.utf8).write(to: URL(fileURLWithPath: file + ".index.json"))
    #expect(try weights() == expected)
  }

  @Test func oneFileUnderTheOriginalNamesAndBack() throws {
    let source = try ModelFolder(at: forms.model)
    try source.copy(to: forms.path("one"), as: .float32, format: .originalNames)
    #expect(try ModelForms.weights(forms.path("one")) == expected)
    try ModelFolder(at: forms.path("one/model.safetensors")).copy(
      to: forms.path("back"), as: .float32)
    for component in [ComponentName.unet, .autoencoder, .imageEncoder] {
      let file = ModelFolder.weightsFile(component, averaged: false, in: forms.path("back"))
      #expect(FileManager.default.contentsEqual(atPath: file, andPath: forms.file(component)))
    }
    let digests = try [forms.model, forms.path("one"), forms.path("back")].map {
      try ModelFolder(at: $0).report().parts.map(\.sha256)
    }
    #expect(digests[0] == digests[1] && digests[0] == digests[2])
    #expect(Set(digests[0]).count == 3)
  }

  @Test func queryKeyAndValueAreStackedInThatOrder() throws {
    try ModelFolder(at: forms.model).copy(
      to: forms.path("one.safetensors"), as: .float32, format: .originalNames)
    let file = try Safetensors(forms.path("one.safetensors"))
    let block = "image_encoder/mapper.blocks.0.attn1"
    for leaf in ["weight", "bias"] {
      let stack = try file.tensor("cond_stage_model.mapper.resblocks.0.attn.c_qkv.\(leaf)")
      let parts = ["to_q", "to_k", "to_v"].compactMap { expected["\(block).\($0).\(leaf)"] }
      #expect(stack == .concatenated(parts, axis: 0))
    }
    #expect(try file.tensor("learnable_vector") == expected["image_encoder/uncond_vector"])
  }
}

/// A checkpoint of the original code, without any configuration beside it.
@Suite struct OriginalCheckpointTests {
  private let forms: ModelForms
  private let source: String
  private let checkpoint: String

  init() throws {
    forms = try ModelForms()
    (source, checkpoint) = (forms.path("source"), forms.path("lone/model.safetensors"))
    try forms.writePublishedProportions(to: source)
    try ModelFolder(at: source).copy(to: checkpoint, as: .float32, format: .originalNames)
    try change { _ in }  // drops the metadata, which tells sizes
  }

  private func change(_ body: (inout [String: Tensor]) -> Void) throws {
    try forms.rewrite(checkpoint, body)
  }

  @Test func sizesAreReadOffTheShapes() throws {
    let (expected, found) = (try ModelFolder(at: source), try ModelFolder(at: checkpoint))
    #expect(try found.configuration(of: UNet.self) == expected.configuration(of: UNet.self))
    #expect(
      try found.configuration(of: Autoencoder.self) == expected.configuration(of: Autoencoder.self))
    #expect(
      try found.configuration(of: ImageEncoder.self)
        == expected.configuration(of: ImageEncoder.self))
    #expect(try found.scheduler() == expected.scheduler())
    #expect(try ModelForms.weights(checkpoint) == ModelForms.weights(source))
    #expect(try ModelForms.weights(forms.path("lone")) == ModelForms.weights(source))
  }

  @Test func whatBelongsToTheTrainingIsPassedOverAndReported() throws {
    let one = Tensor([1], [1])
    try change { tensors in
      for name in [
        "betas", "alphas_cumprod", "first_stage_model.loss.discriminator.main.0.weight", "logvar",
        "cond_stage_model.transformer.vision_model.embeddings.position_ids",
      ] { tensors[name] = one }
    }
    #expect(try ModelForms.weights(checkpoint) == ModelForms.weights(source))
    let skipped = try ModelFolder(at: checkpoint).report().skipped
    #expect(skipped.weights == [.schedule: 3, .loss: 1, .positions: 1])
  }

  @Test func averagedWeightsAreTakenWhereTheyAreWanted() throws {
    try change { tensors in
      for (name, value) in tensors where name.hasPrefix("model.") {
        tensors["model_ema." + name.split(separator: ".").dropFirst().joined()] = value * 2
      }
      tensors["model_ema.decay"] = Tensor([1], [0.9999])
      tensors["model_ema.num_updates"] = Tensor([1], [7])
    }
    let (raw, averaged) = (
      try ModelForms.weights(checkpoint, .raw), try ModelForms.weights(checkpoint, .averaged)
    )
    #expect(try raw == ModelForms.weights(source))
    for (name, value) in raw {
      #expect(averaged[name] == (name.hasPrefix("unet/") ? value * 2 : value), "\(name)")
    }
    let skipped = try ModelFolder(at: checkpoint).report(.raw).skipped.weights
    #expect(skipped[.averages] == raw.keys.filter { $0.hasPrefix("unet/") }.count)
    #expect(skipped[.averageCounters] == 2)
  }

  @Test func whatHasNoPlaceIsAnError() throws {
    try change { $0["surprise.weight"] = Tensor([1], [1]) }
    let error = #expect(throws: ModelFolderError.self) { try ModelFolder(at: checkpoint).model() }
    #expect("\(error as Any)".contains("surprise.weight"))
  }

  /// It paints after texts, and a checkpoint in one file has no tokenizer.
  @Test func aCheckpointOfStableDiffusionNeedsATokenizer() throws {
    try change { tensors in
      for name in tensors.keys
      where name.hasPrefix("cond_stage_model.") || name == "learnable_vector" {
        tensors[name] = nil
      }
      tensors.move("proj_out.", to: "cond_stage_model.transformer.text_model.")
    }
    let error = #expect(throws: ModelFolderError.self) { try ModelFolder(at: checkpoint).model() }
    #expect("\(error as Any)".contains("paints after texts, and its tokenizer is missing"))
    _ = try ModelFolder(at: checkpoint).unet()
  }

  @Test func otherFilesAreNotTakenForOne() throws {
    #expect(throws: ModelFolderError.self) { try ModelFolder(at: forms.file(.unet)) }
    try FileManager.default.copyItem(atPath: checkpoint, toPath: forms.path("lone/second.ckpt"))
    let error = #expect(throws: ModelFolderError.self) { try ModelFolder(at: forms.path("lone")) }
    #expect("\(error as Any)".contains("second.ckpt"))
  }
}
