import Autograd
import Models
import Tensors
import TestSupport
import Testing

@Suite struct ImageEncoderTests {
  private func configuration(
    _ condition: ConditionKind = .classToken,
    _ activation: ImageEncoderConfiguration.Activation = .quickGELU
  ) -> ImageEncoderConfiguration {
    var configuration = GoldenModel.imageEncoder
    configuration.condition = condition
    configuration.activation = activation
    return configuration
  }

  @Test(arguments: ImageEncoderConfiguration.Activation.allCases)
  func towerMatchesPyTorch(_ activation: ImageEncoderConfiguration.Activation) throws {
    let oracle = try ModelGolden("clip_\(activation.rawValue)") {
      VisionTransformer($0 / "vision_model", configuration(.classToken, activation))
    }
    let tokens = oracle.model(try oracle.input("image"))
    let pooled = oracle.model.normalized(tokens.slice(0..<1, axis: 1)).reshaped([2, 16])
    try oracle.expectMatch(["tokens": tokens, "pooled": pooled])
  }

  /// Both kinds of condition share their weights; the gradients are those of both together.
  @Test func encoderMatchesPyTorch() throws {
    let oracle = try ModelGolden("image_encoder_small") { ImageEncoder($0, configuration()) }
    var every = oracle.model
    every.configuration.condition = .allTokens
    let image = try oracle.input("image")
    try oracle.expectMatch([
      "class_token": oracle.model(image), "all_tokens": every(image), "null": oracle.model.null(2),
    ])
  }

  @Test func nullConditionHasAsManyTokensAsTheCondition() {
    let model = ImageEncoder(ParameterStore().root, configuration(.allTokens))
    #expect(model.null(3).shape == [3, 10, 12])
  }

  @Test func hasTheNamesAndShapesOfThePublishedModel() throws {
    let found = listing { _ = ImageEncoder($0, ImageEncoderConfiguration()) }
    #expect(found == (try Golden.listing("image_encoder")))
  }
}
