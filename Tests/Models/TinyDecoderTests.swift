import Autograd
import Foundation
import Models
import Support
import Tensors
import TestSupport
import Testing

/// The tiny decoder against diffusers' AutoencoderTiny (Tests/Golden/tiny_decoder.py).
@Suite struct TinyDecoderTests {
  private let folder = Golden.file("tiny_decoder").path

  @Test func diffusersFolderDecodesAsThere() throws {
    let golden = try Golden("tiny_decoder_values")
    let decoder = try TinyDecoder.load(from: folder)
    #expect(decoder.network.configuration.blocks == [2, 1, 1])
    let found = decoder.network(Variable(golden["latents"]))
    expectClose(found.value, golden["pictures"], 1e-5, "pictures")
    let gradients = found.gradients(seed: golden["weight"])
    for (name, expected) in golden.group("gradient") {
      let parameter = try #require(decoder.parameters[name])
      expectClose(try #require(gradients[parameter]), expected, 1e-5, name)
    }
  }

  @Test func hasTheNamesAndShapesOfThePublishedOne() throws {
    let found = listing { _ = TinyDecoder($0, TinyDecoderConfiguration()) }
    #expect(found == (try Golden.listing("tiny_decoder")))
  }

  /// A file tells its sizes by itself, encoder and all.
  @Test func aFileNeedsNoConfiguration() throws {
    let alone = try TinyDecoder.load(from: "\(folder)/diffusion_pytorch_model.safetensors")
    let whole = try TinyDecoder.load(from: folder)
    #expect(alone.network.configuration == whole.network.configuration)
    #expect(alone.parameters.weights == whole.parameters.weights)
  }

  @Test func whatIsWrittenReadsTheSame() throws {
    let decoder = try TinyDecoder.load(from: folder)
    let configuration = decoder.network.configuration
    let temporary = try TemporaryFolder()
    try ModelFolder.write(
      .tinyDecoder, configuration: configuration.json, weights: decoder.parameters.weights,
      to: temporary.path("model"))
    for path in ["model", "model/tiny_decoder"] {
      let again = try TinyDecoder.load(from: temporary.path(path))
      #expect(again.network.configuration == configuration)
      #expect(again.parameters.weights == decoder.parameters.weights)
    }
  }

  @Test(arguments: [
    (#""act_fn": "silu""#, #"`act_fn` is "silu", supported: "relu"."#),
    (#""num_decoder_blocks": [2, 1], "decoder_block_out_channels": [8, 16]"#, "for all 2 levels"),
    (#""scaling_factor": 0.5"#, "`scaling_factor` is 0.5"),
    (#""num_decoder_blocks": [2, 0]"#, "`num_decoder_blocks` should be a list"),
  ])
  func whatIsNotBuiltIsRefused(_ member: String, _ problem: String) throws {
    let temporary = try TemporaryFolder()
    let file = try temporary.write("{\(member)}".utf8, "config.json")
    let error = #expect(throws: ModelConfigurationError.self) {
      try TinyDecoderConfiguration(contentsOf: URL(filePath: file))
    }
    #expect("\(error as Any)".contains(problem), "\(error as Any)")
  }

  @Test func whatIsNoTinyDecoderIsNamed() throws {
    let temporary = try TemporaryFolder()
    let file = temporary.path("other.safetensors")
    try Safetensors.write(["weight": Tensor(zeros: [2])], to: file)
    let error = #expect(throws: ModelFolderError.self) { try TinyDecoder.load(from: file) }
    #expect("\(error as Any)".contains("other.safetensors: not a tiny decoder"))
    try TinyModel.write(to: temporary.path("model"))
    #expect(throws: ModelFolderError.self) { try TinyDecoder.load(from: temporary.path("model")) }
    let missing = #expect(throws: ModelFolderError.self) { try TinyDecoder.load(from: "nowhere") }
    #expect("\(missing as Any)".contains("no such file or folder"))
  }

  /// A model with a tiny decoder: it goes where the model goes, except under original names.
  @Test func aModelKeepsItsTinyDecoder() throws {
    let temporary = try TemporaryFolder()
    let (model, copy) = (temporary.path("model"), temporary.path("copy"))
    try TinyModel.write(to: model)
    #expect(try ModelFolder(at: model).model().tinyDecoder == nil)
    var sizes = TinyDecoderConfiguration()
    (sizes.channels, sizes.blocks) = (6, [1, 1])
    let tiny = Component<TinyDecoder>(sizes, seed: 3)
    func write(_ decoder: Component<TinyDecoder>) throws {
      try ModelFolder.write(
        .tinyDecoder, configuration: decoder.network.configuration.json,
        weights: decoder.parameters.weights, to: model)
    }
    try write(tiny)
    try ModelFolder(at: model).copy(to: copy, as: .float32)
    var found = try ModelFolder(at: copy).model()
    #expect(found.tinyDecoder?.parameters.weights == tiny.parameters.weights)
    var random = RandomStream(seed: 1, purpose: "latents")
    let latents = random.normal([1, 4, 6, 4])
    let full = found.pictures(of: latents)
    found.decodesTiny = true
    #expect(found.pictures(of: latents) == tiny.network(Variable(latents)).value)
    #expect(found.pictures(of: latents).shape == full.shape)
    let original = temporary.path("original.safetensors")
    try ModelFolder(at: model).copy(to: original, as: .float32, format: .originalNames)
    #expect(try ModelFolder(at: original).model().tinyDecoder == nil)
    // One for other latents is refused with the model.
    sizes.blocks = [1, 1, 1]
    try write(Component<TinyDecoder>(sizes))
    let error = #expect(throws: ModelFolderError.self) { try ModelFolder(at: model).model() }
    #expect("\(error as Any)".contains("enlarges latents by 4, the autoencoder by 2"))
  }
}
