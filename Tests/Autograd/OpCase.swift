import Autograd
import Models
import Tensors
import TestSupport

/// One op (or one edge of it) as the tests see it. Inputs, outputs and gradients are PyTorch's: the
/// fixture's entries of the same name, made by Tests/Golden/ops.py.
struct OpCase: Sendable, CustomStringConvertible {
  /// The recorded op's name, then what is special about the case.
  let name: String
  /// max|a − b| / max|b| against PyTorch.
  let tolerance: Double
  /// Of the central differences; nil where the function bends too much for them.
  let step: Float?
  let function: @Sendable ([Variable]) -> Variable

  init(
    _ name: String, tolerance: Double = 1e-5, step: Float? = 1e-2,
    _ function: @escaping @Sendable ([Variable]) -> Variable
  ) {
    self.name = name
    self.tolerance = tolerance
    self.step = step
    self.function = function
  }

  var operation: String { String(name.prefix { $0 != "." }) }
  var description: String { name }
}

extension OpCase {
  static let all =
    arithmetic + activations + products + convolutions + enlargements + colourFilters
    + normalizations + structure

  private static let maps = [
    ProjectiveMap(rows: [0.8, -0.5, 0.3, 0.4, 0.9, -0.2, 0, 0, 1]),
    ProjectiveMap(rows: [1.1, 0.1, 0, 0, 0.9, 0.1, 0.2, -0.3, 1]),
  ]

  /// Of `geodesicDistance`, in Tests/Golden/ops.py.
  private static let target = Tensor(
    [5], [1.053_684_7, -1.083_223, 1.051_002_7, 1.027_501_2, -0.076_291_32])

  private static let arithmetic =
    ["same", "channels", "samples", "positions", "scalar"].flatMap { operand in
      [
        OpCase("add.\(operand)") { $0[0] + $0[1] },
        OpCase("subtract.\(operand)") { $0[0] - $0[1] },
        OpCase("multiply.\(operand)") { $0[0] * $0[1] },
      ]
    } + [
      OpCase("add.embedding") { $0[0] + $0[1] },
      OpCase("scale") { $0[0].scaled(by: -1.75) },
      OpCase("scale.offset") { $0[0].scaled(by: 1, plus: 0.625) },
      OpCase("scale.negate") { $0[0].scaled(by: -1) },
      OpCase("square") { $0[0].squared() },
      OpCase("exponential") { $0[0].exponential() },
      OpCase("exponential.wide", step: nil) { $0[0].exponential() },
      OpCase("clamp") { $0[0].clamped(-0.5, 0.75) },
      OpCase("sum") { $0[0].sum() },
      OpCase("sum.mean") { $0[0].mean() },
      OpCase("scalar") {
        $0[0].scalar(3 * Float($0[0].value.sum()), gradient: Tensor(full: $0[0].shape, 3))
      },
      OpCase("meanSquaredError") { $0[0].meanSquaredError($0[1]) },
      OpCase("meanAbsoluteError") { $0[0].meanAbsoluteError($0[1]) },
      OpCase("meanHuberError") { $0[0].meanHuberError($0[1], width: 0.3) },
      OpCase("warp.border") { $0[0].warped(by: maps, edge: .border) },
      OpCase("warp.zeros") { $0[0].warped(by: maps, edge: .zeros) },
      OpCase("geodesicDistance") { $0[0].geodesicDistance(to: target) },
      OpCase("crossEntropy") { $0[0].crossEntropy([2, nil, 0, 6, 6]) },
      OpCase("crossEntropy.wide") { $0[0].crossEntropy([2, nil, 0, 6, 6]) },
      OpCase("contrast") { $0[0].contrast($0[1], logScale: $0[2], groups: [0, 1, 2, 3, 4]) },
      OpCase("contrast.shared") {
        $0[0].contrast($0[1], logScale: $0[2], groups: [0, 1, 0, 2, 1, 0])
      },
    ]

