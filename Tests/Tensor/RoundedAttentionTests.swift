import Tensors
import TestSupport
import Testing

/// Attention whose factors are brain floats.
@Suite(.enabled(if: ProductPrecision.bf16.isSupported)) struct RoundedAttentionTests {
  private func attend(keys: Int, _ precision: ProductPrecision) -> Tensor {
    var random = RandomStream(seed: 6, purpose: "rounded attention", index: UInt64(keys))
    let q = Tensor(normal: [2, 67, 3 * 14], using: &random)
    let k = Tensor(normal: [2, keys, 3 * 14], using: &random)
    let v = Tensor(normal: [2, keys, 3 * 9], using: &random)
    return Attention(q, k, v, heads: 3)(q, k, v, precision)
  }

  /// A rounded factor is off by at most 2⁻⁹ of itself. Keys that fill no block, one, and several with
  /// a rest; odd and even.
  @Test(arguments: [1, 2, 95, 96, 203])
  func itIsAttentionUpToTheRoundingOfItsFactors(keys: Int) {
    let (rounded, exact) = (attend(keys: keys, .bf16), attend(keys: keys, .fp32))
    expectClose(rounded, exact, 1e-2, "\(keys) keys")
    #expect(rounded != exact)
  }

  @Test func resultsDoNotDependOnTheNumberOfThreads() {
    expectSameOnAnyThreads {
      attend(keys: 203, .bf16)
    }
  }
}
