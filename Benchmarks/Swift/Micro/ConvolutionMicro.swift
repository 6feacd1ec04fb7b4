import Tensors

extension Micro {
  /// 3×3 convolutions of the UNet and of the decoder; plain: unfolded, one matrix product.
  static var convolutions: [Micro] {
    [
      (2, 64, 320, 320), (2, 64, 640, 320), (2, 32, 640, 640), (2, 32, 1280, 640),
      (2, 16, 1280, 1280), (2, 8, 1280, 1280), (1, 512, 128, 128), (1, 256, 256, 256),
      (16, 32, 112, 112),
    ].map { batch, side, input, output in
      let name = "convolution \(batch) x \(side)² x \(input) to \(output)"
      let operations = 2.0 * 9 * Double(batch * side * side) * Double(input * output)
      return Micro(name: name, amount: .operations(operations)) {
        let x = random([batch, side, side, input])
        let (weight, bias) = (random([output, input, 3, 3]), random([output]))
        func forward(_ algorithm: Convolution.Algorithm?) -> () -> Void {
          let convolution = Convolution(
            x.shape, weight.shape, stride: 1, padding: Padding(1), algorithm: algorithm)
          return { _ = convolution.forward(x, weight, bias) }
        }
        return (forward(nil), forward(.unfolded))
      }
    }
  }
}
