import Foundation
import Support

/// The sizes of CLIP's text tower. Defaults: ViT-L/14's, as in Stable Diffusion.
///
/// - Source: `CLIPTextModel` of transformers.
public struct TextEncoderConfiguration: Equatable, Sendable {
  /// Numbers of tokens are less.
  public var vocabularySize = 49408
  public var hiddenSize = 768
  public var intermediateSize = 3072
  public var layers = 12
  public var heads = 12
  /// The most tokens of a text.
  public var positions = 77
  public var activation = CLIPActivation.quickGELU
  public var layerNormEpsilon = 1e-5
  /// Width of a text's features in the comparison with pictures.
  public var projectionDimension = 768
  /// The number of the token that ends a text. 2 stands for the greatest number in the text, as
  /// configurations from before 2023 say.
  public var endToken = 49407

  public init() {}

  /// What makes these sizes impossible, one sentence each.
  public var problems: [String] {
    hiddenSize % heads == 0
      ? [] : ["The text encoder's width \(hiddenSize) does not divide into \(heads) heads."]
  }
}

extension TextEncoderConfiguration {
  /// The `eos_token_id` that means the greatest number.
  package static let greatestToken = 2

  /// Reads `text_encoder/config.json`; keys that are absent have the defaults of transformers. The
  /// tower may stand under `text_config`, as in the config.json of the whole CLIP.
  ///
  /// - Throws: every wrong type and every option that changes the mathematics and is not built
  ///   here, by name.
  public init(_ members: [String: JSONValue], file: String) throws(ModelConfigurationError) {
    var reader = ConfigurationReader(Self.tower(members), file: file)
    reader.fixed("model_type", .string("clip_text_model"))
    reader.fixed("attention_dropout", .number(0))
    vocabularySize = reader.integer("vocab_size", default: 49408)
    hiddenSize = reader.integer("hidden_size", default: 512)
    intermediateSize = reader.integer("intermediate_size", default: 2048)
    layers = reader.integer(
      "num_hidden_layers", default: 12, limit: ConfigurationReader.mostLayers)
    heads = reader.integer("num_attention_heads", default: 8)
    positions = reader.integer("max_position_embeddings", default: 77, from: 2, limit: 1 << 16)
    activation = reader.choice("hidden_act", default: .quickGELU)
    layerNormEpsilon = reader.number("layer_norm_eps", default: 1e-5)
    projectionDimension = reader.integer("projection_dim", default: 512)
    endToken = reader.integer("eos_token_id", default: 49407, from: 0)
    if reader.problems.isEmpty { problems.forEach { reader.fail($0) } }
    try reader.finish()
  }

  private static func tower(_ members: [String: JSONValue]) -> [String: JSONValue] {
    guard case .object(var tower)? = members["text_config"] else { return members }
    if let dimension = members["projection_dim"] { tower["projection_dim"] = dimension }
    return tower
  }

  /// What `text_encoder/config.json` holds.
  public var json: [String: JSONValue] {
    [
      "architectures": .array([.string("CLIPTextModel")]),
      "attention_dropout": .number(0),
      "bos_token_id": .integer(endToken == Self.greatestToken ? 0 : max(endToken - 1, 0)),
      "eos_token_id": .integer(endToken),
      "hidden_act": .string(activation.rawValue),
      "hidden_size": .integer(hiddenSize),
      "initializer_factor": .number(1),
      "initializer_range": .number(0.02),
      "intermediate_size": .integer(intermediateSize),
      "layer_norm_eps": .number(layerNormEpsilon),
      "max_position_embeddings": .integer(positions),
      "model_type": .string("clip_text_model"),
      "num_attention_heads": .integer(heads),
      "num_hidden_layers": .integer(layers),
      "pad_token_id": .integer(1),
      "projection_dim": .integer(projectionDimension),
      "torch_dtype": .string("float32"),
      "vocab_size": .integer(vocabularySize),
    ]
  }
}
