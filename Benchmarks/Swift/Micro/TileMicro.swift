import Tensors

extension Micro {
  /// Products by tiles on the UNet's, the image encoder's and the decoder's shapes, of brain floats as
  /// their producers leave them; plain: our fp32.
  static var tiles: [Micro] {
    guard ProductPrecision.bf16.tilePieces != nil else { return [] }
    return tiledLinears + tiledConvolutions + tiledAttentions
  }

  private static var tiledLinears: [Micro] {
    [
      (8192, 320, 320), (8192, 320, 2560), (8192, 1280, 320), (2048, 640, 640), (2048, 640, 5120),
      (2048, 2560, 640), (512, 1280, 1280), (512, 1280, 10240), (512, 5120, 1280),
      (257, 1024, 1024), (257, 1024, 4096), (257, 4096, 1024), (2, 1280, 1280),
    ].flatMap { shape in
      [ProductPrecision.bf16, .bf16x3].map { tiledLinear(shape.0, shape.1, shape.2, $0) }
    }
  }

  private static func tiledLinear(
    _ rows: Int, _ input: Int, _ output: Int, _ precision: ProductPrecision
  ) -> Micro {
    let name = "tiles linear \(precision.rawValue) \(rows) x \(input) to \(output)"
    let operations = 2 * Double(rows) * Double(input * output)
    let pieces = precision.tilePieces ?? 1
    return Micro(name: name, amount: .operations(operations)) {
      let (x, weight, bias) = (random([rows, input]), random([output, input]), random([output]))
      let (rounded, strips) = (BrainFloats(x, pieces: pieces), TileWeight(weight, pieces: pieces))
      return (
        { _ = rounded.linear(strips, bias, shape: [rows, output]) },
        { _ = x.linear(weight, bias) }
      )
    }
  }

  private static var tiledConvolutions: [Micro] {
    [
      (2, 64, 320, 320), (2, 64, 640, 320), (2, 32, 640, 640), (2, 16, 1280, 1280),
      (2, 8, 1280, 1280), (2, 4, 1280, 1280), (1, 512, 128, 128), (1, 256, 256, 256),
      (16, 32, 112, 112),
    ].map { batch, side, input, output in
      let name = "tiles convolution \(batch) x \(side)² x \(input) to \(output)"
      let operations = 2.0 * 9 * Double(batch * side * side) * Double(input * output)
      return Micro(name: name, amount: .operations(operations)) {
        let x = random([batch, side, side, input])
        let (weight, bias) = (random([output, input, 3, 3]), random([output]))
        let convolution = Convolution(x.shape, weight.shape, stride: 1, padding: Padding(1))
        let strips = TileWeight(of: weight, pieces: 1)
        let rounded = BrainFloats(x, pieces: 1, isBordered: true)
        return (
          { _ = convolution.tiled(rounded, strips, bias: bias) },
          { _ = convolution.forward(x, weight, bias) }
        )
      }
    }
  }

  private static var tiledAttentions: [Micro] {
    [
      (2, 4096, 8, 40), (2, 1024, 8, 40), (2, 1024, 8, 80), (2, 256, 8, 160), (1, 257, 16, 64),
      (1, 4096, 1, 512),
    ].map { batch, tokens, heads, width in
      let operations = 4 * Double(batch * heads * width) * Double(tokens * tokens)
      return Micro(
        name: "tiles attention \(batch) x \(tokens) x \(heads) heads of \(width)",
        amount: .operations(operations)
      ) {
        let q = random([batch, tokens, heads * width])
        let rounded = BrainFloats(q, pieces: 1)
        let attention = Tensors.Attention(q, q, q, heads: heads)
        return (
          { _ = attention.tiledRounded(rounded, rounded, rounded) },
          { _ = attention(q, q, q) }
        )
      }
    }
  }
}
