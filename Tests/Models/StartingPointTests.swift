import Autograd
import Foundation
import Models
import Support
import Tensors
import TestSupport
import Testing

/// What training starts from as the paper does.
@Suite struct StartingPointTests {
  @Test func aWidenedUNetTakesNoNoticeOfTheNewChannels() {
    var configuration = UNetConfiguration()
    configuration.inChannels = 4
    configuration.blockOutChannels = [8, 16]
    configuration.layersPerBlock = 1
    configuration.attentionLevels = [true, false]
    configuration.attentionHeads = 2
    configuration.crossAttentionDimension = 12
    configuration.normGroups = 4
    let narrow = Component<UNet>(configuration, seed: 3)
    let wide = narrow.widened(to: 9)
    var random = RandomStream(seed: 1, purpose: "widening")
    let latents = Tensor(normal: [2, 8, 8, 4], using: &random)
    let context = Variable(Tensor(normal: [2, 3, 12], using: &random))
    let expected = narrow.network(Variable(latents), timesteps: [981, 1], context: context).value
    for scale: Float in [0, 1, 100] {
      let others = Tensor(normal: [2, 8, 8, 5], using: &random) * scale
      let input = Variable(.concatenated([latents, others], axis: 3))
      let found = wide.network(input, timesteps: [981, 1], context: context).value
      expectClose(found, expected, 1e-6, "scale \(scale)")
    }
    #expect(wide.network.configuration.inChannels == 9)
  }

  private let clip: ModelForms
  private let encoder: Component<ImageEncoder>

  /// A folder of CLIP as published: both towers, what compares them, positions.
  init() throws {
    clip = try ModelForms()
    encoder = try ModelFolder(at: clip.model).imageEncoder()
  }

  private func writeCLIP(below place: String, nested: Bool) throws -> String {
    let folder = clip.path("clip")
    var tensors = encoder.parameters.weights.filter { $0.key.hasPrefix("model.vision_model.") }
    tensors.move("model.vision_model.", to: place)
    if nested {
      let names = ["logit_scale", "text_projection.weight", "visual_projection.weight"]
      for name in names + ["text_model.final_layer_norm.bias", "\(place)embeddings.position_ids"] {
        tensors[name] = Tensor([1], [2])
      }
    }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Safetensors.write(tensors, to: "\(folder)/model.safetensors")
    var tower = encoder.network.configuration.json
    tower["projection_dim"] = .integer(99)
    let config: [String: JSONValue] =
      nested
      ? [
        "model_type": .string("clip"), "projection_dim": .integer(99),
        "vision_config": .object(tower), "text_config": .object(["hidden_size": .integer(7)]),
      ] : tower
    try Data(JSONValue.object(config).text.utf8)
      .write(to: URL(fileURLWithPath: "\(folder)/config.json"))
    return folder
  }

  @Test(arguments: [("vision_model.", true), ("vision_model.", false), ("", false)])
  func theTowerOfCLIP(place: String, nested: Bool) throws {
    let folder = try CLIPFolder(at: try writeCLIP(below: place, nested: nested))
    #expect(CLIPFolder.looksLikeOne(folder.path))
    let fresh = Component<ImageEncoder>(encoder.network.configuration, seed: 77)
    let untouched = fresh.parameters.weights
    let skipped = try folder.load(into: fresh)
    for parameter in fresh.parameters.parameters {
      let isTower = parameter.name.hasPrefix("model.vision_model.")
      let expected = isTower ? encoder.parameters[parameter.name]?.value : untouched[parameter.name]
      #expect(parameter.value == expected, "\(parameter.name)")
    }
    #expect(skipped.weights == (nested ? [.comparison: 3, .textTower: 1, .positions: 1] : [:]))
  }

  @Test func aTowerThatIsNotWholeIsRefused() throws {
    let folder = try writeCLIP(below: "vision_model.", nested: true)
    try clip.rewrite("\(folder)/model.safetensors") {
      $0["vision_model.post_layernorm.weight"] = nil
    }
    let fresh = Component<ImageEncoder>(encoder.network.configuration)
    let error = #expect(throws: ModelFolderError.self) {
      try CLIPFolder(at: folder).load(into: fresh)
    }
    #expect("\(error as Any)".contains("vision_model.post_layernorm.weight"))
  }
}
