import Autograd

/// iDIH: strided convolutions down to a pixel, transposed ones back, skips added.
///
/// - Source: Sofiiuk et al., arXiv:2006.00809; `ConvEncoder`, `DeconvDecoderUpsample` in DCCF's
///   conv_autoencoder.py.
struct ImprovedDIH: Sendable {
  private let encoder: [ConvolutionBlock]
  private let decoder: [Enlargement]

  init(_ scope: ParameterScope, _ sizes: HarmoniserConfiguration) {
    let channels = sizes.blockChannels
    let last = channels.count - 1
    encoder = channels.indices.map { block in
      ConvolutionBlock(
        ImprovedSSAM.place(of: block, in: scope / "encoder"),
        block == 0 ? 4 : channels[block - 1], channels[block], kernel: 4, stride: 2,
        padding: block == last ? 0 : 1, hasNorm: sizes.hasNorm(block), .elu)
    }
    // Back through the encoder's channels, and at the picture's size half of the finest.
    let back = channels.reversed() + [sizes.features]
    decoder = channels.indices.map { block in
      Enlargement(
        scope / "decoder" / "deconv_blocks" / block, back[block], back[block + 1],
        padding: block == 0 ? 0 : 1)
    }
  }

  /// - Shape: `[N, S, S, 4]` → `[N, S, S, channels / 2]`.
  func callAsFunction(_ x: Variable) -> Variable {
    var skips: [Variable] = []
    for block in encoder { skips.append(block(skips.last ?? x)) }
    var h = skips.removeLast()
    for block in decoder {
      h = block(h)
      if let skip = skips.popLast() { h = h + skip }
    }
    return h
  }
}

/// A transposed convolution with batch norm and ELU.
private struct Enlargement: Sendable {
  private let convolution: TransposedConv2d
  private let norm: BatchNorm

  init(_ scope: ParameterScope, _ input: Int, _ output: Int, padding: Int) {
    convolution = TransposedConv2d(
      scope / "block" / 0, input, output, kernel: 4, stride: 2, padding: padding)
    norm = BatchNorm(scope / "block" / 1, output)
  }

  func callAsFunction(_ x: Variable) -> Variable { norm(convolution(x)).elu() }
}
