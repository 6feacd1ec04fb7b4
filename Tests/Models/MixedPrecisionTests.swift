import Autograd
import Models
import Tensors
import TestSupport
import Testing

/// Training whose products are of brain floats, against fp32. Where this CPU has no brain floats,
/// `PBE_CPU=emulated` runs it (`make test` does).
@Suite(.enabled(if: ProductPrecision.bf16.isSupported)) struct MixedPrecisionTests {
  private let store = ParameterStore()
  private let unet: UNet

  init() { unet = UNet(store.root, GoldenModel.unet([32, 64], attention: [true, false])) }

  /// The loss and every parameter's gradient.
  private func gradients(of network: UNet, isMixed: Bool) -> [Tensor] {
    var random = RandomStream(seed: 11, purpose: "mixed precision", index: 0)
    let sizes = network.configuration
    let x = Tensor(normal: [2, 16, 16, sizes.inChannels], using: &random)
    let context = Tensor(normal: [2, 1, sizes.crossAttentionDimension], using: &random)
    let target = Tensor(normal: [2, 16, 16, sizes.outChannels], using: &random)
    func compute() -> [Tensor] {
      let output = network(Variable(x), timesteps: [3, 700], context: Variable(context))
      let loss = output.meanSquaredError(Variable(target))
      let gradients = loss.gradients()
      return [loss.value] + store.parameters.map { gradients[$0] ?? Tensor(zeros: $0.shape) }
    }
    return isMixed ? withMixedPrecision(compute) : compute()
  }

  /// The gradient's direction is that of fp32: 8 bits of each factor leave some hundredths.
  @Test func gradientsAreThoseOfFP32UpToRounding() {
    let (mixed, exact) = (
      gradients(of: unet, isMixed: true), gradients(of: unet, isMixed: false)
    )
    #expect(mixed[0] != exact[0])
    expectClose(mixed[0], exact[0], 1e-2, "loss")
    func squares(_ tensors: some Sequence<Tensor>) -> Double {
      tensors.reduce(0) { $0 + $1.sumOfSquares() }
    }
    let difference = squares(zip(mixed, exact).dropFirst().map { $0 - $1 })
    let size = squares(exact.dropFirst())
    #expect((difference / size).squareRoot() < 2e-2)
  }

  @Test func resultsDoNotDependOnTheNumberOfThreads() {
    expectSameOnAnyThreads { gradients(of: unet, isMixed: true) }
  }

  @Test func recomputingChangesNothing() {
    var recomputing = unet
    recomputing.recomputed = .all
    let (again, once) = (
      gradients(of: recomputing, isMixed: true), gradients(of: unet, isMixed: true)
    )
    let isSame = again == once  // said by itself, or a failure would print every number
    #expect(isSame)
  }
}
