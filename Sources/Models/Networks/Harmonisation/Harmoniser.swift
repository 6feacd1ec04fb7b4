import Autograd
import Support
import Tensors

/// DCCF: a network that sees a composite at a small size and says, for each pixel, how four colour
/// filters are to be set, so that the pasted object fits its surroundings. The filters then work on the
/// picture at its own size.
///
/// - Source: Xue et al., arXiv:2207.04788; `DeepImageHarmonizationUpsampleHSL_V3` in rockeyben/DCCF.
public struct Harmoniser: Sendable {
  public let configuration: HarmoniserConfiguration
  private let backbone: Backbone
  private let attention: Conv2d
  private let filters: Conv2d
  private let refinement: Conv2d

  private enum Backbone: Sendable {
    case issam(ImprovedSSAM)
    case idih(ImprovedDIH)
  }

  /// What the pictures' channels are normalised by, ImageNet's.
  package static let means: [Float] = [0.485, 0.456, 0.406]
  package static let deviations: [Float] = [0.229, 0.224, 0.225]

  public init(_ scope: ParameterScope, _ configuration: HarmoniserConfiguration) {
    self.configuration = configuration
    backbone =
      switch configuration.backbone {
      case .issam: .issam(ImprovedSSAM(scope, configuration))
      case .idih: .idih(ImprovedDIH(scope, configuration))
      }
    let (features, points) = (configuration.features, configuration.curvePoints)
    attention = Conv2d(scope / "decoder" / "conv_attention", features, 1, kernel: 1)
    filters = Conv2d(scope / "get_filters", features, 12 + points + 2, kernel: 1)
    refinement = Conv2d(scope / "get_refine", features, 12, kernel: 1)
  }

  /// Makes the filters of a network that has learnt nothing keep colours as they are: random ones would
  /// have to find that first. The refinement cannot, since it is a unit vector: it starts as the map of
  /// that length which keeps middle grey and most of the contrast, and little of it is taken.
  public func startFromIdentity() {
    let identity: [Float] = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
    let (contrast, offset): (Float, Float) = (0.52, 0.24)
    let nearly = identity.map { contrast * $0 }.dropLast(3) + [offset, offset, offset]
    let curve = [1] + [Float](repeating: 0, count: configuration.curvePoints + 1)
    filters.weight.value = filters.weight.value * 0.1
    filters.bias?.value = Tensor([filters.outputChannels], identity + curve)
    refinement.weight.value = refinement.weight.value * 0.1
    refinement.bias?.value = Tensor([12], Array(nearly))
    attention.bias?.value = Tensor([1], [-0.5])
  }

  /// The filters' numbers for composites at the network's size.
  ///
  /// - Parameters:
  ///   - pictures: in [0, 1], `[N, S, S, 3]`.
  ///   - masks: 1 where the object is, `[N, S, S, 1]`.
  package func settings(_ pictures: Tensor, masks: Tensor) -> FilterSettings {
    let mask = Variable(masks)
    let x = Variable(.concatenated([Self.normalized(pictures), masks], axis: 3))
    let features =
      switch backbone {
      case .issam(let network): network(x, mask: mask)
      case .idih(let network): network(x)
      }
    return FilterSettings(
      numbers: .concatenated([filters(features), refinement(features)], axis: 3),
      attention: attention(features).scaled(by: 3).sigmoid(),
      curvePoints: configuration.curvePoints)
  }

  private static func normalized(_ pictures: Tensor) -> Tensor {
    let scale = Tensor([3], deviations.map { 1 / $0 })
    let offset = Tensor([3], zip(means, deviations).map { -$0 / $1 })
    return pictures.multiplying(scale).adding(offset)
  }
}

/// How the filters are set at each pixel, and how much of what they make is taken.
package struct FilterSettings: Sendable {
  /// `[N, S, S, 12 + points + 2 + 12]`.
  package let numbers: Variable
  /// In [0, 1], `[N, S, S, 1]`.
  package let attention: Variable
  package let curvePoints: Int

  package init(numbers: Variable, attention: Variable, curvePoints: Int) {
    (self.numbers, self.attention, self.curvePoints) = (numbers, attention, curvePoints)
  }

  /// Pictures of the settings' own size, filtered.
  ///
  /// - Returns: what training looks at (as `colourFilters`), and the pictures, `[N, S, S, 3]`.
  package func applied(to pictures: Tensor) -> (stages: Variable, result: Variable) {
    let stages = numbers.colourFilters(pictures, curvePoints: curvePoints)
    let source = Variable(pictures)
    let refined = stages.slice(8..<11, axis: 3)
    return (stages, source + (refined - source) * attention.repeatedChannel(3))
  }

  /// One picture of any size, filtered: settings are enlarged (bicubic) row by row.
  ///
  /// - Shape: `[1, H, W, 3]` in [0, 1] → same, in [0, 1].
  package func enlarged(to picture: Tensor) -> Tensor {
    check(numbers.shape[0] == 1 && picture.shape[0] == 1, "one picture at a time")
    let settings = Tensor.concatenated([numbers.value, attention.value], axis: 3)
    let (size, channels) = (settings.shape[2], settings.shape[3])
    let (height, width) = (picture.shape[1], picture.shape[2])
    let rows = AxisResampling.cubic(settings.shape[1], to: height)
    let columns = AxisResampling.cubic(size, to: width)
    let filters = PixelFilters(curvePoints: curvePoints)
    return Tensor(picture.shape) { y in
      parallelFor(height) { row in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: (size + width) * channels) {
          guard let line = $0.baseAddress else { return }
          let wide = line + size * channels
          rows.resampleRow(row, settings.pointer, length: size * channels, into: line)
          columns.resample(line, channels: channels, into: wide)
          for x in 0..<width {
            let (numbers, i) = (wide + x * channels, 3 * (row * width + x))
            let source = SIMD3(
              picture.pointer[i], picture.pointer[i + 1], picture.pointer[i + 2])
            let refined = filters(source, numbers).refined
            let pixel = source + (refined - source) * numbers[channels - 1]
            let inside = pixel.clamped(lowerBound: .zero, upperBound: .one)
            for c in 0..<3 { y[i + c] = inside[c] }
          }
        }
      }
    }
  }
}