  private static let activations = [
    OpCase("silu") { $0[0].silu() },
    OpCase("silu.wide") { $0[0].silu() },
    OpCase("gelu") { $0[0].gelu() },
    OpCase("gelu.wide") { $0[0].gelu() },
    OpCase("quickGelu") { $0[0].quickGelu() },
    OpCase("quickGelu.wide") { $0[0].quickGelu() },
    OpCase("sigmoid") { $0[0].sigmoid() },
    OpCase("sigmoid.wide") { $0[0].sigmoid() },
    OpCase("relu") { $0[0].relu() },
    OpCase("relu.zero", step: nil) { $0[0].relu() },
    OpCase("leakyRelu") { $0[0].leakyRelu(0.2) },
    OpCase("leakyRelu.zero", step: nil) { $0[0].leakyRelu(0.2) },
    OpCase("elu") { $0[0].elu() },
    OpCase("elu.wide", step: nil) { $0[0].elu() },
    OpCase("geglu") { $0[0].geglu() },
    OpCase("softmax") { $0[0].softmax() },
    OpCase("softmax.wide") { $0[0].softmax() },
  ]

  private static let products = [
    OpCase("linear") { $0[0].linear($0[1], $0[2]) },
    OpCase("linear.no_bias") { $0[0].linear($0[1], nil) },
    OpCase("linear.one_row") { $0[0].linear($0[1], $0[2]) },
    OpCase("linear.wide") { $0[0].linear($0[1], $0[2]) },
    OpCase("matrixProduct") { $0[0].matrixProduct($0[1]) },
    OpCase("matrixProduct.transposed") { $0[0].matrixProduct($0[1], transposeOther: true) },
    OpCase("attention") { $0[0].attention($0[1], $0[2], heads: 3) },
    OpCase("attention.cross") { $0[0].attention($0[1], $0[2], heads: 2) },
    OpCase("attention.one_key") { $0[0].attention($0[1], $0[2], heads: 2) },
    OpCase("attention.long") { $0[0].attention($0[1], $0[2], heads: 1) },
    OpCase("attention.causal") { $0[0].attention($0[1], $0[2], heads: 2, isCausal: true) },
    OpCase("attention.causal_blocks") { $0[0].attention($0[1], $0[2], heads: 1, isCausal: true) },
    OpCase("attention.sharp", step: nil) { $0[0].attention($0[1], $0[2], heads: 2) },
  ]

  private static let convolutions = [
    OpCase("conv2d.1x1") { $0[0].conv2d($0[1], $0[2]) },
    OpCase("conv2d.3x3", tolerance: 5e-5) { $0[0].conv2d($0[1], $0[2], padding: Padding(1)) },
    OpCase("conv2d.no_bias", tolerance: 5e-5) { $0[0].conv2d($0[1], nil, padding: Padding(1)) },
    OpCase("conv2d.no_padding") { $0[0].conv2d($0[1], $0[2]) },
    OpCase("conv2d.winograd", tolerance: 5e-5) { $0[0].conv2d($0[1], $0[2], padding: Padding(1)) },
    OpCase("conv2d.winograd_odd", tolerance: 5e-5) {
      $0[0].conv2d($0[1], $0[2], padding: Padding(1))
    },
    OpCase("conv2d.one_pixel", tolerance: 5e-5) { $0[0].conv2d($0[1], $0[2], padding: Padding(1)) },
    OpCase("conv2d.stride2") { $0[0].conv2d($0[1], $0[2], stride: 2, padding: Padding(1)) },
    OpCase("conv2d.stride2_odd") { $0[0].conv2d($0[1], $0[2], stride: 2, padding: Padding(1)) },
    OpCase("conv2d.asymmetric") {
      $0[0].conv2d(
        $0[1], $0[2], stride: 2, padding: Padding(top: 0, left: 0, bottom: 1, right: 1))
    },
    OpCase("conv2d.patches") { $0[0].conv2d($0[1], nil, stride: 8) },
    OpCase("upsampleNearest2x") { $0[0].upsampledNearest2x() },
  ]

