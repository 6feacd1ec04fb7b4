import Autograd
import Foundation
import Models
import Pictures
import Support
import Tensors
import TestSupport
import Testing

/// Models whose condition is a text, in the forms in which Stable Diffusion circulates.
@Suite struct TextModelTests {
  private let temporary: TemporaryFolder
  private var folder: String { temporary.url.path }
  private var model: String { "\(folder)/model" }

  init() throws {
    temporary = try TemporaryFolder()
    try TinyModel.writeTextual(to: model)
  }

  private func conditioner(_ path: String) throws -> TextConditioner {
    try #require(ModelFolder(at: path).model().conditioner as? TextConditioner)
  }

  private func condition(_ text: String, _ conditioner: TextConditioner) throws -> Tensor {
    conditioner(Variable(try conditioner.prepare(.text(text), .stretch))).value
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  /// 77 tokens, padding included; nothing stands for the empty text.
  @Test func aFolderPaintsAfterTexts() throws {
    let text = try conditioner(model)
    let condition = try condition("a photo of a cat", text)
    #expect(condition.shape == [1, 77, 8] && text.tokens == 77 && text.width == 8)
    let tokens = text.tokenizer("a photo of a cat")
    #expect(condition == text.component.network([tokens]).value)
    #expect(try text.null(2).value == self.condition("", text).repeated(2))
    #expect(text.part(of: "text_model.final_layer_norm.weight") == .tower)
    #expect(
      message { _ = try text.prepare(.picture(Image(width: 8, height: 8)), .clip) }
        .contains("this model paints after a text, not after a reference picture"))
  }

  @Test(arguments: [(9, "StableDiffusionInpaintPipeline"), (4, "StableDiffusionPipeline")])
  func theIndexNamesDiffusersPipeline(_ channels: Int, _ pipeline: String) throws {
    let path = "\(folder)/\(channels)"
    try TinyModel.writeTextual(to: path, inChannels: channels)
    #expect(try ModelFolder(at: path).model().unet.network.configuration.inChannels == channels)
    let file = try Data(contentsOf: URL(fileURLWithPath: "\(path)/model_index.json"))
    guard case .object(let index) = try JSONValue(parsing: file) else { return }
    #expect(index["_class_name"] == .string(pipeline))
    #expect(index["text_encoder"] == .array([.string("transformers"), .string("CLIPTextModel")]))
    #expect(index["tokenizer"] == .array([.string("transformers"), .string("CLIPTokenizer")]))
    #expect(index["image_encoder"] == nil && index["feature_extractor"] == nil)
  }

  /// A copy in either layout gives the same condition. What diffusers' folders hold besides is no
  /// hindrance.
  @Test func copiesKeepTheCondition() throws {
    for other in ["safety_checker", "feature_extractor"] {
      try FileManager.default.createDirectory(
        atPath: "\(model)/\(other)", withIntermediateDirectories: false)
    }
    let source = try ModelFolder(at: model)
    let expected = try condition("two cats", conditioner(model))
    let skipped = try source.copy(to: "\(folder)/copy", as: .float32)
    #expect(skipped.description == "safety_checker/")
    try source.copy(to: "\(folder)/original", as: .float32, format: .originalNames)
    for copy in ["copy", "original"] {
      #expect(try condition("two cats", conditioner("\(folder)/\(copy)")) == expected)
    }
    let report = try ModelFolder(at: "\(folder)/copy").report()
    #expect(report.parts.map(\.component) == [.unet, .autoencoder, .textEncoder])
    let original = try ModelFolder(at: "\(folder)/original").report()
    #expect(original.parts.map(\.sha256) == report.parts.map(\.sha256))
  }

