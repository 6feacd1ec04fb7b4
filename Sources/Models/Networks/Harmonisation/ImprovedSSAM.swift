import Autograd

/// iSSAM: a U-Net whose last decoder blocks attend to object and background apart.
///
/// - Source: Sofiiuk et al., arXiv:2006.00809; `UNetEncoder`, `UNetDecoderUpsample` in DCCF's unet.py.
struct ImprovedSSAM: Sendable {
  private let encoder: [DoubleConvolution]
  private let decoder: [JoiningBlock]

  init(_ scope: ParameterScope, _ sizes: HarmoniserConfiguration) {
    let channels = sizes.blockChannels
    encoder = channels.indices.map { block in
      DoubleConvolution(
        Self.place(of: block, in: scope / "encoder") / "convs",
        block == 0 ? 4 : channels[block - 1], channels[block], hasNorm: sizes.hasNorm(block))
    }
    decoder = channels.indices.dropLast().map { block in
      let level = channels.count - 2 - block
      return JoiningBlock(
        scope / "decoder" / "up_blocks" / block, channels[level + 1], channels[level],
        attention: sizes.hasAttention(block) ? sizes.attentionWidth : nil)
    }
  }

  static func place(of block: Int, in encoder: ParameterScope) -> ParameterScope {
    block < 2 ? encoder / "block\(block)" : encoder / "blocks_connected" / "block\(block)"
  }

  /// - Shape: `x [N, S, S, 4]`, `mask [N, S, S, 1]` → `[N, S, S, channels]`.
  func callAsFunction(_ x: Variable, mask: Variable) -> Variable {
    var skips: [Variable] = []
    for (i, block) in encoder.enumerated() {
      skips.append(block(skips.last.map { i > 0 ? $0.maximumPooled(size: 2) : $0 } ?? x))
    }
    var h = skips.removeLast()
    for block in decoder { h = block(h, skip: skips.removeLast(), mask: mask) }
    return h
  }
}

/// Doubles a picture's sides and joins it with what the encoder saw at that size.
private struct JoiningBlock: Sendable {
  private let enlarged: ConvolutionBlock
  private let attention: SeparatedAttention?
  private let convolutions: DoubleConvolution

  /// - Parameter attention: inner width of its attention; nil for a block without.
  init(_ scope: ParameterScope, _ input: Int, _ output: Int, attention width: Double?) {
    enlarged = ConvolutionBlock(scope / "upconv" / 1, input, output, hasNorm: false, .relu)
    convolutions = DoubleConvolution(scope / "convs", 2 * output, output, hasNorm: true)
    attention = width.map {
      SeparatedAttention(scope / "attention", 2 * output, width: $0)
    }
  }

  func callAsFunction(_ x: Variable, skip: Variable, mask: Variable) -> Variable {
    let larger = x.resizedBilinearAligned(height: 2 * x.shape[1], width: 2 * x.shape[2])
    let both = Variable.concatenated([skip, enlarged(larger)], axis: 3)
    return convolutions(attention.map { $0(both, mask: mask) } ?? both)
  }
}
