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
}
