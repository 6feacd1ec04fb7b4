import Autograd
import Tensors
import Testing

/// Gradients go through a part of a graph once: what it had saved is freed. To try again once gave zeros
/// or nil; PyTorch says "Trying to backward through the graph a second time".
@Suite struct ConsumedGraphTests {
  @Test func theSameLossTwiceIsAnError() async {
    await #expect(processExitsWith: .failure) {
      let x = Variable.leaf(Tensor(3))
      let y = x * x
      _ = y.gradients()
      _ = y.gradients()
    }
  }

  @Test func aSecondLossOverASharedPartIsAnErrorThatNamesTheStep() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Variable.leaf(Tensor([2], [3, 4]))
      let shared = x.silu()
      let (first, second) = (shared.sum(), shared.squared().sum())
      _ = first.gradients()
      _ = second.gradients()
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("silu: gradients() went through it before"))
    #expect(message.contains("add losses that share a part"))
  }

  @Test func whatIsBuiltOnAConsumedPartIsAnError() async {
    await #expect(processExitsWith: .failure) {
      let x = Variable.leaf(Tensor(3))
      let y = x * x
      _ = y.gradients()
      _ = y.scaled(by: 2).gradients()
    }
  }

  @Test func aRecomputedPartIsConsumedToo() async {
    await #expect(processExitsWith: .failure) {
      let x = Variable.leaf(Tensor(3))
      let y = recompute([x]) { $0[0].squared() }
      _ = y.gradients()
      _ = y.scaled(by: 2).gradients()
    }
  }

  @Test func aPartInBrainFloatsIsConsumedToo() async {
    await #expect(processExitsWith: .failure) {
      withMixedPrecision {
        let x = Variable.leaf(Tensor(full: [32, 32], 1))
        let y = x.linear(Variable.leaf(Tensor(full: [32, 32], 1)), nil)
        _ = y.sum().gradients()
        _ = y.squared().sum().gradients()
      }
    }
  }

  @Test func leavesAndSeparatePartsMayBeUsedAgain() {
    let x = Variable.leaf(Tensor(3))
    #expect((x * x).gradients()[x]?.scalar == 6)
    #expect((x * x).gradients()[x]?.scalar == 6)
    #expect(x.gradients()[x]?.scalar == 1)
    #expect(x.gradients()[x]?.scalar == 1)
  }

  @Test func aDetachedPartMayBeUsedAgain() {
    let x = Variable.leaf(Tensor(3))
    let y = x * x
    _ = y.gradients()
    let again = Variable.leaf(y.value)
    #expect((again * again).gradients()[again]?.scalar == 18)
  }
}
