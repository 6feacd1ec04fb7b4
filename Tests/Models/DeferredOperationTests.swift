import Autograd
import Models
import Tensors
import TestSupport
import Testing

/// Networks whose operations wait for their readers, against the same in fp32 and one by one. Where this
/// CPU has no AMX, `PBE_CPU=emulated` runs them (`make test` does).
@Suite(.enabled(if: ProductPrecision.bf16.tilePieces != nil)) struct DeferredOperationTests {
  private static let unet: UNet = {
    let configuration = GoldenModel.unet([32, 64], attention: [true, false])
    let store = ParameterStore()
    let network = UNet(store.root, configuration)
    return network
  }()

  private static func inputs(side: Int) -> (x: Variable, context: Variable) {
    var random = RandomStream(seed: 9, purpose: "deferred operations", index: UInt64(side))
    let sizes = unet.configuration
    let x = Tensor(normal: [1, side, side, sizes.inChannels], using: &random)
    let context = Tensor(normal: [2, 1, sizes.crossAttentionDimension], using: &random)
    return (Variable(x), Variable(context))
  }

  private static func output(_ precision: ProductPrecision, side: Int) -> Tensor {
    let (x, context) = inputs(side: side)
    return withoutGradients {
      withProducts(of: precision) { unet(x, timesteps: [481], context: context).value }
    }
  }

  /// 8 bits of each factor leave some thousandths, 17 bits some millionths.
  @Test(arguments: [8, 24]) func theUNetIsThatOfFP32UpToRounding(side: Int) {
    let exact = Self.output(.fp32, side: side)
    expectClose(Self.output(.bf16, side: side), exact, 3e-2, "bf16")
    expectClose(Self.output(.bf16x3, side: side), exact, 1e-4, "bf16x3")
    #expect(Self.output(.bf16, side: side) != exact)
  }

  @Test func resultsDoNotDependOnTheNumberOfThreads() {
    for precision in [ProductPrecision.bf16, .bf16x3] {
      expectSameOnAnyThreads("\(precision)") { Self.output(precision, side: 24) }
    }
  }

  /// A trace asks for every module's output, so that sums are no longer part of products.
  @Test func whoLooksOnChangesNothing() {
    let alone = Self.output(.bf16, side: 16)
    let traced = tracing { Self.output(.bf16, side: 16) }
    #expect(traced.result == alone)
    #expect(traced.outputs.count > 10)
  }
}
