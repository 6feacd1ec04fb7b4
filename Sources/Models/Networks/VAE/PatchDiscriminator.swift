import Autograd
import Support
import Tensors

/// Judges overlapping patches of a picture, each real or made up.
///
/// - Shape: `[N, H, W, 3]` → `[N, h, w, 1]`, large where a patch looks real.
/// - Source: Isola et al., arXiv:1611.07004; `NLayerDiscriminator` of taming-transformers, and its names.
package struct PatchDiscriminator: Sendable {
  /// Convolutions of stride 2.
  package let layers: Int
  /// Channels of the first of them.
  package let channels: Int
  private let first: Conv2d
  private let middle: [(convolution: Conv2d, norm: BatchNorm)]
  private let last: Conv2d

  private static let slope: Float = 0.2

  package init(_ scope: ParameterScope, layers: Int, channels: Int) {
    (self.layers, self.channels) = (layers, channels)
    let main = scope / "main"
    func convolution(_ index: Int, _ input: Int, _ output: Int, stride: Int, bias: Bool) -> Conv2d {
      Conv2d(
        main / index, input, output, kernel: 4, stride: stride, padding: Padding(1), bias: bias)
    }
    let widths = (0...layers).map { channels * min(1 << $0, 8) }
    first = convolution(0, 3, channels, stride: 2, bias: true)
    middle = (1...layers).map { layer in
      let place = 3 * layer - 1  // after the first convolution and its activation
      let stride = layer < layers ? 2 : 1
      return (
        convolution(place, widths[layer - 1], widths[layer], stride: stride, bias: false),
        BatchNorm(main / (place + 1), widths[layer])
      )
    }
    last = convolution(3 * layers + 2, widths[layers], 1, stride: 1, bias: true)
  }

  /// - Parameter pictures: in [−1, 1], at least ``smallestPicture(layers:)`` wide and high.
  package func callAsFunction(_ pictures: Variable) -> Variable {
    var h = first(pictures).leakyRelu(Self.slope)
    for (convolution, norm) in middle { h = norm(convolution(h)).leakyRelu(Self.slope) }
    return last(h)
  }

  /// Below this size nothing is left of a picture: halved by each layer, then two convolutions without
  /// stride, which take a pixel each.
  package static func smallestPicture(layers: Int) -> Int { 3 << layers }

  /// What `discriminator/config.json` holds.
  package var json: [String: JSONValue] {
    ["channels": .integer(channels), "layers": .integer(layers)]
  }
}
