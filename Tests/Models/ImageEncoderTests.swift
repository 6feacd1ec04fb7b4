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

  /// A young encoder must tell where things are, or it learns colours long before shapes. With
  /// position embeddings of the customary 0.02 the moved picture's condition differs by a hundredth
  /// of what another picture's does.
  @Test func youngEncoderTellsPlaces() {
    let (side, patch) = (configuration().imageSize, configuration().patchSize)
    let encoder = ImageEncoder(ParameterStore(seed: 3).root, configuration())
    var random = RandomStream(seed: 3, purpose: "young encoder")
    let picture = Tensor(normal: [1, side, side, 3], using: &random)
    let other = Tensor(normal: [1, side, side, 3], using: &random)
    // A patch's height lower, what falls out at the bottom on top: the same patches elsewhere.
    let parts = [side - patch..<side, 0..<side - patch].map { picture.slice($0, axis: 1) }
    let moved = Tensor.concatenated(parts, axis: 1)
    let conditions = [picture, moved, other].map { encoder(Variable($0)).value }
    func distance(_ i: Int) -> Float {
      zip(conditions[0].values, conditions[i].values).reduce(0) { $0 + abs($1.0 - $1.1) }
    }
    #expect(distance(1) > 0.2 * distance(2))
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
