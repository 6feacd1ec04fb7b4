import Foundation
import Models
import Support
import Testing

/// The `config.json` files of the diffusers layout.
@Suite struct ModelConfigurationTests {
  private static let repeated32 = [String](repeating: "32", count: 17).joined(separator: ",")

  private func members(_ json: String) throws -> [String: JSONValue] {
    guard case .object(let members) = try JSONValue(parsing: Data(json.utf8)) else { return [:] }
    return members
  }

  @Test func defaultsAreThePublishedModel() {
    #expect(UNetConfiguration().timeEmbeddingChannels == 1280)
    #expect(AutoencoderConfiguration().downsampling == 8)
    #expect(ImageEncoderConfiguration().mapperLayers == 5)
    #expect(ImageEncoderConfiguration().tokens == 257)
  }

  @Test func writtenFilesReadBackTheSame() throws {
    var unet = UNetConfiguration()
    unet.blockOutChannels = [32, 64]
    unet.attentionLevels = [false, true]
    unet.attentionHeads = 4
    var autoencoder = AutoencoderConfiguration()
    autoencoder.blockOutChannels = [32, 64, 64]
    autoencoder.scalingFactor = 0.7234567891
    var encoder = ImageEncoderConfiguration()
    encoder.layers = 4
    encoder.activation = .gelu
    encoder.condition = .allTokens
    #expect(try UNetConfiguration(members(JSONValue.object(unet.json).text), file: "f") == unet)
    #expect(
      try AutoencoderConfiguration(
        members(JSONValue.object(autoencoder.json).text), file: "f") == autoencoder)
    #expect(
      try ImageEncoderConfiguration(
        members(JSONValue.object(encoder.json).text), file: "f") == encoder)
  }

  /// Keys and values of the published model's files, which diffusers 0.8 wrote.
  @Test func publishedFilesAreRead() throws {
    let unet = try UNetConfiguration(
      members(
        """
        {"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.8.0", "act_fn": "silu",
         "attention_head_dim": 8, "block_out_channels": [320, 640, 1280, 1280],
         "center_input_sample": false, "cross_attention_dim": 768, "down_block_types":
         ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
         "downsample_padding": 1, "flip_sin_to_cos": true, "freq_shift": 0, "in_channels": 9,
         "layers_per_block": 2, "mid_block_scale_factor": 1, "norm_eps": 1e-05,
         "norm_num_groups": 32, "out_channels": 4, "sample_size": 64, "up_block_types":
         ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]}
        """), file: "unet/config.json")
    #expect(unet == UNetConfiguration())
    let encoder = try ImageEncoderConfiguration(
      members(
        """
        {"architectures": ["PaintByExampleImageEncoder"], "attention_dropout": 0.0,
         "dropout": 0.0, "hidden_act": "quick_gelu", "hidden_size": 1024, "image_size": 224,
         "intermediate_size": 4096, "layer_norm_eps": 1e-05, "model_type": "clip_vision_model",
         "num_attention_heads": 16, "num_channels": 3, "num_hidden_layers": 24,
         "patch_size": 14, "projection_dim": 768, "torch_dtype": "float32"}
        """), file: "image_encoder/config.json")
    #expect(encoder == ImageEncoderConfiguration())
  }

  @Test func optionsThatChangeTheMathematicsAreNamedAllAtOnce() throws {
    let json = """
      {"use_linear_projection": true, "resnet_time_scale_shift": "scale_shift",
       "only_cross_attention": [false, true], "transformer_layers_per_block": [1, 2],
       "down_block_types": ["AttnDownBlock2D"], "attention_head_dim": [5, 10],
       "in_channels": "9", "upcast_attention": true, "block_out_channels": [32, 64]}
      """
    let error = #expect(throws: ModelConfigurationError.self) {
      try UNetConfiguration(members(json), file: "unet/config.json")
    }
    for key in [
      "use_linear_projection", "resnet_time_scale_shift", "only_cross_attention",
      "transformer_layers_per_block", "down_block_types", "attention_head_dim", "in_channels",
    ] {
      #expect(error?.description.contains("`\(key)`") == true, "\(key)")
    }
    #expect(error?.description.contains("upcast_attention") == false)
    #expect(error?.description.hasPrefix("unet/config.json describes") == true)
  }

  @Test(arguments: [
    ("{\"in_channels\": true}", "`in_channels` is true, expected a positive whole number"),
    ("{\"in_channels\": 4.5}", "`in_channels` is 4.5, expected a positive whole number"),
    (
      "{\"layers_per_block\": 10000000}",
      "`layers_per_block` is 10000000, expected a positive whole"
    ),
    ("{\"layers_per_block\": [300, 300, 300, 300]}", "`layers_per_block` is [300,300,300,300]"),
    ("{\"block_out_channels\": [\(Self.repeated32)]}", "should be a list of 1 to 16 positive"),
    ("{\"block_out_channels\": 320}", "`block_out_channels` should be a list"),
    ("{\"block_out_channels\": [320, 0]}", "`block_out_channels` should be a list"),
    ("{\"block_out_channels\": [33, 64, 64, 64]}", "33 UNet channels do not divide into 32"),
    ("{\"_class_name\": \"AutoencoderKL\"}", "`_class_name` is \"AutoencoderKL\", supported"),
  ])
  func wrongValuesAreNamed(_ json: String, _ message: String) throws {
    let error = #expect(throws: ModelConfigurationError.self) {
      try UNetConfiguration(members(json), file: "config.json")
    }
    #expect(error?.description.contains(message) == true, "\(error as Any)")
  }

  @Test(arguments: ["", "[1]", "{\"a\": ", "{\"a\": 1e999}"])
  func brokenFilesAreNamed(_ text: String) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    let error = #expect(throws: ModelConfigurationError.self) {
      try AutoencoderConfiguration(contentsOf: file)
    }
    #expect(error?.description.hasPrefix(file.path) == true)
  }

  @Test(arguments: [
    ("{\"beta_end\": 2}", "`beta_end` is 2, expected a number between 0 and 1"),
    ("{\"beta_start\": 1.5}", "`beta_start` is 1.5"),
    ("{\"num_train_timesteps\": 10000000}", "`num_train_timesteps` is 10000000"),
    ("{\"timestep_spacing\": \"karras\"}", "supported: leading, linspace, trailing"),
    ("{\"steps_offset\": 1000}", "`steps_offset` is 1000, expected a whole number of at least 0"),
    ("{\"set_alpha_to_one\": 1}", "`set_alpha_to_one` is 1, expected true or false"),
    ("{\"skip_prk_steps\": 0}", "`skip_prk_steps` is 0, expected true or false"),
    ("{\"clip_sample_range\": -1}", "`clip_sample_range` is -1, expected a positive number"),
    ("{\"beta_schedule\": \"squaredcos_cap_v2\"}", "supported: scaled_linear, linear"),
    ("{\"final_sigmas_type\": \"sigma_min\"}", "`final_sigmas_type`"),
    ("{\"use_karras_sigmas\": true}", "`use_karras_sigmas` is true"),
  ])
  func schedulesThatCannotBeAreNamed(_ json: String, _ message: String) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(json.utf8).write(to: file)
    let error = #expect(throws: ModelConfigurationError.self) {
      try SchedulerConfiguration(contentsOf: file)
    }
    #expect(error?.description.contains(message) == true, "\(error as Any)")
  }

  @Test(arguments: [nil, SamplingGrid.Spacing.trailing])
  func schedulesSayWhichTimestepsAreSampled(_ spacing: SamplingGrid.Spacing?) throws {
    var written = SchedulerConfiguration()
    written.grid = SamplingGrid(spacing: spacing, offset: 0, endsAtOne: true)
    #expect((written.json["timestep_spacing"] == nil) == (spacing == nil))
    #expect(try reread(written).schedule.grid == written.grid)
  }

  private func reread(_ written: SchedulerConfiguration) throws -> SchedulerConfiguration {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(JSONValue.object(written.json).text.utf8).write(to: file)
    return try SchedulerConfiguration(contentsOf: file)
  }

  /// The class says how diffusers, and we, sample where nothing else is said.
  @Test(arguments: SchedulerClass.allCases)
  func schedulesNameTheUsualSampler(_ usual: SchedulerClass) throws {
    var written = SchedulerConfiguration()
    #expect(written.grid.usual == .pndm)
    written.grid.usual = usual
    #expect(written.json["_class_name"] == .string(usual.rawValue))
    #expect(try reread(written).grid.usual == usual)
  }

  @Test func aTowerNeedsFourLayersForItsMapper() throws {
    let error = #expect(throws: ModelConfigurationError.self) {
      try ImageEncoderConfiguration(["num_hidden_layers": .integer(3)], file: "config.json")
    }
    #expect(error?.description.contains("at least 4") == true)
  }
}
