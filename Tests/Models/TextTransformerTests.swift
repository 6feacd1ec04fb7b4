import Autograd
import Models
import Tensors
import TestSupport
import Testing

/// CLIP's text tower against transformers: Tests/Golden/text.py.
@Suite struct TextTransformerTests {
  private func configuration(_ activation: CLIPActivation) -> TextEncoderConfiguration {
    var sizes = TextEncoderConfiguration()
    (sizes.vocabularySize, sizes.hiddenSize, sizes.intermediateSize) = (24, 16, 24)
    (sizes.layers, sizes.heads, sizes.positions) = (3, 2, 9)
    sizes.activation = activation
    // The older rule for a text's end with one activation, the newer one with the other.
    sizes.endToken = activation == .gelu ? 23 : 2
    return sizes
  }

  /// States, what is taken at the end of a text, and all gradients.
  @Test(arguments: CLIPActivation.allCases)
  func towerMatchesPyTorch(_ activation: CLIPActivation) throws {
    let oracle = try ModelGolden("text_\(activation.rawValue)") {
      TextTransformer($0, configuration(activation))
    }
    let values = oracle.golden["inputs/tokens"].values.map { Int($0) }
    let tokens = [Array(values[..<8]), Array(values[8...])]
    let states = oracle.model(tokens)
    try oracle.expectMatch(["states": states, "pooled": oracle.model.pooled(states, of: tokens)])
  }

  @Test func aTokenSeesWhatIsBeforeItAlone() {
    let model = TextTransformer(ParameterStore(seed: 5).root, configuration(.quickGELU))
    let (a, b) = (model([[22, 4, 5, 6, 23]]).value, model([[22, 4, 5, 9, 1]]).value)
    #expect(a.slice(0..<3, axis: 1) == b.slice(0..<3, axis: 1), "to the bit")
    #expect(a.slice(3..<4, axis: 1) != b.slice(3..<4, axis: 1))
  }

  /// In whatever precision the rest is.
  @Test func roundedProductsKeepTheMask() {
    let model = TextTransformer(ParameterStore(seed: 5).root, configuration(.quickGELU))
    withoutGradients {
      withProducts(of: .bf16) {
        let (a, b) = (model([[22, 4, 5, 6, 23]]).value, model([[22, 4, 5, 9, 1]]).value)
        #expect(a.slice(0..<3, axis: 1) == b.slice(0..<3, axis: 1))
      }
    }
  }

  @Test func hasTheNamesAndShapesOfStableDiffusions() {
    let found = listing { _ = TextTransformer($0, TextEncoderConfiguration()) }
    #expect(found.count == 196)
    #expect(found["text_model.embeddings.token_embedding.weight"] == [49408, 768])
    #expect(found["text_model.encoder.layers.11.mlp.fc1.weight"] == [3072, 768])
    #expect(found["text_model.final_layer_norm.bias"] == [768])
  }
}