  /// An original checkpoint has no tokenizer; it may lie beside.
  @Test func originalCheckpointsNeedATokenizerBesideThem() throws {
    let (file, place) = ("\(folder)/sd/sd.safetensors", "cond_stage_model.transformer.text_model.")
    try ModelFolder(at: model).copy(to: file, as: .float32, format: .originalNames)
    var tensors = try Safetensors(file).tensors()
    #expect(tensors.keys.contains(place + "encoder.layers.1.self_attn.q_proj.weight"))
    tensors[place + "embeddings.position_ids"] = Tensor([1, 77], (0..<77).map { Float($0) })
    let metadata = try Safetensors(file).metadata
    try Safetensors.write(tensors, to: file, metadata: metadata)
    #expect(
      message { _ = try ModelFolder(at: file).model() }
        .contains("its tokenizer is missing: put the folder tokenizer/"))
    try FileManager.default.copyItem(
      atPath: Golden.file("text/plain").path, toPath: "\(folder)/sd/tokenizer")
    #expect(
      try condition("two cats", conditioner(file)) == condition("two cats", conditioner(model)))
    #expect(try ModelFolder(at: file).report().skipped.description == "1 tensors (1 position_ids)")
  }

  /// Sizes of such a checkpoint are read off its shapes.
  @Test func shapesTellTheTowersSizes() throws {
    let place = "cond_stage_model.transformer.text_model."
    var sizes = TextEncoderConfiguration()
    (sizes.vocabularySize, sizes.hiddenSize, sizes.intermediateSize) = (50, 128, 96)
    (sizes.layers, sizes.heads, sizes.positions, sizes.endToken) = (3, 2, 21, 2)
    let tower = Component<TextTransformer>(sizes)
    let tensors = Dictionary(
      uniqueKeysWithValues: tower.parameters.weights.map { name, value in
        (name.replacing("text_model.", with: place, maxReplacements: 1), value)
      })
    let file = "\(folder)/tower.safetensors"
    try Safetensors.write(tensors, to: file)
    let found = try ModelFolder(at: file).textEncoder()
    #expect(
      found.network.configuration
        == {
          var expected = sizes
          expected.projectionDimension = TextEncoderConfiguration().projectionDimension
          return expected
        }())
    #expect(found.parameters.weights == tower.parameters.weights)
  }

  /// Folders that transformers 5 wrote have no `text_model.` in their names; projections are passed
  /// over.
  @Test(arguments: ["text_encoder", "clip_text"])
  func everyVersionOfTransformersIsRead(_ name: String) throws {
    let golden = try Golden("text/encoders")
    let target = "\(folder)/other/text_encoder"
    try FileManager.default.createDirectory(
      atPath: "\(folder)/other", withIntermediateDirectories: false)
    try FileManager.default.copyItem(
      atPath: Golden.file("text/\(name)").path, toPath: target)
    let encoder = try ModelFolder(at: "\(folder)/other").textEncoder()
    expectClose(encoder.network(golden["tokens"]).value, golden["states"], 1e-4)
  }

  @Test func aTokenizerOfAnotherTowerIsRefused() throws {
    try FileManager.default.removeItem(atPath: "\(model)/tokenizer")
    #expect(
      message { _ = try ModelFolder(at: model).model() }
        .contains("its tokenizer is missing"))
    let settings = #"{"model_max_length": 90}"#
    try FileManager.default.copyItem(
      atPath: Golden.file("text/plain").path, toPath: "\(model)/tokenizer")
    try Data(settings.utf8).write(
      to: URL(fileURLWithPath: "\(model)/tokenizer/tokenizer_config.json"))
    #expect(
      message { _ = try ModelFolder(at: model).model() }
        .contains("makes texts of 90 tokens, the text encoder takes 77"))
  }

  /// Paint by Example's own condition wins.
  @Test func besideAnImageEncoderTheTextIsPassedOver() throws {
    let path = "\(folder)/both"
    try TinyModel.write(to: path)
    for part in ["text_encoder", "tokenizer"] {
      try FileManager.default.copyItem(atPath: "\(model)/\(part)", toPath: "\(path)/\(part)")
    }
    let both = try ModelFolder(at: path)
    #expect(try both.model().conditioner is ImageConditioner)
    #expect(try both.report().skipped.description == "text_encoder/, tokenizer/")
  }
}
