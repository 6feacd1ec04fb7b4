import Autograd
import Tensors
import Testing

@Suite struct RecomputeTests {
  private let weights = (0..<12).map { i in
    var random = RandomStream(seed: 1, purpose: "weights", index: UInt64(i))
    return Tensor(normal: [64, 64], using: &random) * 0.125
  }

  private func block(_ x: Variable, _ weight: Variable) -> Variable {
    let h = x.linear(weight, nil).silu()
    return x + h.gelu().linear(weight, nil)
  }

  /// Gradients of a deep network, and the most memory that was in use meanwhile.
  private func run(recomputes: Bool) -> (gradients: [Tensor?], peak: Int) {
    var random = RandomStream(seed: 2, purpose: "input")
    let input = Variable.leaf(Tensor(normal: [8192, 64], using: &random))
    let leaves = weights.map { Variable.leaf($0) }
    StoragePool.releaseFreeBlocks()
    StoragePool.resetPeak()
    let before = StoragePool.usage.live
    let output = leaves.reduce(input) { x, weight in
      recomputes ? recompute([x, weight]) { block($0[0], $0[1]) } : block(x, weight)
    }
    let gradients = output.sum().gradients()
    return (([input] + leaves).map { gradients[$0] }, StoragePool.usage.peak - before)
  }

  @Test func gradientsAreTheSameBitForBit() {
    let (plain, again) = (run(recomputes: false), run(recomputes: true))
    #expect(plain.gradients == again.gradients)
    #expect(plain.gradients.allSatisfy { $0?.isFinite == true })
  }

  /// 24 MB of block inputs instead of all that the blocks compute, about 100 MB.
  @Test func memoryIsLessThanHalf() {
    // Other tests use the pool at the same time: the least of three runs is the nearest to ours.
    let plain = (0..<3).map { _ in run(recomputes: false).peak }.min() ?? 0
    let again = (0..<3).map { _ in run(recomputes: true).peak }.min() ?? 0
    #expect(again < plain / 2, "\(again >> 20) MB instead of \(plain >> 20) MB")
  }

  /// Whoever asks for gradients while nothing is recorded once got none of what recompute had run.
  @Test func gradientsMayBeAskedForWhereNothingIsRecorded() {
    let x = Variable.leaf(Tensor(3))
    let y = recompute([x]) { $0[0].squared() }
    #expect(withoutGradients { y.gradients()[x]?.scalar } == 6)
  }

  /// What is recorded is fp32 under `withProducts`; what recompute ran was rounded there, and its
  /// gradients were those of other numbers.
  @Test(arguments: ProductPrecision.allCases)
  func numbersAreThoseOfThePlainComputation(_ precision: ProductPrecision) {
    var random = RandomStream(seed: 4, purpose: "input")
    let x = Variable.leaf(Tensor(normal: [64, 64], using: &random))
    let weight = Variable.leaf(weights[0])
    @Sendable func output(_ x: Variable) -> Variable {
      let h = block(x, weight).reshaped([1, 64, 64])
      return h.attention(h, h, heads: 2)
    }
    let (plain, again) = withProducts(of: precision) {
      (output(x), recompute([x]) { output($0[0]) })
    }
    #expect(plain.value == again.value)
    #expect(plain.sum().gradients()[x] == again.sum().gradients()[x])
  }

  @Test func aVariableThatIsNoInputIsAnError() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Variable.leaf(Tensor(3))
      let hidden = x.exponential()
      _ = recompute([x]) { $0[0] * hidden }.gradients()
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("exponential: recompute ran what uses it"))
  }

  @Test func gradientsOfWhatIsNotRecordedYetAreAnError() async {
    await #expect(processExitsWith: .failure) {
      let x = Variable.leaf(Tensor(3))
      _ = recompute([x]) { inputs in
        let inner = Variable.leaf(inputs[0].value)
        return inputs[0] * Variable(inner.squared().gradients()[inner] ?? Tensor(0))
      }
    }
  }

  /// Norms wait for their reader where tiles multiply; one that nobody read had gradients of memory that
  /// was never written.
  @Test func aDeferredResultHasItsGradients() {
    let x = Variable.leaf(weights[0])
    let (scale, shift) = (Variable(Tensor(full: [64], 1)), Variable(Tensor(full: [64], 0)))
    @Sendable func norm(_ x: Variable) -> Variable { x.layerNorm(scale, shift, epsilon: 1e-5) }
    let seed = weights[1]
    let expected = norm(x).gradients(seed: seed)[x]
    let (plain, again) = withMixedPrecision {
      (
        norm(x).gradients(seed: seed)[x],
        recompute([x]) { norm($0[0]) }.reshaped([64, 64]).gradients(seed: seed)[x]
      )
    }
    #expect(plain == expected)
    #expect(again == expected)
  }
}
