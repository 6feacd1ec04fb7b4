import Foundation
import Support

/// What the UNet is told about the reference picture.
public enum ConditionKind: String, CaseIterable, Sendable {
  /// One token, made of the tower's class token: the method's bottleneck.
  case classToken = "class-token"
  /// Every token of the tower: the paper's naive baseline.
  case allTokens = "all-tokens"
}

/// The sizes of the image encoder: a CLIP vision tower, the mapper and the projection to a context
/// token. Defaults: ViT-L/14 as in Paint by Example.
///
/// - Source: `CLIPVisionModel` of transformers; `PaintByExampleImageEncoder` of diffusers.
public struct ImageEncoderConfiguration: Equatable, Sendable {
  public typealias Activation = CLIPActivation

  /// Width of the tower and of the mapper.
  public var hiddenSize = 1024
  public var intermediateSize = 4096
  public var layers = 24
  public var heads = 16
  public var patchSize = 14
  /// Height and width in pixels of the reference picture.
  public var imageSize = 224
  public var activation = Activation.quickGELU
  public var layerNormEpsilon = 1e-5
  /// Width of a context token.
  public var projectionDimension = 768
  public var condition = ConditionKind.classToken

  public init() {}

  /// Transformer blocks between tower and projection; the diffusers layout fixes this rule.
  public var mapperLayers: Int { (layers + 1) / 5 }

  /// Tokens that the tower makes: one for each patch, and the class token.
  public var tokens: Int { (imageSize / patchSize) * (imageSize / patchSize) + 1 }

  /// Tokens that the UNet attends to.
  public var contextTokens: Int { condition == .classToken ? 1 : tokens }

  /// What makes these sizes impossible, one sentence each.
  public var problems: [String] {
    guard mapperLayers < 1 else { return towerProblems }
    return towerProblems + [
      "The image encoder has \(layers) layers; it needs at least 4, since its mapper has "
        + "(layers + 1) / 5 blocks."
    ]
  }

  private var towerProblems: [String] {
    var problems: [String] = []
    if hiddenSize % heads != 0 {
      problems.append(
        "The image encoder's width \(hiddenSize) does not divide into \(heads) heads.")
    }
    if imageSize < patchSize {
      problems.append("A reference of \(imageSize) pixels holds no patch of \(patchSize).")
    }
    return problems
  }
}

extension ImageEncoderConfiguration {
  /// Reads `image_encoder/config.json`; keys that are absent have the defaults of transformers.
  /// The tower may stand under `vision_config`, as in the config.json of the whole CLIP.
  ///
  /// - Throws: every wrong type and every option that changes the mathematics and is not built
  ///   here, by name.
  public init(_ members: [String: JSONValue], file: String) throws(ModelConfigurationError) {
    var reader = ConfigurationReader(Self.tower(members), file: file)
    readTower(&reader)
    projectionDimension = reader.integer(
      reader.isGiven("proj_size") ? "proj_size" : "projection_dim", default: 768)
    condition = reader.choice("condition", default: .classToken)
    if reader.problems.isEmpty { problems.forEach { reader.fail($0) } }
    try reader.finish()
  }

  /// Reads the config.json of transformers' `CLIPModel` or `CLIPVisionModelWithProjection`: the
  /// tower and its projection alone.
  ///
  /// - Throws: as ``init(contentsOf:)``.
  package init(clip file: URL) throws(ModelConfigurationError) {
    let members = try ConfigurationReader.members(of: file)
    var reader = ConfigurationReader(Self.tower(members), file: file.relativePath)
    readTower(&reader)
    projectionDimension = reader.integer("projection_dim", default: 512)
    if reader.problems.isEmpty { towerProblems.forEach { reader.fail($0) } }
    try reader.finish()
  }

  private mutating func readTower(_ reader: inout ConfigurationReader) {
    reader.fixed("model_type", .string("clip_vision_model"))
    reader.fixed("num_channels", .integer(3))
    reader.fixed("attention_dropout", .number(0))
    hiddenSize = reader.integer("hidden_size", default: 768)
    intermediateSize = reader.integer("intermediate_size", default: 3072)
    layers = reader.integer(
      "num_hidden_layers", default: 12, limit: ConfigurationReader.mostLayers)
    heads = reader.integer("num_attention_heads", default: 12)
    patchSize = reader.integer("patch_size", default: 32)
    imageSize = reader.integer("image_size", default: 224)
    activation = reader.choice("hidden_act", default: .quickGELU)
    layerNormEpsilon = reader.number("layer_norm_eps", default: 1e-5)
  }

  private static func tower(_ members: [String: JSONValue]) -> [String: JSONValue] {
    guard case .object(var tower)? = members["vision_config"] else { return members }
    for key in ["projection_dim", "proj_size", "condition"] where members[key] != nil {
      tower[key] = members[key]
    }
    return tower
  }

  /// What `image_encoder/config.json` holds. `condition` is ours and stands there only when it is
  /// not the method's own, so that such files are the same as diffusers'.
  public var json: [String: JSONValue] {
    var members: [String: JSONValue] = [
      "architectures": .array([.string("PaintByExampleImageEncoder")]),
      "attention_dropout": .number(0),
      "hidden_act": .string(activation.rawValue),
      "hidden_size": .integer(hiddenSize),
      "image_size": .integer(imageSize),
      "initializer_factor": .number(1),
      "initializer_range": .number(0.02),
      "intermediate_size": .integer(intermediateSize),
      "layer_norm_eps": .number(layerNormEpsilon),
      "model_type": .string("clip_vision_model"),
      "num_attention_heads": .integer(heads),
      "num_channels": .integer(3),
      "num_hidden_layers": .integer(layers),
      "patch_size": .integer(patchSize),
      "projection_dim": .integer(projectionDimension),
      "torch_dtype": .string("float32"),
    ]
    if condition != .classToken { members["condition"] = .string(condition.rawValue) }
    return members
  }
}
