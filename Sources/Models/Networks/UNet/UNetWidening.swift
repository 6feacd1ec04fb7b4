import Autograd
import Support
import Tensors

extension Component<UNet> {
  /// The same network with more input channels, which it takes no notice of yet: their weights in the
  /// first convolution are zero. How training starts from Stable Diffusion.
  ///
  /// - Parameter channels: at least as many as there are; the present ones stay the first.
  /// - Source: the Paint by Example paper, §4.1 (implementation details).
  public func widened(to channels: Int) -> Component<UNet> {
    var configuration = network.configuration
    let present = configuration.inChannels
    check(channels >= present, "\(present) input channels widened to \(channels)")
    configuration.inChannels = channels
    var wide = Component<UNet>(configuration)
    wide.network.recomputed = network.recomputed
    let first = wide.network.input.weight.name
    for parameter in wide.parameters.parameters {
      guard let narrow = parameters[parameter.name]?.value else { continue }
      guard parameter.name == first, channels > present else {
        parameter.value = narrow
        continue
      }
      var zeros = parameter.shape
      zeros[1] = channels - present
      parameter.value = .concatenated([narrow, Tensor(zeros: zeros)], axis: 1)
    }
    return wide
  }
}
