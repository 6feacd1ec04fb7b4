import Autograd
import Foundation
import Models
import Tensors
import TestSupport
import Testing

/// Adapters are merged to `W + weight · alpha/rank · B A`, whatever tool has written them; what cannot be
/// merged is said.
@Suite struct AdapterTests {
  private let folder: TemporaryFolder
  private static let module = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_v"
  private static let convolution = "mid_block.resnets.0.conv1"
  private static let rank = 3

  init() throws {
    folder = try TemporaryFolder()
    try TinyModel.write(to: folder.path("model"))
  }

  private var shapes: [String: [Int]] {
    get throws {
      let store = try ModelFolder(at: folder.path("model")).unet().parameters
      return Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0.shape) })
    }
  }

  /// A and B for a module's weight.
  private func factors(_ module: String) throws -> (a: Tensor, b: Tensor) {
    let shape = try #require(try shapes["\(module).weight"])
    let (inputs, ones) = (Array(shape.dropFirst()), shape.dropFirst(2).map { _ in 1 })
    let count = inputs.reduce(1, *) * Self.rank
    return (
      Tensor([Self.rank] + inputs, Hashed.values("a \(module)", count)),
      Tensor([shape[0], Self.rank] + ones, Hashed.values("b \(module)", shape[0] * Self.rank))
    )
  }

  private func write(
    _ tensors: [String: Tensor], _ name: String = "lora.safetensors",
    metadata: [String: String] = [:]
  ) throws {
    try Safetensors.write(tensors, to: folder.path(name), metadata: metadata)
  }

  private func merged(_ source: String = "lora.safetensors", weight: Float = 1) throws -> [String:
    Tensor]
  {
    let adapters = AdapterSource(path: folder.path(source), weight: weight)
    let model = try ModelFolder(at: folder.path("model"), adapters: [adapters]).model()
    return model.unet.parameters.weights
  }

  /// The expected weight in double precision.
  private func expectMerged(
    _ found: [String: Tensor], _ module: String, factor: Double
  ) throws {
    let (a, b) = try factors(module)
    let name = "\(module).weight"
    let plain = try ModelFolder(at: folder.path("model")).unet().parameters.weights
    let base = try #require(plain[name]).values
    let columns = a.count / Self.rank
    let expected = base.indices.map { i in
      let (row, column) = i.quotientAndRemainder(dividingBy: columns)
      let sum = (0..<Self.rank).reduce(0.0) {
        $0 + Double(b.values[row * Self.rank + $1]) * Double(a.values[$1 * columns + column])
      }
      return Float(Double(base[i]) + factor * sum)
    }
    let weight = try #require(found[name]).values
    #expect(zip(weight, expected).allSatisfy { abs($0 - $1) <= 1e-6 })
    let others = found.keys.filter { $0 != name && !$0.hasPrefix(Self.convolution) }
    #expect(others.allSatisfy { found[$0]?.values == plain[$0]?.values })
  }

  @Test(arguments: [
    ("unet.\(module).lora_A.weight", "unet.\(module).lora_B.weight"),
    ("\(module).lora_A.default.weight", "\(module).lora_B.default.weight"),
    ("base_model.model.\(module).lora_A.weight", "base_model.model.\(module).lora_B.weight"),
    ("unet.\(module).lora.down.weight", "unet.\(module).lora.up.weight"),
    ("unet.\(module).lora_linear_layer.down.weight", "unet.\(module).lora_linear_layer.up.weight"),
    (
      "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_v_lora.down.weight",
      "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_v_lora.up.weight"
    ),
    (
      "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_v.lora_down.weight",
      "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_v.lora_up.weight"
    ),
    (
      "lora_unet_input_blocks_3_1_transformer_blocks_0_attn1_to_v.lora_down.weight",
      "lora_unet_input_blocks_3_1_transformer_blocks_0_attn1_to_v.lora_up.weight"
    ),
    (
      "model.diffusion_model.input_blocks.3.1.transformer_blocks.0.attn1.to_v.lora_A.weight",
      "model.diffusion_model.input_blocks.3.1.transformer_blocks.0.attn1.to_v.lora_B.weight"
    ),
  ])
  func everyToolsNamesAreRead(_ down: String, _ up: String) throws {
    let (a, b) = try factors(Self.module)
    try write([down: a, up: b])
    try expectMerged(merged(weight: 0.5), Self.module, factor: 0.5)
  }

  @Test func alphaIsDividedByTheRank() throws {
    let (a, b) = try factors(Self.module)
    let name = "lora_unet_" + Self.module.replacing(".", with: "_")
    try write([
      "\(name).lora_down.weight": a, "\(name).lora_up.weight": b,
      "\(name).alpha": Tensor([], [1.5]),
    ])
    try expectMerged(merged(), Self.module, factor: 0.5)
  }

  @Test func convolutionsAreChanged() throws {
    let (a, b) = try factors(Self.convolution)
    try write([
      "unet.\(Self.convolution).lora_A.weight": a, "unet.\(Self.convolution).lora_B.weight": b,
    ])
    try expectMerged(merged(), Self.convolution, factor: 1)
  }

  @Test(arguments: [
    (#"{"r": 3, "lora_alpha": 6}"#, 2.0),
    (#"{"r": 3, "lora_alpha": 6, "use_rslora": true}"#, 6 / 3.0.squareRoot()),
    (#"{"r": 3, "lora_alpha": 6, "alpha_pattern": {"attn1.to_v": 1.5}}"#, 0.5),
  ])
  func pEFTsConfigurationSaysTheFactor(_ configuration: String, _ factor: Double) throws {
    let (a, b) = try factors(Self.module)
    try FileManager.default.createDirectory(
      atPath: folder.path("peft"), withIntermediateDirectories: true)
    try write(
      [
        "base_model.model.\(Self.module).lora_A.weight": a,
        "base_model.model.\(Self.module).lora_B.weight": b,
      ], "peft/adapter_model.safetensors")
    try Data(configuration.utf8).write(
      to: URL(fileURLWithPath: folder.path("peft/adapter_config.json")))
    try expectMerged(merged("peft"), Self.module, factor: factor)
  }

  /// Each network's own; without a network's name a module is the UNet's.
  @Test(arguments: [
    (#"{"unet.lora_alpha": 6, "image_encoder.lora_alpha": 9}"#, "unet.", 2.0),
    (#"{"unet.lora_alpha": 6, "image_encoder.lora_alpha": 9}"#, "", 2.0),
    (#"{"image_encoder.lora_alpha": 9, "image_encoder.use_dora": false}"#, "unet.", 1.0),
    (#"{"unet.alpha_pattern": {"attn1.to_v": 1.5}, "unet.lora_alpha": 6}"#, "unet.", 0.5),
  ])
  func metadataSaysTheFactor(_ metadata: String, _ prefix: String, _ factor: Double) throws {
    let (a, b) = try factors(Self.module)
    let name = prefix + Self.module
    try write(
      ["\(name).lora_A.weight": a, "\(name).lora_B.weight": b],
      metadata: ["lora_adapter_metadata": metadata])
    try expectMerged(merged(), Self.module, factor: factor)
  }

  /// What is said of the image encoder counts there.
  @Test func metadataOfAnotherNetworkIsItsOwn() throws {
    let name = "mapper.blocks.0.attn1.to_v"
    let encoder = try ModelFolder(at: folder.path("model")).imageEncoder().parameters
    let plain = try #require(encoder["\(name).weight"]).value
    try write(
      [
        "image_encoder.\(name).lora_A.weight": Tensor(full: [2, plain.shape[1]], 0.5),
        "image_encoder.\(name).lora_B.weight": Tensor(full: [plain.shape[0], 2], 0.25),
      ],
      metadata: [
        "lora_adapter_metadata": #"{"unet.lora_alpha": 6, "image_encoder.lora_alpha": 1}"#
      ])
    let source = AdapterSource(path: folder.path("lora.safetensors"))
    let model = try ModelFolder(at: folder.path("model"), adapters: [source]).model()
    let merged = try #require(model.conditioner.parameters["\(name).weight"]).value
    #expect(zip(merged.values, plain.values).allSatisfy { abs($0 - $1 - 0.125) < 1e-6 })
  }

  @Test func severalAddUp() throws {
    let (a, b) = try factors(Self.module)
    try write(["unet.\(Self.module).lora_A.weight": a, "unet.\(Self.module).lora_B.weight": b])
    let sources = [Float(0.5), -0.25].map {
      AdapterSource(path: folder.path("lora.safetensors"), weight: $0)
    }
    let model = try ModelFolder(at: folder.path("model"), adapters: sources).model()
    try expectMerged(model.unet.parameters.weights, Self.module, factor: 0.25)
  }

  @Test func whatHasNoPlaceIsSaid() throws {
    let (a, b) = try factors(Self.module)
    let attention = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_q"
    let (queryA, queryB) = try factors(attention)
    try write([
      "unet.\(Self.module).lora_A.weight": a, "unet.\(Self.module).lora_B.weight": b,
      "unet.\(attention).lora_A.weight": queryA, "unet.\(attention).lora_B.weight": queryB,
      "unet.conv_in.lora_A.weight": Tensor(zeros: [3, 4, 3, 3]),
      "unet.conv_in.lora_B.weight": Tensor(zeros: [8, 3, 1, 1]),
      "unet.down_blocks.9.nothing.lora_A.weight": a, "unet.down_blocks.9.nothing.lora_B.weight": b,
      "text_encoder.layer.lora_A.weight": a, "text_encoder.layer.lora_B.weight": b,
    ])
    let source = AdapterSource(path: folder.path("lora.safetensors"))
    let notes = try ModelFolder(at: folder.path("model"), adapters: [source]).model().notes
    #expect(
      notes.map { $0.replacing("\(source.path): ", with: "") } == [
        "unet.conv_in is [8, 3, 1, 1] × [3, 4, 3, 3] there, the model's weight [8, 9, 3, 3]: left out",
        "1 module of a text encoder left out: this model has none",
        "left out what the model has no module for: unet.down_blocks.9.nothing",
        "1 change of queries and keys without effect, where the model attends to one token",
      ])
  }

  @Test(arguments: [
    (["a.lora_A.weight": [3, 8]], "one of the two factors is missing or empty for a"),
    (["unet.x.lora_A.weight": [3, 8], "unet.x.lora_B.weight": [8, 3]], "none of its modules"),
    (["weight": [3]], "not a file of adapters"),
    (["unet.\(module).hada_w1_a": [3, 8]], "belongs to LoHa"),
    (
      ["unet.\(module).lora_A.weight": [3, 9], "unet.\(module).lora_B.weight": [8, 3]],
      "made for another model"
    ),
    (
      ["unet.\(module).lora_A.weight": [3, 8], "unet.\(module).lora_B.weight": [8, 2]],
      "made for another model"
    ),
    (
      [
        "unet.\(module).lora_A.weight": [3, 8], "unet.\(module).lora_B.weight": [8, 3],
        "unet.\(module).alpha": [2],
      ], "should hold one finite number"
    ),
    (
      ["unet.\(module).lora_A.weight": [0, 8], "unet.\(module).lora_B.weight": [8, 0]],
      "missing or empty"
    ),
  ])
  func whatIsNoAdapterIsRefused(_ shapes: [String: [Int]], _ message: String) throws {
    try write(shapes.mapValues { Tensor(full: $0, 0.5) })
    let error = #expect(throws: AdapterError.self) { try merged() }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func numbersThatAreNoneAreRefused() throws {
    let (a, b) = try factors(Self.module)
    try write([
      "unet.\(Self.module).lora_A.weight": a * .nan, "unet.\(Self.module).lora_B.weight": b,
    ])
    let error = #expect(throws: AdapterError.self) { try merged() }
    #expect(error?.description.contains("NaN or infinity") == true)
  }

  @Test(arguments: [
    ("a.safetensors", "a.safetensors", Float(1)), ("a:0.5", "a", 0.5), ("a:b", "a:b", 1),
    ("C:/x:-2", "C:/x", -2), ("a:", "a:", 1),
  ])
  func aWeightFollowsTheLastColon(_ text: String, _ path: String, _ weight: Float) {
    #expect(AdapterSource(text) == AdapterSource(path: path, weight: weight))
  }

  @Test(arguments: ["", "a:inf", "a:nan", ":2"])
  func noFileAndNoFiniteWeightIsNoSource(_ text: String) {
    #expect(AdapterSource(text) == nil)
  }

  /// What layers add is what merging changes.
  @Test func adaptersAtWorkAreTheMergedOnes() throws {
    let model = try ModelFolder(at: folder.path("model")).model()
    let settings = AdapterSettings(rank: 2)
    let adapters = try ModelAdapters(of: model, settings, seed: 1)
    for parameter in adapters.parameters.parameters {
      parameter.value = Tensor(parameter.shape, Hashed.values(parameter.name, parameter.count))
    }
    try write(adapters.parameters.weights)
    let merged = try ModelFolder(
      at: folder.path("model"),
      adapters: [AdapterSource(path: folder.path("lora.safetensors"))]
    ).model()
    #expect(merged.notes.isEmpty)
    let latents = Tensor([1, 8, 8, 9], Hashed.values("latents", 8 * 8 * 9))
    let reference = Tensor([1, 16, 16, 3], Hashed.values("reference", 16 * 16 * 3))
    let outputs = [model, merged].map { model in
      withoutGradients {
        let condition = model.conditioner(Variable(reference))
        return model.unet.network(Variable(latents), timesteps: [500], context: condition).value
      }
    }
    let plain = try ModelFolder(at: folder.path("model")).model()
    let unchanged = withoutGradients {
      plain.unet.network(
        Variable(latents), timesteps: [500], context: plain.conditioner(Variable(reference))
      ).value
    }
    #expect(outputs[0].largestDifference(to: outputs[1]) <= 1e-5)
    #expect(outputs[0].largestDifference(to: unchanged) > 1e-2)
  }
}

extension Tensor {
  fileprivate func largestDifference(to other: Tensor) -> Float {
    zip(values, other.values).map { abs($0 - $1) }.max() ?? 0
  }
}
