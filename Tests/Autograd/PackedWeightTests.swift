import Autograd
import Tensors
import TestSupport
import Testing

/// Weights are packed once and used again while nothing is recorded; never after they changed.
@Suite struct PackedWeightTests {
  private let weight = ParameterStore().root.parameter("weight", [64, 700], .fanIn(700))

  private func input() -> Variable {
    var random = RandomStream(seed: 5, purpose: "packed weight test", index: 0)
    return Variable(Tensor(normal: [200, 700], using: &random))
  }

  private func load(_ seed: UInt64) {
    weight.load {
      var random = RandomStream(seed: seed, purpose: "packed weight test", index: 1)
      return Tensor(normal: [64, 700], using: &random)
    }
  }

  private func expectSameWithAndWithoutRecording(_ what: String) {
    let x = input()
    let bias = Variable(Tensor(full: [64], 0.25))
    let recorded = x.linear(weight.variable, bias).value
    func product() -> Tensor { withoutGradients { x.linear(weight.variable, bias).value } }
    #expect(usingWeightsOnce { product() } == recorded, "\(what), used once")
    #expect(product() == recorded, "\(what), packed")
  }

  @Test func aChangedWeightIsPackedAgain() {
    expectSameWithAndWithoutRecording("as initialised")
    load(1)
    expectSameWithAndWithoutRecording("loaded")
    load(2)
    expectSameWithAndWithoutRecording("loaded from elsewhere")
    weight.value = weight.value * 2
    expectSameWithAndWithoutRecording("set")
    load(3)
    expectSameWithAndWithoutRecording("loaded again")
    weight.update { values in
      for i in values.indices { values[i] += 1 }
    }
    expectSameWithAndWithoutRecording("updated in place")
  }

  /// bf16 keeps 8 bits of each factor: errors of some thousandths; and only where it was asked for.
  @Test(.enabled(if: ProductPrecision.bf16.isSupported))
  func precisionHoldsWithinItsScopeOnly() {
    load(4)
    let x = input()
    func product() -> Tensor { withoutGradients { x.linear(weight.variable, nil).value } }
    let exact = product()
    let rounded = withProducts(of: .bf16) { product() }
    #expect(rounded != exact)
    expectClose(rounded, exact, 1e-2, "bf16")
    #expect(product() == exact)
  }

  @Test func aConvolutionOfSinglePixelsIsALinearMap() {
    let kernel = ParameterStore().root.parameter("weight", [64, 700, 1, 1], .fanIn(700))
    kernel.load { Tensor(full: [64, 700, 1, 1], 0.5) }
    let x = Variable(input().value.reshaped([2, 10, 10, 700]))
    let recorded = x.conv2d(kernel.variable, nil).value
    for _ in 0..<2 {
      #expect(withoutGradients { x.conv2d(kernel.variable, nil).value } == recorded)
    }
  }
}
