import Foundation
import Tensors
import TestSupport
import Testing

/// OpenBLAS in the place of our own products. `PBE_PRODUCTS=openblas make test` passes every other test as
/// well.
@Suite struct ProductEngineTests {
  @Test(arguments: [
    (nil, "v4", ProductEngine.ours), (nil, "v3", .ours), (nil, "baseline", .openBLAS),
    ("openblas", "v4", .openBLAS), ("ours", "baseline", .ours), ("blis", "v3", .ours),
  ])
  func theFasterOneIsTakenUnlessOneIsAskedFor(
    _ asked: String?, _ level: String, _ expected: ProductEngine
  ) {
    #expect(ProductEngine(asked: asked, instructionSet: level) == expected)
  }

  private struct Inputs {
    let q, k, v, dy: Tensor

    init(queries: Int, keys: Int) {
      var random = RandomStream(seed: 3, purpose: "engines")
      q = Tensor(normal: [2, queries, 12], using: &random)
      k = Tensor(normal: [2, keys, 12], using: &random)
      v = Tensor(normal: [2, keys, 15], using: &random)
      dy = Tensor(normal: [2, queries, 15], using: &random)
    }

    func attention(_ engine: ProductEngine, isCausal: Bool) -> Attention {
      var attention = Attention(q, k, v, heads: 3, isCausal: isCausal)
      attention.engine = engine
      return attention
    }
  }

  /// Whole blocks of 64 queries and ragged ones, one key and many.
  @Test(arguments: [(5, 1), (64, 96), (130, 77)], [false, true])
  func attentionAndItsGradientAreTheSame(_ sizes: (queries: Int, keys: Int), _ isCausal: Bool) {
    let keys = isCausal ? sizes.queries : sizes.keys
    let inputs = Inputs(queries: sizes.queries, keys: keys)
    let results = ProductEngine.allCases.map { engine in
      let attention = inputs.attention(engine, isCausal: isCausal)
      let (y, logTotals) = attention.withLogTotals(inputs.q, inputs.k, inputs.v)
      let gradient = attention.gradient(
        inputs.q, inputs.k, inputs.v, y, logTotals: logTotals, inputs.dy)
      return [y, logTotals, gradient.dq, gradient.dk, gradient.dv]
    }
    for (ours, openBLAS) in zip(results[0], results[1]) {
      expectClose(openBLAS, ours, 3e-6)
    }
  }
}