  private static let enlargements = [
    OpCase("transposedConv2d") { $0[0].transposedConv2d($0[1], $0[2], stride: 2, padding: 1) },
    OpCase("transposedConv2d.no_bias", tolerance: 5e-5) {
      $0[0].transposedConv2d($0[1], nil, stride: 1, padding: 1)
    },
    OpCase("transposedConv2d.one_pixel") {
      $0[0].transposedConv2d($0[1], $0[2], stride: 2, padding: 0)
    },
    OpCase("resample.aligned") { $0[0].resizedBilinearAligned(height: 7, width: 10) },
    OpCase("resample.aligned_smaller") { $0[0].resizedBilinearAligned(height: 4, width: 5) },
    OpCase("resample.bicubic") { $0[0].resizedBicubic(height: 9, width: 13) },
    OpCase("resample.bicubic_smaller") { $0[0].resizedBicubic(height: 5, width: 4) },
    OpCase("maximumPool") { $0[0].maximumPooled(size: 2) },
    OpCase("maximumPool.ties", step: nil) { $0[0].maximumPooled(size: 2) },
    OpCase("channelMaximum") { $0[0].maximaOfChannels() },
  ]

  /// The picture, which has no gradient, is beside the cases.
  private static let colourFilters = ["near", "far"].map { name in
    OpCase("colourFilters.\(name)", tolerance: 5e-5, step: nil) { inputs in
      let picture = try? OpTests.golden.get()["colourFilters/picture"]
      return inputs[0].colourFilters(picture ?? Tensor(zeros: []), curvePoints: 8)
    }
  }

  /// - Parameter epsilon: 1e-5 as in the UNet, 1e-6 as in transformers and the autoencoder.
  private static func groupNorm(
    _ name: String, groups: Int, epsilon: Float = 1e-5, silu: Bool = false,
    tolerance: Double = 1e-5, step: Float = 1e-2
  ) -> OpCase {
    OpCase(name, tolerance: tolerance, step: step) {
      $0[0].groupNorm(groups: groups, $0[1], $0[2], epsilon: epsilon, silu: silu)
    }
  }

  private static let normalizations = [
    groupNorm("groupNorm", groups: 4),
    groupNorm("groupNorm.eps6", groups: 3, epsilon: 1e-6, step: 1e-4),
    groupNorm("groupNorm.shifted", groups: 4),
    groupNorm("groupNorm.one_channel", groups: 12),
    groupNorm("groupNorm.silu", groups: 4, silu: true),
    groupNorm("groupNorm.silu_eps6", groups: 6, epsilon: 1e-6, silu: true),
    OpCase("layerNorm") { $0[0].layerNorm($0[1], $0[2], epsilon: 1e-5) },
    OpCase("layerNorm.shifted") { $0[0].layerNorm($0[1], $0[2], epsilon: 1e-5) },
    OpCase("batchNorm") { $0[0].batchNorm($0[1], $0[2], epsilon: 1e-5).output },
    OpCase("batchNorm.shifted") { $0[0].batchNorm($0[1], $0[2], epsilon: 1e-5).output },
  ]

  private static let structure = [
    OpCase("concatenate.channels") { .concatenated($0, axis: 3) },
    OpCase("concatenate.tokens") { .concatenated($0, axis: 1) },
    OpCase("concatenate.samples") { .concatenated($0, axis: 0) },
    OpCase("slice.channels") { $0[0].slice(3..<7, axis: 3) },
    OpCase("slice.tokens") { $0[0].slice(0..<1, axis: 1) },
    OpCase("reshape") { $0[0].reshaped([2, -1, 8]) },
    OpCase("transpose") { $0[0].transposed([0, 2, 1]) },
    OpCase("transpose.image") { $0[0].transposed([0, 2, 1, 3]) },
    OpCase("rows") { $0[0].rows([3, 0, 3, 3, 4, 1]) },
    OpCase("repeat") { $0[0].repeated(3) },
    OpCase("replaceSamples") { $0[0].replacingSamples([true, false, false, true], with: $0[1]) },
  ]
}
